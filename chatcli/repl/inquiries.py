"""Asks what comes up while tools run: changed tools, and what servers want to know or to have opened.

An answer is never needed: Enter, Ctrl+C and the end of the input decline. It is always said which server asks.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol
from urllib.parse import urlsplit

from chatcli.language import N_, _
from chatcli.process.streams import has_input
from chatcli.records import frozen
from chatcli.terminal.question import DECLINED, is_yes
from chatcli.text.hosts import mixes_scripts
from chatcli.text.json_values import format_json
from chatcli.text.sanitizer import sanitize
from chatcli.tools.forms import FormValueError, read_value
from chatcli.tools.inquiries import Form, FormField, OpenPage, Question, ServerReview, SignInPage, UserAnswer

_DECLINE = "."  # alone on a line, as the question says
_YES, _ELSEWHERE = ("y", "yes"), ("e", "elsewhere")
_TRIES = 3
_KINDS = {
    "text": N_("text"),
    "integer": N_("a whole number"),
    "number": N_("a number"),
    "boolean": N_("yes or no"),
    "choice": N_("one of these, or its number"),
    "choices": N_("some of these, or their numbers, with commas"),
}


_WAITING = N_(
    "Waiting for the browser to come back. If it ends at an address that cannot be reached, paste that address here; "
    "Esc gives up: "
)


class AskLine(Protocol):
    """Asks for a line at the terminal; it ends when *wake* becomes readable. None stands for no terminal."""

    def __call__(self, question: str, *, wake: int | None = None) -> str | None:
        """Ask *question*."""
        ...


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

    ask_line: AskLine
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
                    case SignInPage():
                        return self._sign_in(question)
        except KeyboardInterrupt:
            return UserAnswer("cancel")
        except _DeclinedError as declined:
            return declined.answer

    def _line(self, words: str, *, wake: int | None = None) -> str:
        line = self.ask_line(sanitize(self.redact(words)), wake=wake)
        if line is None:
            raise _DeclinedError(UserAnswer("nobody"))
        return line

    def _confirm(self, words: str) -> UserAnswer:
        return UserAnswer(
            "accept" if is_yes(self._line(_("{question} [y: yes, N: no] ", question=words))) else "decline"
        )

    def _open(self, page: OpenPage) -> UserAnswer:
        answer = self._confirm(describe_page(page))
        if answer.action == "accept" and not self.open_page(page.url):
            self._line(_("There is no browser here; open the page elsewhere, then press Enter. "))
        return answer

    def _sign_in(self, page: SignInPage) -> UserAnswer:
        """Open the page on consent, then wait until the browser has come back, or for the address where it ended."""
        if not page.problem:
            wish = self._line(describe_sign_in(page)).lower()
            if wish not in (*_YES, *_ELSEWHERE):
                return UserAnswer("decline")
            if wish in _YES and not self.open_page(page.url):
                self._line(_("There is no browser here; open the page elsewhere, then press Enter. "))
        words = "\n".join(filter(None, [page.problem, _(_WAITING)]))
        while True:
            line = self._line(words, wake=page.arrived)
            if line == DECLINED:
                return UserAnswer("decline")
            if line or has_input(page.arrived, 0):
                return UserAnswer("accept", {"address": line})
            words = _(_WAITING)

    def _fill(self, form: Form) -> UserAnswer:
        message = _indented(form.message)
        words = _("The MCP server {server} asks:\n{message}\n(. alone declines)\n", server=form.server, message=message)
        values: dict[str, Any] = {}
        for field in form.fields:
            value = self._value(words, field, form)
            values |= {} if value is None else {field.name: value}
            words = ""
        shown = _("Send this to {server}?\n{values}", server=form.server, values=_indented(format_json(values)))
        answer = self._confirm(f"{words}{shown}")
        return UserAnswer("accept", values) if answer.action == "accept" else answer

    def _value(self, words: str, field: FormField, form: Form) -> Any:
        """Ask for one value; None leaves it out."""
        for _attempt in range(_TRIES):
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
    question = _("Accept the change?") if review.is_change else _("Let models see them?")
    return f"{describe_offer(review)}\n{question}"


def describe_offer(review: ServerReview) -> str:
    """Return what is asked about: the tools of a server, or what has changed in them."""
    tools = _indented(review.text)
    if review.is_change:
        return _("The MCP server {server} is not as you accepted it:\n{tools}", server=review.server, tools=tools)
    return _("The MCP server {server} has these tools:\n{tools}", server=review.server, tools=tools)


def describe_page(page: OpenPage) -> str:
    """Return the question whether a page may be opened: the whole address, and its host."""
    host = urlsplit(page.url).hostname or ""
    place = _("on the host {host}", host=host)
    if mixes_scripts(host):
        place = _("on the host {host}, whose letters are of several alphabets", host=host)
    return _(
        "The MCP server {server} wants you to open a page:\n{message}\n  {url}\n  {place}\nOpen it in the browser?",
        server=page.server,
        message=_indented(page.message),
        url=page.url,
        place=place,
    )


def describe_sign_in(page: SignInPage) -> str:
    """Return the question whether the page of a sign-in may be opened: the whole address, and its host."""
    host = urlsplit(page.url).hostname or ""
    asked = _("The MCP server {server} asks you to sign in:", server=page.server)
    where = _("on the host {host}", host=host)
    choices = _("Open it in the browser? [y: yes, e: I open it elsewhere, N: no] ")
    return f"{asked}\n  {page.url}\n  {where}\n{choices}"


def describe_field(field: FormField) -> str:
    """Return the question for one value of a form."""
    lines = [f"  {place}. {value}{f' ({title})' * bool(title)}" for place, (value, title) in _numbered(field)]
    about = [_(_KINDS[field.kind]), "" if field.is_required else _("optional")]
    usual = f" [{format_json(field.default)}]" if field.default is not None else ""
    described = f"{field.title}: {field.description}" if field.description else field.title
    kind = _(", ").join(filter(None, about))
    return "\n".join([*lines, _("{field} ({kind}){default} ", field=described, kind=kind, default=usual)])


def _numbered(field: FormField) -> list[tuple[int, tuple[str, str]]]:
    return list(enumerate(field.choices.items(), start=1))


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
