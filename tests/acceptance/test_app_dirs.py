"""Where things lie in a home whose owner has set nothing, as nearly everyone has it."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.conftest import OpenDialogue
from tests.acceptance.dialogue import echo
from tests.conftest import Chat, OpenServer
from tests.support.program import environment

BARE: dict[str, str | None] = {name: None for name in environment(Path("/")) if name.startswith("XDG_")}
# Lists of models are kept for servers that are elsewhere: a proxy stands for all of them.
ELSEWHERE = "http://models.test.invalid/v1"


def test_each_file_lies_in_its_folder_below_the_home(
    server: OpenServer, chat: Chat, dialogue: OpenDialogue, home: Path
) -> None:
    scripted = server(always=echo)
    assert chat("config", "init", env=BARE).exit_code == 0
    with (home / ".config/chatcli/config.toml").open("a") as config:
        config.write(f'[providers.far]\nbase_url = "{ELSEWHERE}"\n')

    opened = dialogue(None, env=BARE | {"HTTP_PROXY": scripted.url.removesuffix("/v1")})
    opened.enter("/models")
    opened.enter("A?")
    assert opened.leave() == 0

    assert {str(file.relative_to(home)) for file in home.rglob("*") if file.is_file()} == {
        ".config/chatcli/config.toml",
        ".local/share/chatcli/history.db",
        ".local/state/chatcli/history",
        ".cache/chatcli/models.json",
    }
    assert {request.path for request in scripted.requests} == {f"{ELSEWHERE}/models", f"{ELSEWHERE}/chat/completions"}
