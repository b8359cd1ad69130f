"""Asks what comes up while tools run: changed tools, and what servers want to know or to have opened.

An answer is never needed: Enter, Ctrl+C and the end of the input decline. It is always said which server asks.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from urllib.parse import urlsplit

from chatcli.records import frozen
from chatcli.terminal.question import DECLINED, is_yes
from chatcli.text.hosts import mixes_scripts
from chatcli.text.json_values import format_json
from chatcli.text.sanitizer import sanitize
from chatcli.tools.forms import FormValueError, read_value
from chatcli.tools.inquiries import Form, FormField, OpenPage, Question, ServerReview, UserAnswer

_DECLINE = "."  # alone on a line
_TRIES = 3
_KINDS = {
    "text": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "yes or no",
    "choice": "one of these, or its number",
    "choices": "some of these, or their numbers, with commas",
}


class _DeclinedError(Exception):
    """The user does not want to answer; *action* says how that was expressed."""

    def __init__(self, answer: UserAnswer) -> None:
        super().__init__(answer.action)
        self.answer = answer


def open_in_browser(url: str) -> bool:
    """Open *url* in the user's browser, and return whether there is one."""
    import webbrowser  # rarely asked for

    return webbrowser.open(url)


@frozen
class InquiryPrompt:
    """Asks at the terminal with *ask_line*, which returns None without one; Ctrl+C inside *guard* ends the turn."""

    ask_line: Callable[[str], str | None]
    guard: Callable[[], AbstractContextManager[object]] = nullcontext
    redact: Callable[[str], str] = str
    open_page: Callable[[str], bool] = open_in_browser

    def ask(self, question: Question) -> UserAnswer:
        """Ask *question* and return the answer."""
        try:
            with self.guard():
                match question:
                    case ServerReview():
                        return self._confirm(describe_review(question))
                    case OpenPage():
                        return self._open(question)
                    case Form():
                        return self._fill(question)
        except KeyboardInterrupt:
            return UserAnswer("cancel")
        except _DeclinedError as declined:
            return declined.answer

    def _line(self, words: str) -> str:
        line = self.ask_line(sanitize(self.redact(words)))
        if line is None:
            raise _DeclinedError(UserAnswer("nobody"))
        return line

    def _confirm(self, words: str) -> UserAnswer:
        return UserAnswer("accept" if is_yes(self._line(f"{words} [y: yes, N: no] ")) else "decline")

    def _open(self, page: OpenPage) -> UserAnswer:
        answer = self._confirm(describe_page(page))
        if answer.action == "accept" and not self.open_page(page.url):
            self._line("There is no browser here; open the page elsewhere, then press Enter. ")
        return answer

    def _fill(self, form: Form) -> UserAnswer:
        words = f"The MCP server {form.server} asks:\n{_indented(form.message)}\n({_DECLINE} alone declines)\n"
        values: dict[str, Any] = {}
        for field in form.fields:
            value = self._value(words, field, form)
            values |= {} if value is None else {field.name: value}
            words = ""
        shown = f"{words}Send this to {form.server}?\n{_indented(format_json(values))}\n"
        answer = self._confirm(shown.rstrip("\n"))
        return UserAnswer("accept", values) if answer.action == "accept" else answer

    def _value(self, words: str, field: FormField, form: Form) -> Any:
        """Ask for one value; None leaves it out."""
        for _ in range(_TRIES):
            line = self._line(words + describe_field(field))
            if line in (_DECLINE, DECLINED):
                break
            try:
                return read_value(field, line, form.schema)
            except FormValueError as problem:
                words = f"{problem}\n"
        raise _DeclinedError(UserAnswer("decline"))


def describe_review(review: ServerReview) -> str:
    """Return the question whether the tools of a server may be used."""
    return f"{describe_offer(review)}\n{'Accept the change?' if review.is_change else 'Let models see them?'}"


def describe_offer(review: ServerReview) -> str:
    """Return what is asked about: the tools of a server, or what has changed in them."""
    what = "is not as you accepted it" if review.is_change else "has these tools"
    return f"The MCP server {review.server} {what}:\n{_indented(review.text)}"


def describe_page(page: OpenPage) -> str:
    """Return the question whether a page may be opened: the whole address, and its host."""
    host = urlsplit(page.url).hostname or ""
    warning = ", whose letters are of several alphabets" if mixes_scripts(host) else ""
    return (
        f"The MCP server {page.server} wants you to open a page:\n{_indented(page.message)}\n"
        f"  {page.url}\n  on the host {host}{warning}\nOpen it in the browser?"
    )


def describe_field(field: FormField) -> str:
    """Return the question for one value of a form."""
    lines = [f"  {place}. {value}{f' ({title})' * bool(title)}" for place, (value, title) in _numbered(field)]
    about = [_KINDS[field.kind], "" if field.is_required else "optional"]
    usual = f" [{format_json(field.default)}]" if field.default is not None else ""
    described = f"{field.title}: {field.description}" if field.description else field.title
    return "\n".join([*lines, f"{described} ({', '.join(filter(None, about))}){usual} "])


def _numbered(field: FormField) -> list[tuple[int, tuple[str, str]]]:
    return list(enumerate(field.choices.items(), start=1))


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
