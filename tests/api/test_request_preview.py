"""What is shown is what is sent, and means itself in the shell; the key is only a variable."""

from __future__ import annotations

import ast
import json
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.api.request_preview import format_preview, preview_request
from chatcli.providers.endpoint import Endpoint
from chatcli.providers.table import PROVIDERS
from chatcli.text.redactor import Secret
from tests.conftest import Chat, OpenServer
from tests.support.answers import answer, failure
from tests.support.program import environment

OPENAI = Endpoint(
    name="openai",
    base_url="https://api.openai.com/v1",
    row=PROVIDERS["openai"],
    key=Secret("sk-never-shown"),
    key_variable="OPENAI_API_KEY",
    headers={"X-Title": 'it\'s "mine" $HOME `x`'},
)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def body(text: str, **fields: Any) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "user", "content": text}], **fields}


@given(texts)
def test_a_curl_line_means_itself(text: str) -> None:
    words = shlex.split(format_preview(preview_request(OPENAI, body(text)), "curl"))

    assert words[0] == "curl"
    assert words[-1] == "https://api.openai.com/v1/chat/completions"
    assert json.loads(words[words.index("--data-binary") + 1]) == body(text)
    assert "Authorization: Bearer $OPENAI_API_KEY" in words
    assert f"X-Title: {OPENAI.headers['X-Title']}" in words


@given(texts)
def test_a_program_means_itself(text: str) -> None:
    program = ast.parse(format_preview(preview_request(OPENAI, body(text, top_k=5, stream=True)), "python"))

    (call,) = [
        node for node in ast.walk(program) if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("create")
    ]
    given = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
    assert given == body(text, extra_body={"top_k": 5}, stream=True)


@pytest.mark.parametrize("form", ["json", "curl", "python"])
def test_the_key_is_never_shown(form: Any) -> None:
    shown = format_preview(preview_request(OPENAI, body("q")), form)

    assert "sk-never-shown" not in shown
    assert ("OPENAI_API_KEY" in shown) == (form != "json")


def test_a_header_of_its_own_for_the_key_is_kept() -> None:
    azure = Endpoint(name="azure", base_url="https://r/v1", row=PROVIDERS["azure"], key_variable="AZURE_OPENAI_API_KEY")

    assert '-H "api-key: $AZURE_OPENAI_API_KEY"' in format_preview(preview_request(azure, body("q")), "curl")


WEIRD = 'It\'s "quoted" $HOME `id` \\n \\ ! 漢字 🙂\nnext\tline'


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
def test_curl_sends_just_what_the_program_would(chat: Chat, server: OpenServer) -> None:
    model = server(answer("By curl"), answer("By chat"))

    line = chat("ask", "-m", "m", "--curl", "-o", "temperature=0.5", "--no-stdin", WEIRD, server=model).stdout
    ran = subprocess.run(["sh", "-c", line], env=environment(chat.home), capture_output=True, text=True, check=True)
    chat("ask", "-m", "m", "-o", "temperature=0.5", "--no-stdin", WEIRD, server=model)

    by_curl, by_chat = model.requests
    assert "By" in ran.stdout
    assert by_curl.body == by_chat.body
    assert by_curl.path == by_chat.path


def test_a_dry_run_sends_and_keeps_nothing_and_needs_no_key(chat: Chat, home: Path) -> None:
    ran = chat("ask", "-p", "deepseek", "-m", "deepseek-flash", "--dry-run", "hi", stdin="piped")

    assert (ran.exit_code, ran.stderr) == (0, "")
    assert json.loads(ran.stdout) == {
        "model": "deepseek-flash",
        "messages": [{"role": "user", "content": "hi\n\n<stdin>\npiped\n</stdin>"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert not (home / ".local/share/chatcli/history.db").exists()


def test_what_an_endpoint_has_taught_is_in_what_is_shown(chat: Chat, server: OpenServer) -> None:
    refusal = failure(400, "Unsupported parameter: 'temperature' is not supported with this model.")
    model = server(refusal, answer("Yes"))
    chat("ask", "-m", "m", "-o", "temperature=0.5", "hi", server=model)

    ran = chat("ask", "-m", "m", "-o", "temperature=0.5", "--dry-run", "hi", server=model)

    assert "temperature" not in json.loads(ran.stdout)
