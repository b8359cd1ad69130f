"""Slash commands about what answers, and how: model, system prompt, parameters, templates, and what is really sent."""

from __future__ import annotations

import ast
import json
import re
import shlex
from pathlib import Path
from typing import Any

from tests.acceptance.conftest import OpenDialogue
from tests.acceptance.dialogue import configure, echo, sent, types
from tests.conftest import OpenServer
from tests.support.answers import answer, chunk, http, sse, stream_head
from tests.support.line import Request
from tests.support.server import Script


@types("model", "models")
def test_another_model_answers_the_next_question(server: OpenServer, dialogue: OpenDialogue, home: Path) -> None:
    first, second = server(always=echo, models=["m", "large", "tiny"]), server(always=echo, models=["other"])
    configure(
        home,
        f'[defaults]\nprovider = "first"\n[providers.first]\nbase_url = "{first.url}"\n'
        f'[providers.second]\nbase_url = "{second.url}"\n',
    )
    opened = dialogue()
    listed = opened.enter("/models")
    assert [f"model: {name}" in listed.splitlines() for name in ("m", "large", "tiny")] == [True, True, True]
    listed = opened.enter("/models AR")
    assert [f"model: {name}" in listed.splitlines() for name in ("m", "large", "tiny")] == [False, True, False]
    assert "Now m at first" in opened.enter("/model", choose="tiny")

    opened.enter("/model large")
    assert "Now large at first" in opened.enter("/model", choose="large")
    opened.enter("A?")
    assert first.posts[-1].json["model"] == "large"

    opened.enter("/model second/other")
    opened.enter("B?")
    assert (second.posts[-1].json["model"], len(first.posts)) == ("other", 1)
    assert sent(second) == ["A?", "large on A?", "B?"]
    assert "model: other" in opened.enter("/models")


def test_another_provider_is_reached_from_an_address_that_was_given_by_flag(
    server: OpenServer, dialogue: OpenDialogue, home: Path
) -> None:
    """The later choice counts until a new chat goes back to the flags, and no key goes along to it."""
    first, second = server(always=echo), server(always=echo)
    configure(home, f'[providers.second]\nbase_url = "{second.url}"\n')
    opened = dialogue(first, "--key-env", "FIRST_KEY", env={"FIRST_KEY": "sk-of-the-first"})

    opened.enter("/model second/m")
    opened.enter("A?")
    opened.enter("/config defaults.timeout 60")
    opened.enter("B?")
    assert (len(first.posts), len(second.posts)) == (0, 2)
    assert not any(b"sk-of-the-first" in request.raw for request in second.requests)

    opened.enter("/new")
    opened.enter("C?")
    assert (len(first.posts), len(second.posts)) == (1, 2)
    assert b"sk-of-the-first" in first.posts[0].raw


@types("set", "unset", "effort", "logprobs")
def test_parameters_are_sent_from_when_they_are_set_until_they_are_unset(
    server: OpenServer, dialogue: OpenDialogue
) -> None:
    scripted = server(always=echo)
    opened = dialogue(scripted)

    def body(*lines: str) -> dict[str, Any]:
        """Enter *lines*, ask, and return what is sent beside what always is."""
        for line in lines:
            opened.enter(line)
        opened.enter("Why?")
        usual = {"model", "messages", "stream", "stream_options"}
        return {name: value for name, value in scripted.posts[-1].json.items() if name not in usual}

    opened.enter("/set")
    assert body() == {}
    assert body("/set temperature 0.5", '/set stop ["a", "b"]', "/effort high") == {
        "temperature": 0.5,
        "stop": ["a", "b"],
        "reasoning_effort": "high",
    }
    assert "0.5" in opened.enter("/set temperature")
    assert "temperature" in opened.enter("/set")
    assert "high" in opened.enter("/effort")
    assert "0" in opened.refuse("/set temperature 3")
    opened.refuse("/unset seed")
    assert body("/unset temperature", "/effort off", "/unset stop", '/set extra.x {"y": 1}') == {"x": {"y": 1}}
    assert body("/unset extra.x", "/logprobs on").keys() == {"logprobs", "top_logprobs"}
    assert body("/logprobs", "/logprobs off") == {}


def test_chances_are_shown_with_the_alternatives(server: OpenServer, dialogue: OpenDialogue) -> None:
    unsure = {"token": "Rome", "logprob": -0.7, "bytes": None, "top_logprobs": [{"token": "Oslo", "logprob": -1.2}]}
    told = chunk("Rome") | {"choices": [{"index": 0, "delta": {"content": "Rome"}, "logprobs": {"content": [unsure]}}]}
    opened = dialogue(server([stream_head(), sse(told, chunk(finish="stop"))]))
    opened.enter("/logprobs on")

    assert "Oslo" in opened.enter("Capital?")
    assert "Oslo" in opened.enter("/logprobs")


