"""The small commands do what their help says, on stdout what was asked for, on stderr the rest."""

import json
from pathlib import Path

import pytest

from chatcli.help.topics import NAMES
from chatcli.settings.example import example
from tests.conftest import Chat, OpenServer
from tests.support.answers import failure


def test_models_in_a_pipe_are_names(chat: Chat, server: OpenServer) -> None:
    ran = chat("models", server=server(models=["b", "a"]))

    assert (ran.exit_code, ran.stdout, ran.stderr) == (0, "b\na\n", "")


def test_models_are_filtered_by_a_part_of_their_names(chat: Chat, server: OpenServer) -> None:
    assert chat("models", "GPT", server=server(models=["gpt-9", "tiny"])).stdout == "gpt-9\n"


def test_a_filter_that_fits_no_model_says_so_and_prints_nothing(chat: Chat, server: OpenServer) -> None:
    ran = chat("models", "claude", server=server(models=["gpt-9"]))

    assert (ran.stdout, ran.stderr, ran.exit_code) == ("", "no model name contains claude\n", 0)


def test_models_as_json_are_an_object_a_line(chat: Chat, server: OpenServer) -> None:
    ran = chat("models", "--json", server=server(models=["b", "a"]))

    assert [json.loads(line)["name"] for line in ran.stdout.splitlines()] == ["b", "a"]
    assert json.loads(ran.stdout.splitlines()[0]).keys() == {
        *("name", "window_tokens", "answer_tokens", "price", "abilities", "retirement")
    }


def test_models_of_nobody_name_the_remedy(chat: Chat) -> None:
    ran = chat("models")

    assert ran.exit_code == 3
    assert "chat connect" in ran.stderr


def test_models_of_an_endpoint_that_refuses_exit_with_its_class(chat: Chat, server: OpenServer) -> None:
    assert chat("models", server=server(failure(401, "no"), models=None)).exit_code == 4


def test_config_is_written_once_and_shown_with_its_origin(chat: Chat, home: Path) -> None:
    path = Path(chat("config", "path").stdout.strip())

    assert chat("config", "init").exit_code == 0
    assert path.read_text() == example()
    assert path.stat().st_mode & 0o777 == 0o600
    again = chat("config", "init")
    assert again.exit_code == 3
    assert "already exists" in again.stderr


def test_config_shows_where_each_value_came_from(chat: Chat) -> None:
    shown = chat("--plain", "config", env={"CHAT_MODEL": "tiny"}).stdout

    assert 'defaults.model = "tiny"  # environment CHAT_MODEL' in shown
    assert "ui.plain = true  # flag --plain" in shown


def test_config_shows_of_a_provider_only_what_was_set(chat: Chat, home: Path) -> None:
    path = home / "own.toml"
    path.write_text('[providers.mine]\nbase_url = "https://x.example/v1"\n')

    shown = chat("config", env={"CHAT_CONFIG": str(path)}).stdout

    assert [line for line in shown.splitlines() if "providers." in line] == [
        'providers.mine.base_url = "https://x.example/v1"  # own.toml'
    ]


def test_config_check_names_every_problem(chat: Chat, home: Path) -> None:
    path = home / "own.toml"
    path.write_text('[defaults]\nmodle = "x"\n[ui]\ntheme = "pink"\n')
    path.chmod(0o600)

    ran = chat("config", "check", env={"CHAT_CONFIG": str(path)})

    assert ran.exit_code == 3
    assert "modle" in ran.stderr
    assert "pink" in ran.stderr


def test_config_edit_opens_the_editor_and_checks_after_it(chat: Chat, home: Path) -> None:
    editor = home / "editor"
    editor.write_text('#!/bin/sh\necho "[ui]\ntheme = 7" > "$1"\n')
    editor.chmod(0o700)

    ran = chat("config", "edit", env={"VISUAL": str(editor)})

    assert ran.exit_code == 3
    assert "theme" in ran.stderr


def test_keys_are_kept_listed_by_host_and_removed(chat: Chat) -> None:
    assert chat("keys", "set", "openai", stdin="sk-secret-123456\n").exit_code == 0

    listed = chat("keys", "list")

    assert listed.stdout == "openai  https://api.openai.com\n"
    assert chat("keys", "remove", "openai").exit_code == 0
    assert chat("keys", "list").stdout == ""


def test_an_empty_key_is_refused(chat: Chat) -> None:
    assert chat("keys", "set", "openai", stdin="\n").exit_code == 3


def test_trust_accepts_a_project_file_as_it_is(chat: Chat, home: Path) -> None:
    (home / ".chat.toml").write_text('[defaults]\nmodel = "tiny"\n')

    before = chat("config").stdout
    trusted = chat("trust")

    assert 'defaults.model = ""' in before
    assert "tiny" in trusted.stderr
    assert 'defaults.model = "tiny"  # project file .chat.toml' in chat("config").stdout


@pytest.mark.parametrize("name", NAMES)
def test_every_topic_can_be_read(chat: Chat, name: str) -> None:
    ran = chat("help", name)

    assert ran.exit_code == 0
    assert ran.stdout.startswith("# ")


def test_topics_are_listed_and_slips_are_mended(chat: Chat) -> None:
    listed = chat("help").stdout

    assert all(f"`{name}`" in listed for name in NAMES)
    assert "did you mean `pipes`" in chat("help", "pips").stderr.lower()


def test_doctor_finds_nothing_wrong_with_a_good_endpoint(chat: Chat, server: OpenServer) -> None:
    ran = chat("doctor", "--json", server=server(models=["tiny"]))

    found = {line["name"]: line for line in map(json.loads, ran.stdout.splitlines())}
    assert ran.exit_code == 0
    assert found["endpoint"]["state"] == "ok"
    assert "127.0.0.1" in found["endpoint"]["text"]
    assert found["endpoint"]["text"].endswith("(1 model)")


def test_doctor_tells_what_is_wrong_and_exits_with_its_code(chat: Chat, server: OpenServer) -> None:
    ran = chat(
        "doctor", "--key-env", "MINE", server=server(failure(401, "no"), models=None), env={"MINE": "sk-secret-123456"}
    )

    assert ran.exit_code == 4
    assert "FAULT endpoint: key from $MINE rejected" in ran.stdout
    assert "sk-secret" not in ran.stdout + ran.stderr


def test_doctor_closes_what_is_open_to_others(chat: Chat, home: Path) -> None:
    folder = home / ".config" / "chatcli"
    folder.mkdir(parents=True, mode=0o755)
    folder.chmod(0o755)
    (folder / "config.toml").write_text("")
    (folder / "config.toml").chmod(0o644)

    before, after = chat("doctor").stdout, chat("doctor", "--fix").stdout

    assert "is accessible to other users" in before
    assert "is accessible to other users" not in after
    assert (folder / "config.toml").stat().st_mode & 0o777 == 0o600


def test_doctor_names_a_theme_file_that_cannot_be_used(chat: Chat, home: Path) -> None:
    folder = home / ".config" / "chatcli"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "config.toml").write_text('[ui]\ntheme = "~/none.ini"\n')

    found = [line for line in chat("doctor").stdout.splitlines() if " theme: " in line]

    assert [line[:5] for line in found] == ["note "]
    assert str(home / "none.ini") in found[0]


def test_doctor_without_an_endpoint_points_to_connect(chat: Chat) -> None:
    ran = chat("doctor")

    assert ran.exit_code == 0
    assert "chat connect" in ran.stdout
