"""`chat connect`: a few questions, one real request, and the settings are written."""

import tomllib
from pathlib import Path

import pytest

from tests.conftest import Chat, OpenServer, OpenTerminal
from tests.support.answers import answer, failure


def config(home: Path) -> Path:
    return home / ".config" / "chatcli" / "config.toml"


def test_an_address_is_connected_tried_and_written(terminal: OpenTerminal, server: OpenServer, home: Path) -> None:
    model = server(answer("Good morning!"), models=["tiny"])

    screen = terminal("connect", model.url)
    screen.wait_for("Name for this provider [local]")
    screen.press("enter")
    screen.wait_for("Good morning!")

    assert screen.wait_exit() == 0
    assert tomllib.loads(config(home).read_text()) == {
        "defaults": {"provider": "local", "model": "tiny"},
        "providers": {"local": {"base_url": model.url}},
    }
    assert model.posts[0].json["messages"][0]["role"] == "user"


def test_the_key_is_asked_for_unseen_and_bound_to_the_host(
    terminal: OpenTerminal, server: OpenServer, home: Path, chat: Chat
) -> None:
    refusal = failure(401, "who are you?")
    model = server(refusal, answer("Hello."), models=None, always=answer("Hello."))

    screen = terminal("connect", model.url)
    screen.wait_for("Name for this provider")
    screen.press("enter")
    screen.wait_for("(not shown)")
    screen.type("sk-secret-123456")
    screen.press("enter")
    screen.wait_for("Model:")
    screen.type("tiny")
    screen.press("enter")

    assert screen.wait_exit() == 0
    assert b"sk-secret" not in screen.raw
    assert model.posts[-1].headers["authorization"] == "Bearer sk-secret-123456"
    assert chat("keys", "list").stdout == f"local  {model.url.removesuffix('/v1')}\n"


def test_what_stood_in_the_settings_stays(terminal: OpenTerminal, server: OpenServer, home: Path) -> None:
    model = server(answer("Hi."), models=["tiny"])
    config(home).parent.mkdir(parents=True, mode=0o700)
    config(home).write_text('# mine\n[ui]\ntheme = "dark"  # I like it\n')
    config(home).chmod(0o600)

    screen = terminal("connect", model.url)
    screen.wait_for("Name for this provider")
    screen.press("enter")

    assert screen.wait_exit() == 0
    assert config(home).read_text().startswith('# mine\n[ui]\ntheme = "dark"  # I like it\n')
    assert tomllib.loads(config(home).read_text())["defaults"]["model"] == "tiny"


def test_one_of_several_models_is_chosen_by_number(terminal: OpenTerminal, server: OpenServer, home: Path) -> None:
    model = server(answer("Hi."), models=["alpha", "beta"])

    screen = terminal("connect", model.url)
    screen.wait_for("Name for this provider")
    screen.press("enter")
    screen.wait_for("beta")
    screen.type("2")
    screen.press("enter")

    assert screen.wait_exit() == 0
    assert model.posts[0].json["model"] == "beta"


def test_a_model_that_does_not_answer_is_not_written(terminal: OpenTerminal, server: OpenServer, home: Path) -> None:
    model = server(failure(400, "no"), models=["tiny"])

    screen = terminal("connect", model.url)
    screen.wait_for("Name for this provider")
    screen.press("enter")

    assert screen.wait_exit() == 8
    assert not config(home).exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("opnai", "did you mean `openai`"),
        ("zzzzzz", "use a URL, e.g. https://"),
        ("https://user:pw@x.example/v1", "must not contain"),
        ("127.0.0.1:8080", "Did you mean http://127.0.0.1:8080?"),
        ("localhost:8080/v1", "Did you mean http://localhost:8080/v1?"),
    ],
    ids=["a slip", "no name at all", "a password", "an address without scheme", "a short address"],
)
def test_a_wrong_name_is_told(terminal: OpenTerminal, name: str, said: str) -> None:
    screen = terminal("connect", name)

    assert screen.wait_exit() == 2
    assert said.lower().replace(" ", "") in "".join(screen.history).lower().replace(" ", "")


def test_an_address_that_is_none_is_asked_for_again(terminal: OpenTerminal, server: OpenServer, home: Path) -> None:
    model = server(answer("Hi."), models=["tiny"])
    screen = terminal("connect")

    for awaited, typed in (
        ("Provider", model.url.removeprefix("http://")),
        ("Did you mean", "nonsense"),
        ("Unknown provider `nonsense`", model.url),
        ("Name for this provider", ""),
    ):
        screen.wait_for(awaited)
        screen.type(typed)
        screen.press("enter")

    assert screen.wait_exit() == 0
    assert tomllib.loads(config(home).read_text())["providers"] == {"local": {"base_url": model.url}}


def test_a_second_address_gets_a_name_of_its_own(terminal: OpenTerminal, server: OpenServer, home: Path) -> None:
    config(home).parent.mkdir(parents=True, mode=0o700)
    config(home).write_text('[providers.local]\nbase_url = "http://127.0.0.1:1/v1"\n')
    config(home).chmod(0o600)
    model = server(answer("Hi."), models=["tiny"])

    screen = terminal("connect", model.url)
    screen.wait_for("Name for this provider [local-2]")
    screen.press("enter")

    assert screen.wait_exit() == 0
    assert tomllib.loads(config(home).read_text())["providers"] == {
        "local": {"base_url": "http://127.0.0.1:1/v1"},
        "local-2": {"base_url": model.url},
    }


def test_connecting_the_same_address_again_keeps_its_name(
    terminal: OpenTerminal, server: OpenServer, home: Path
) -> None:
    model = server(models=["tiny"])
    config(home).parent.mkdir(parents=True, mode=0o700)
    config(home).write_text(f'[providers.local]\nbase_url = "{model.url}"\n')
    config(home).chmod(0o600)

    terminal("connect", model.url).wait_for("Name for this provider [local]")


def test_a_stranger_is_not_offered_the_name_of_a_known_provider(terminal: OpenTerminal) -> None:
    terminal("connect", "https://openai.example.com/v1").wait_for("Name for this provider [openai-2]")


def test_without_a_terminal_nothing_is_asked(chat: Chat) -> None:
    ran = chat("connect", stdin="1\n")

    assert ran.exit_code == 2
    assert "needs a terminal" in ran.stderr


def test_leaving_in_the_middle_writes_nothing(terminal: OpenTerminal, server: OpenServer, home: Path) -> None:
    screen = terminal("connect", server(models=["tiny"]).url)
    screen.wait_for("Name for this provider")
    screen.press("ctrl-c")

    assert screen.wait_exit() == 130
    assert not config(home).exists()


def test_leaving_at_the_key_ends_the_line_of_the_question(terminal: OpenTerminal, server: OpenServer) -> None:
    """The shell's own prompt comes next."""
    refusal = failure(401, "who are you?")
    screen = terminal("connect", server(refusal, models=None).url)
    screen.wait_for("Name for this provider")
    screen.press("enter")
    screen.wait_for("(not shown)")
    screen.press("ctrl-c")

    assert screen.wait_exit() == 130
    assert screen.raw.endswith(b"\n")
