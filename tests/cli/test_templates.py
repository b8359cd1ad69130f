"""Templates ask what is asked every day, with the parameters they promise; flags that are typed win over them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chatcli.settings.shipped import SHIPPED
from tests.acceptance.talk import is_at_prompt
from tests.conftest import Chat, OpenServer, OpenTerminal
from tests.support.answers import answer, chunk, failure, sse, stream_head
from tests.support.server import Server
from tests.support.terminal import Terminal

SHIPPED_ASK = {
    "summarise": {"temperature": 0.3, "max_tokens": 150},
    "classify": {"temperature": 0, "max_tokens": 10},
    "code": {"temperature": 0.2, "max_tokens": 500},
    "translate": {"temperature": 0.3},
    "explain": {},
    "command": {},
    "why": {},
    "commit": {"temperature": 0.2},
}


def bodies(server: Server) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in server.requests if request.body]


def configure(home: Path, text: str) -> None:
    folder = home / ".config/chatcli"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "config.toml").write_text(text)
    (folder / "config.toml").chmod(0o600)


def test_every_shipped_template_is_tried() -> None:
    assert SHIPPED_ASK.keys() == SHIPPED.keys()
    assert all(template.help for template in SHIPPED.values())


@pytest.mark.parametrize("name", SHIPPED_ASK)
def test_a_shipped_template_asks_with_its_parameters(chat: Chat, name: str) -> None:
    ran = chat("ask", "--base-url", "http://127.0.0.1:1/v1", "-m", "m", "-t", name, "--dry-run", stdin="The text.")

    body = json.loads(ran.stdout)
    assert {key: value for key, value in body.items() if key in ("temperature", "max_tokens")} == SHIPPED_ASK[name]
    assert [entry["role"] for entry in body["messages"]] == ["system", "user"]
    assert "The text." in body["messages"][1]["content"]
    assert "{{" not in ran.stdout


def test_variables_and_flags_that_are_typed_win(chat: Chat, server: OpenServer) -> None:
    model = server(answer("Three."))

    ran = chat(
        *("ask", "-m", "m", "-t", "summarise", "--var", "points=5", "-s", "Be brief.", "--temperature", "1"),
        stdin="{{points}} stays",
        server=model,
    )

    (body,) = bodies(model)
    assert (ran.exit_code, ran.stdout) == (0, "Three.")
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Summarise the following text in 5 points.\n\n{{points}} stays"},
    ]
    assert (body["temperature"], body["max_tokens"]) == (1, 150)


def test_only_the_code_goes_out(chat: Chat, server: OpenServer) -> None:
    ran = chat("ask", "-m", "m", "-t", "code", "sort", server=server(answer("Here:\n```py\nx = 1\n```\n")))

    assert (ran.exit_code, ran.stdout) == (0, "x = 1\n")


def test_each_line_is_asked_by_itself_and_answered_in_a_line(chat: Chat, server: OpenServer) -> None:
    model = server(answer("good\n"), answer("bad"))

    ran = chat("ask", "-m", "m", "-t", "classify", "--var", "labels=good,bad", stdin="fine\n\nawful\n", server=model)

    assert (ran.exit_code, ran.stdout, ran.stderr) == (0, "good\nbad\n", "")
    first, second = bodies(model)
    assert [len(body["messages"]) for body in (first, second)] == [2, 2]
    assert "good,bad" in first["messages"][1]["content"]
    assert "awful" in second["messages"][1]["content"]


def test_lines_are_read_in_the_encoding_that_is_given(chat: Chat, server: OpenServer) -> None:
    model = server(answer("a"), answer("b"))

    ran = chat(
        *("ask", "-m", "m", "-t", "classify", "--encoding", "utf-16"),
        stdin="很好\n太差\n".encode("utf-16"),
        server=model,
    )

    assert (ran.exit_code, ran.stdout) == (0, "a\nb\n")
    assert ["很好" in body["messages"][1]["content"] for body in bodies(model)] == [True, False]


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (("--json",), "--json"),
        (("--schema", "x int"), "--schema"),
        (("-x",), "-x"),
        (("--prefill", "{"), "--prefill"),
        (("--completions",), "--completions"),
        (("--truncate", "head"), "--truncate"),
        (("-f", "a.txt"), "-f"),
        (("-i", "a.png"), "-i"),
        (("-n", "2"), "-n"),
        (("-m", "other"), "more than one -m"),
    ],
)
def test_what_has_no_meaning_for_lines_is_refused(
    chat: Chat, server: OpenServer, flags: tuple[str, ...], named: str
) -> None:
    model = server()

    ran = chat("ask", "-m", "m", "-t", "classify", *flags, stdin="a\nb\n", server=model)

    assert (ran.exit_code, ran.stdout, bodies(model)) == (2, "", [])
    assert f"cannot be combined with {named}" in ran.stderr


def test_the_first_line_that_fails_ends_it_with_its_number(chat: Chat, server: OpenServer) -> None:
    model = server(answer("good"), failure(401, "no"))

    ran = chat("ask", "-m", "m", "-t", "classify", stdin="a\nb\nc\n", server=model)

    assert (ran.exit_code, ran.stdout) == (4, "good\n")
    assert ran.stderr.startswith("chat: line 2: ")
    assert len(bodies(model)) == 2


def test_a_limit_that_was_spent_on_thinking_is_explained(chat: Chat, server: OpenServer) -> None:
    script = [stream_head(), sse(chunk(reasoning_content="Hm, hm."), chunk(finish="length"))]

    ran = chat("ask", "-m", "m", "-t", "summarise", stdin="text", server=server(script))

    assert (ran.exit_code, ran.stdout) == (10, "")
    assert "used up by reasoning" in ran.stderr
    assert "--max-tokens" in ran.stderr


OWN = """
[templates.review]
system = "You review {{lang=any}} code. It is {{weekday}}."
prompt = "Look at this:\\n{{input}}\\nAnd at {{file:STYLE.md}}"
params = { temperature = 0.1 }
model = "big"
examples = [{ user = "x=1", assistant = "Spaces." }]
[templates.commit]
prompt = "Mine: {{input}}"
"""


def test_a_template_of_ones_own_may_set_everything(chat: Chat, server: OpenServer, home: Path, tmp_path: Path) -> None:
    configure(home, OWN)
    (tmp_path / "STYLE.md").write_text("be kind")
    model = server(answer("Fine."))

    ran = chat("ask", "-t", "review", "--var", "lang=C", "this", stdin="int x;", server=model, cwd=tmp_path)

    (body,) = bodies(model)
    assert ran.exit_code == 0
    system, *example, asked = body["messages"]
    assert system["content"].startswith("You review C code. It is ")
    assert example == [{"role": "user", "content": "x=1"}, {"role": "assistant", "content": "Spaces."}]
    assert asked["content"] == "Look at this:\nthis\n\n<stdin>\nint x;\n</stdin>\nAnd at be kind"
    assert (body["model"], body["temperature"]) == ("big", 0.1)


def test_ones_own_replaces_a_shipped_one_and_is_listed(chat: Chat, home: Path) -> None:
    configure(home, OWN)

    listed = chat("templates").stdout.split()
    shown = chat("templates", "show", "commit").stdout

    assert listed == [*SHIPPED_ASK, "review"]
    assert shown == '[templates.commit]\nprompt = "Mine: {{input}}"\n'


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("-t", "sumarise", "q"), "unknown template `sumarise`. Nothing"),
        (("-t", "summarise"), "template `summarise` needs input text"),
        (("-t", "explain", "--var", "x", "q"), "`x` is not NAME=VALUE"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_sent(
    chat: Chat, server: OpenServer, arguments: tuple[str, ...], what: str
) -> None:
    model = server()

    ran = chat("ask", "-m", "m", *arguments, "--no-stdin", server=model)

    assert ran.exit_code == 2
    assert what.partition(". Nothing")[0] in ran.stderr
    assert bodies(model) == []


def go_on_with(screen: Terminal, template: str, *, draft: str, answered: str) -> None:
    """Choose *template*, and add a word to the draft it gives."""
    screen.wait_for(is_at_prompt)
    screen.type(f"/template {template}")
    screen.press("enter")
    screen.wait_for(draft)
    screen.type(" bonjour")
    screen.press("enter")
    screen.wait_for(answered)


def test_in_a_conversation_a_template_is_gone_on_with(terminal: OpenTerminal, server: OpenServer, home: Path) -> None:
    configure(home, OWN)
    model = server(answer("Bonjour."), models=["m"])
    screen = terminal("-m", "m", server=model)

    go_on_with(screen, "translate", draft="Translate into English:", answered="Bonjour.")

    (body,) = bodies(model)
    assert body["temperature"] == 0.3
    assert body["messages"][0]["content"].startswith("You are a translator.")
    assert body["messages"][1]["content"] == "Translate into English: bonjour"


def test_a_template_of_another_provider_does_not_take_the_model_along(
    terminal: OpenTerminal, server: OpenServer, home: Path
) -> None:
    here, far = server(models=["a"]), server(answer("Loin."), models=["b"])
    rows = f'[providers.here]\nbase_url = "{here.url}"\nmodel = "a"\n[providers.far]\nbase_url = "{far.url}"\n'
    template = '[templates.far]\nprovider = "far"\nprompt = "Far away: {{input}}"\n'
    configure(home, f'defaults.provider = "here"\n{rows}{template}')
    screen = terminal()

    go_on_with(screen, "far", draft="Far away:", answered="Loin.")

    (body,) = bodies(far)
    assert body["model"] == "b"
