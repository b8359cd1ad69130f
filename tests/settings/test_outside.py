"""Keys from commands and from the system's keyring: what fails is named, what was printed is not."""

import sys
from pathlib import Path

import pytest

from chatcli.errors import ConfigError
from chatcli.settings.outside import key_from_command, key_from_keyring
from chatcli.settings.urls import Origin
from chatcli.text.redactor import Secret

ORIGIN = Origin("https", "a.example", 443)


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_the_first_line_is_the_key() -> None:
    assert key_from_command(python(r"print('\n key-1 \nnotes: mine')")) == Secret("key-1")


def test_no_shell_reads_the_command() -> None:
    code = "import sys; print(len(sys.argv), sys.argv[1], sep='')"

    assert key_from_command((*python(code), "$HOME;`x`")) == Secret("2$HOME;`x`")


def test_the_command_cannot_eat_what_was_piped_in() -> None:
    assert key_from_command(python("import sys; print('k' + sys.stdin.read())")) == Secret("k")


def test_a_failure_shows_status_and_first_complaint_only() -> None:
    code = "import sys; print('sk-secret'); print('locked\\nsecond', file=sys.stderr); sys.exit(3)"

    with pytest.raises(ConfigError) as caught:
        key_from_command(python(code))

    assert caught.value.what.endswith(" failed with status 3: locked")
    assert "secret" not in caught.value.sentence()


@pytest.mark.parametrize(
    ("command", "what"),
    [
        pytest.param(python("raise SystemExit(1)"), "failed with status 1", id="silent failure"),
        pytest.param(python("pass"), "printed nothing", id="nothing"),
        pytest.param(("/nowhere/pass",), 'cannot run api_key_cmd "/nowhere/pass": No such file', id="no program"),
        pytest.param(("pa\0ss",), "cannot run", id="impossible name"),
        pytest.param(python("print('a b')"), r"contains U\+0020 at position 2", id="no key"),
    ],
)
def test_other_failures_are_named(command: tuple[str, ...], what: str) -> None:
    with pytest.raises(ConfigError, match=what):
        key_from_command(command)


def test_a_command_that_hangs_is_ended_and_its_output_forgotten() -> None:
    code = "import time; print('sk-secret', flush=True); time.sleep(60)"

    with pytest.raises(ConfigError, match=r"did not finish within 0\.5 s") as caught:
        key_from_command(python(code), timeout_s=0.5)

    assert caught.value.__suppress_context__


KEYRING = """
class errors:
    class KeyringError(Exception):
        pass

def get_password(service, user):
    if user == "locked":
        raise errors.KeyringError("locked")
    return {("chatcli https://a.example", "openai"): "key-1 "}.get((service, user))
"""


@pytest.fixture
def keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "keyring.py").write_text(KEYRING)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "keyring", raising=False)


@pytest.mark.usefixtures("keyring")
def test_the_keyring_is_asked_for_the_host() -> None:
    assert key_from_keyring("openai", ORIGIN) == Secret("key-1")
    assert key_from_keyring("openai", Origin("https", "b.example", 443)) == (
        "the keyring has no entry for service chatcli https://b.example, user openai"
    )


@pytest.mark.usefixtures("keyring")
def test_a_locked_keyring_is_an_error() -> None:
    with pytest.raises(ConfigError, match="cannot read the keyring: locked"):
        key_from_keyring("locked", ORIGIN)


def test_a_missing_keyring_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)

    with pytest.raises(ConfigError, match="requires the Python package keyring"):
        key_from_keyring("openai", ORIGIN)
