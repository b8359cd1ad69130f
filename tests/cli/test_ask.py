"""`chat ask`: what is missing is named, with the remedy that fits how it was called."""

import json
from pathlib import Path

import pytest

from tests.conftest import Chat, OpenServer, OpenTerminal
from tests.support.answers import answer, chunk, failure, sse, stream_head


def test_a_variable_for_the_key_that_is_not_set_is_told_before_anything_is_sent(chat: Chat, server: OpenServer) -> None:
    model = server()

    ran = chat("ask", "hi", "--key-env", "NOWHERE", server=model)

    assert (ran.exit_code, ran.stdout) == (4, "")
    assert ran.stderr == ("chat: $NOWHERE, which should hold the key, is not set. Nothing was sent. Export it\n")
    assert model.requests == []


def test_an_endpoint_that_asks_for_a_key_is_told_of_with_the_flag_that_gives_it(chat: Chat, server: OpenServer) -> None:
    """A stored key never goes to an address on the command line."""
    ran = chat("ask", "-m", "m", "hi", server=server(failure(401, "Who are you?")))

    assert ran.exit_code == 4
    assert ran.stderr.endswith(": Who are you? --key-env NAME names the variable that holds one\n")


def test_without_words_a_terminal_is_not_called_an_empty_stdin(terminal: OpenTerminal, server: OpenServer) -> None:
    screen = terminal("ask", server=server())

    assert screen.wait_exit() == 2
    assert "no question was given. Try" in " ".join(screen.history)


def test_naming_the_configured_provider_keeps_the_configured_model(chat: Chat, server: OpenServer, home: Path) -> None:
    mine, other = server(answer("A"), models=["first"]), server(answer("B"), models=["first"])
    path = home / "own.toml"
    path.write_text(
        '[defaults]\nprovider = "mine"\nmodel = "chosen"\n'
        f'[providers.mine]\nbase_url = "{mine.url}"\n[providers.other]\nbase_url = "{other.url}"\n'
    )

    for name in ("mine", "other"):
        chat("ask", "-p", name, "hi", env={"CHAT_CONFIG": str(path)})

    assert (mine.posts[0].json["model"], other.posts[0].json["model"]) == ("chosen", "first")


def test_what_was_counted_is_told_to_scripts_though_the_answer_is_incomplete(chat: Chat, server: OpenServer) -> None:
    counted = chunk(choices=[], usage={"prompt_tokens": 23, "completion_tokens": 31, "total_tokens": 54})
    model = server([stream_head(), sse(chunk("ab"), '{"choices": [', chunk("c", "stop"), counted)])

    ran = chat("ask", "-m", "m", "--json", "hi", server=model)

    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    assert ran.exit_code == 9
    assert [(row["prompt_tokens"], row["completion_tokens"]) for row in rows if row["type"] == "usage"] == [(23, 31)]
    assert [row["type"] for row in rows][-2:] == ["usage", "error"]


def test_a_hosted_provider_without_a_key_fails_before_the_network(chat: Chat) -> None:
    ran = chat("ask", "-p", "openai", "-m", "m", "hi")

    assert (ran.exit_code, ran.stdout) == (4, "")
    assert "Nothing was sent" in ran.stderr
    assert "OPENAI_API_KEY" in ran.stderr


@pytest.mark.parametrize(("rows", "code"), [(310, 0), (600, 8)], ids=["fits", "too long"])
def test_tokens_decide_whether_piped_text_fits(
    chat: Chat, server: OpenServer, home: Path, rows: int, code: int
) -> None:
    """18 kB of an aligned table are 3000 tokens, and fit a window of 4000."""
    model, path = server(answer("fine")), home / "own.toml"
    local = f'[defaults]\nprovider = "mine"\nmodel = "m-1"\n[providers.mine]\nbase_url = "{model.url}"\n'
    path.write_text(f'{local}[models."m-1"]\ncontext = 4000\n')

    piped = b"| lantern              | meadow               | 7      |\n" * rows
    ran = chat("ask", "sum up", stdin=piped, env={"CHAT_CONFIG": str(path)})

    assert (ran.exit_code, len(model.posts)) == (code, code == 0)
    assert ("6 613 tokens, 3 996" in ran.stderr) is (code == 8)


@pytest.mark.parametrize(
    ("option", "told"), [("stream=false", "--no-stream"), ("stream_options={}", "extra."), ("model=x", "-m ")]
)
def test_what_the_program_sets_itself_is_no_parameter(chat: Chat, server: OpenServer, option: str, told: str) -> None:
    ran = chat("ask", "-m", "m", "-o", option, "hi", server=server())

    assert (ran.exit_code, ran.stdout) == (2, "")
    assert told in ran.stderr


def test_a_question_opens_one_connection_and_a_dry_run_none(chat: Chat, server: OpenServer) -> None:
    """It is opened while the request is being prepared, and the request goes through it."""
    asked, dry = server(answer("Hello")), server()

    ran = chat("ask", "-m", "m", "hi", server=asked)
    chat("ask", "-m", "m", "--dry-run", "hi", server=dry)

    assert (ran.stdout, ran.exit_code) == ("Hello", 0)
    assert (asked.connection_count, dry.connection_count) == (1, 0)
