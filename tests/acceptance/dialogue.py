"""`chat` at a terminal that redraws nothing: lines go in, and what came of each is read in order."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tests.support.answers import answer, completion
from tests.support.line import Request
from tests.support.server import Script, Server

if TYPE_CHECKING:
    from tests.support.terminal import Terminal

_CHOICE = "empty for none: "
_ROW = re.compile(r"^ *(\d+)  (.*)$", re.MULTILINE)
_USAGE = {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}
_Test = TypeVar("_Test", bound=Callable[..., Any])

TYPED_BY: dict[str, str] = {}  # commands by name, and the test that types each


def types(*names: str) -> Callable[[_Test], _Test]:
    """Mark a test as the one that types the commands *names*; the fixture `dialogue` holds it to that."""

    def mark(test: _Test) -> _Test:
        TYPED_BY.update(dict.fromkeys(names, test.__name__))
        test.__dict__["types"] = names
        return test

    return mark


class Dialogue:
    """A running conversation at a plain prompt; *lines* are all that were typed."""

    def __init__(self, shown: Terminal) -> None:
        self.shown = shown
        self.lines: list[str] = []
        self._read_bytes = 0
        self.greeting = self._until("\n> ")

    def enter(self, line: str, *, choose: str | None = None, draft: str = "") -> str:
        """Type *line* and return what was written until the next prompt, which has *draft* in it.

        *choose* takes the row that holds these words from the list that appears; "" takes none.
        """
        self.type(line)
        listed = ""
        if choose is not None:
            listed = self._until(_CHOICE)
            self.shown.type(_number(listed, choose))
            self.shown.press("enter")
        return listed + self._until(f"\n> {draft}")

    def until_prompt(self) -> str:
        """Return what is written until the next empty prompt."""
        return self._until("\n> ")

    def type(self, line: str) -> None:
        """Type *line* and press Enter."""
        self.lines.append(line)
        self.shown.type(line)
        self.shown.press("enter")

    def refuse(self, line: str) -> str:
        """Type *line*, which must come back as the next draft; take that away, and return what was written."""
        written = self.enter(line, draft=line)
        self.clear()
        return written

    def clear(self) -> None:
        """Take away the draft."""
        self.shown.press("ctrl-u")

    def leave(self) -> int:
        """Leave from an empty prompt, and return the exit code."""
        self.shown.press("ctrl-d")
        return self.shown.wait_exit()

    def end(self) -> None:
        """Leave whatever is left of it in order, which also is what records what it ran."""
        if self.shown.process.poll() is None:
            self.clear()
            assert self.leave() == 0

    def _until(self, end: str) -> str:
        self.shown.wait_for(lambda _: self._unread().endswith(end))
        unread = self._unread()
        self._read_bytes = len(self.shown.raw)
        return unread

    def _unread(self) -> str:
        return self.shown.raw[self._read_bytes :].decode(errors="replace").replace("\r\n", "\n")


def is_typed(lines: Sequence[str], name: str, *, bare: bool) -> bool:
    """Return whether the command *name* is among *lines*, alone or with an argument."""
    words = [line.removeprefix("/").partition(" ") for line in lines if line.startswith("/")]
    return any(word == name and bool(argument) != bare for word, _, argument in words)


def echo(request: Request) -> Script:
    """Answer with the model and the question, so that every answer says what it belongs to."""
    text = f"{request.json['model']} on {sent([request])[-1]}"
    return answer(text, usage=_USAGE) if request.json.get("stream") else completion(text, usage=_USAGE)


def summing(request: Request) -> Script:
    """Answer with a summary where one is asked for, and else with a word."""
    return answer("The gist." if "Summarise" in sent([request])[-1] else "Yes.")


def sent(asked: Server | Sequence[Request]) -> list[str]:
    """Return the texts of the messages of the last request; what is no text is left out."""
    posts = asked.posts if isinstance(asked, Server) else asked
    return [_text(message["content"]) for message in posts[-1].json["messages"]]


def questions(scripted: Server) -> list[str]:
    """Return what the user says in the last request."""
    return [_text(message["content"]) for message in scripted.posts[-1].json["messages"] if message["role"] == "user"]


def configure(home: Path, text: str) -> None:
    """Write *text* as the user's settings."""
    folder = home / ".config" / "chatcli"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "config.toml").write_text(text)
    (folder / "config.toml").chmod(0o600)


def stored(home: Path, query: str) -> list[tuple[Any, ...]]:
    """Return what *query* finds in the file of the chats, as it is on the disk now."""
    with closing(sqlite3.connect(home / ".local" / "share" / "chatcli" / "history.db")) as database:
        return database.execute(query).fetchall()


def titles(home: Path) -> list[str]:
    """Return the titles of the stored chats, the oldest first."""
    return [title for (title,) in stored(home, "SELECT title FROM conversation ORDER BY created_at, id")]


def _text(content: str | Sequence[dict[str, Any]]) -> str:
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def _number(listed: str, words: str) -> str:
    rows = [number for number, row in _ROW.findall(listed) if words and words in row]
    assert rows or not words, f"no row holds {words!r}:\n{listed}"
    return rows[0] if rows else ""