@types("system")
def test_a_system_prompt_is_sent_until_it_is_unset(server: OpenServer, dialogue: OpenDialogue, home: Path) -> None:
    scripted = server(always=echo)
    opened = dialogue(scripted)
    opened.enter("/system")
    (home / "prompt.md").write_text("From a file.")

    for line, system in (
        ("/system Be brief.", ["Be brief."]),
        ("/system @prompt.md", ["From a file."]),
        ("/system @@home", ["@home"]),
        ("/set system Be kind.", ["Be kind."]),
        ("/unset system", []),
    ):
        opened.enter(line)
        if system:
            assert system[0] in opened.enter("/system")
        opened.enter("Why?")
        assert [
            message["content"] for message in scripted.posts[-1].json["messages"] if message["role"] == "system"
        ] == (system)


@types("template")
def test_a_template_brings_its_prompt_its_parameters_and_its_question(
    server: OpenServer, dialogue: OpenDialogue, home: Path
) -> None:
    configure(
        home,
        '[templates.poet]\nhelp = "Verses"\nsystem = "Be a poet."\nprompt = "Write on {{input}}"\nmodel = "large"\n'
        'params = { temperature = 1.5 }\nexamples = [{ user = "Sea", assistant = "Waves" }]\n',
    )
    scripted = server(always=echo, models=["m", "large"])
    opened = dialogue(scripted)
    listed = opened.enter("/template")
    assert [word in listed for word in ("poet", "Verses", "summarise")] == [True, True, True]

    opened.enter("/template poet", draft="Write on")
    opened.enter(" rain")

    assert sent(scripted) == ["Be a poet.", "Sea", "Waves", "Write on rain"]
    assert (scripted.posts[-1].json["temperature"], scripted.posts[-1].json["model"]) == (1.5, "large")
    opened.refuse("/template nobody")


@types("request")
def test_the_request_that_is_shown_is_the_one_that_is_sent(server: OpenServer, dialogue: OpenDialogue) -> None:
    scripted = server(always=answer("Paris", usage={"prompt_tokens": 11, "completion_tokens": 22, "total_tokens": 33}))
    opened = dialogue(scripted, "-s", 'It\'s "brief".', "-o", "seed", "7")
    assert json.loads(after(opened.enter("/request")))["seed"] == 7
    opened.enter("France?")

    shown = [after(opened.enter(f"/request {form} And $HOME's?")) for form in ("json", "curl", "python")]
    shown.append(after(opened.enter("/request And $HOME's?")))
    assert len(scripted.posts) == 1
    opened.enter("And $HOME's?")

    body = scripted.posts[-1].json
    assert json.loads(shown[0]) == json.loads(shown[3]) == body
    words = shlex.split(shown[1].replace("\\\n", ""))
    assert json.loads(words[words.index("--data-binary") + 1]) == body
    assert words[-1] == f"{scripted.url}/chat/completions"
    assert call(shown[2]) == body
    last = opened.enter("/request last")
    assert [number in last.split() for number in ("11", "22", "chatcmpl-1")] == [True, True, True]


def after(written: str) -> str:
    """Return what was written below the line that was typed, without the next prompt."""
    return re.sub(r"(\d+ )?> $", "", written.partition("\n")[2])


def call(program: str) -> dict[str, Any]:
    """Return the arguments of the last call with arguments by name in *program*, but of the one that makes a client."""
    calls = [node for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Call) and node.keywords]
    [made] = [node for node in calls if ast.unparse(node.func).endswith(".create")]
    return {word.arg or "": ast.literal_eval(word.value) for word in made.keywords}


def with_window(request: Request) -> bytes | Script:
    """Answer as a server that tells its window together with its models."""
    if request.method == "GET":
        return http(200, None, {"object": "list", "data": [{"id": "m", "max_model_len": 9000}]})
    return echo(request)


def test_a_window_that_was_found_out_stays_known(server: OpenServer, dialogue: OpenDialogue) -> None:
    opened = dialogue(server(always=with_window, models=None))
    opened.enter("A?")
    assert "9000" in opened.enter("/status")

    for line in ("/fork", "/model m", "/resume A?", "/config defaults.timeout 60"):
        opened.enter(line)
        assert "9000" in opened.enter("/status"), line
