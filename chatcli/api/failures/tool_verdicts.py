"""Words failures of tools: models that cannot call any, servers that have to be started for it, and invalid calls."""

from __future__ import annotations

from chatcli.api.failures.diagnosis import Diagnosis
from chatcli.errors import ChatError, Hint, RejectedError, Remedy
from chatcli.language import N_, _
from chatcli.text.patterns import pattern
from chatcli.text.phrases import shorten

_STATUSES = frozenset({400, 404, 405, 422, 500, 501})
_CALLS = r"(?:[ _](?:use|calls?|calling|choice|tools?|param\w*))?"
_TOOLS = rf"\b(?:tools?|functions?){_CALLS}(?:_\w+)?\b"
_NOT = r"(?:\bnot|n't|\bcannot) (?:yet |currently )?(?:support(?:ed)?|available|enabled|allowed|permitted)"
# A noun for tools, and a verb that denies them, in one clause and in either order. What is said of one tool's schema,
# or of the messages of a call, denies nothing.
_REFUSED = pattern(
    rf"{_TOOLS}[^.\n]{{0,60}}(?:{_NOT}|\bunsupported\b|\brequires? -|\bdisabled\b)"
    rf"|(?:{_NOT}|\bunsupported|\bunknown|\bunrecogni[sz]ed|\bunexpected|\bextra|\bno [\w ]{{1,20}} support)"
    rf"[^.\n]{{0,30}}{_TOOLS}|不支持.{{0,10}}(?:工具|函数)|(?:工具|函数).{{0,10}}不支持",
    2,
)
_OPTIONS = pattern(r"(?:^|\s)--[a-z][\w-]+")
_REASONING = pattern(r"reasoning", 2)
_UNUSABLE = frozenset({"tool_use_failed", "json_validate_failed"})
_INVALID_ANSWER = N_("`{model}` at {host} made an invalid answer")
_INVALID_CALL = N_("`{model}` at {host} made an invalid tool call")
_MOST_ATTEMPT = 300
_RESPONSES = pattern(r"\bresponses\b", 2)


def tools_refused(case: Diagnosis) -> ChatError | None:
    """Return the error for a request that was refused because of its tools, None for any other."""
    text = case.said.text or ""
    if not case.asked.sent.get("tools") or case.status not in _STATUSES or not _REFUSED.search(text):
        return None
    what = _("`{model}` at {host} does not accept tools", model=case.asked.model, host=case.host)
    return RejectedError(case.with_words(what), hint=_hint(text), server=case.server)


def unusable_attempt(case: Diagnosis) -> ChatError | None:
    """Return the error for a call or an answer that the server could not use, with what the model wrote.

    https://console.groq.com/docs/tool-use/local-tool-calling#error-handling-validation: `tool_use_failed`, and
    `json_validate_failed` for answers that must be JSON.
    """
    if not (case.said.attempt or _UNUSABLE & case.said.words):
        return None
    is_answer = "json_validate_failed" in case.said.words
    what = case.with_status(_(_INVALID_ANSWER if is_answer else _INVALID_CALL, model=case.asked.model, host=case.host))
    if case.said.attempt:
        what = _("{what}; it wrote: {attempt}", what=what, attempt=shorten(case.said.attempt, _MOST_ATTEMPT))
    return RejectedError(what, hint=(Remedy("ask_again"), _("another model may do better")), server=case.server)


def _hint(text: str) -> Hint:
    if _OPTIONS.search(text):
        return _("start the server with the options that it names")
    if _REASONING.search(text):
        return Remedy("tools_without_reasoning", _("turn reasoning off, or choose another model"))
    if _RESPONSES.search(text):
        return _("it takes tools only through the Responses API: choose another model, such as gpt-5.6-terra")
    return Remedy("drop_tools", _("choose a model that supports tools, or offer none"))
