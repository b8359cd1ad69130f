"""Decides whether a call may run: deny comes before ask, ask before allow.

What the user allows "for this chat" or "always" is bound to the fingerprint of the tool, which covers its origin and
its definition: whatever changes is asked for again. A tool that always asks is never granted more than one call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

from chatcli.records import field, frozen, mutable
from chatcli.tools.tool import Tool

Verdict = Literal["deny", "ask", "allow"]
# stop: no, nor any other call of the turn. nobody: there is no terminal to ask at.
Consent = Literal["once", "chat", "always", "no", "stop", "nobody"]


@frozen
class ApprovalQuestion:
    """A call that needs the user's consent; *choices* are those that can be given for its tool."""

    tool: Tool
    arguments: Mapping[str, Any]

    @property
    def choices(self) -> tuple[Consent, ...]:
        """The possible consents."""
        return ("once",) if self.tool.caution == "always" else ("once", "chat", "always")

    @property
    def scope(self) -> str:
        """What further consent would be limited to, empty for nothing."""
        return self.tool.scope(self.arguments)


Approve = Callable[[ApprovalQuestion], Consent]


class Approvals(Protocol):
    """Keeps what the user always allows."""

    def __contains__(self, key: object) -> bool:
        """Return whether the calls with this consent key are allowed."""
        ...

    def add(self, key: str, tool: Tool) -> None:
        """Allow the calls of *tool* with this consent key from now on."""
        ...


@frozen
class ToolRules:
    """The user's rules; each names a tool, an origin with all its tools, or the scope of a call, such as a host."""

    deny: frozenset[str] = frozenset()
    ask: frozenset[str] = frozenset()
    allow: frozenset[str] = frozenset()


@mutable
class Policy:
    """The rules, and what was granted beyond them. *chat* returns the identity of the current chat."""

    rules: ToolRules
    approvals: Approvals
    chat: Callable[[], object] = lambda: None
    _granted: set[str] = field(default_factory=set)
    _granted_in: object = None

    def verdict(self, tool: Tool, arguments: Mapping[str, Any] | None = None) -> Verdict:
        """Return what may happen to a call of *tool*, with *arguments* or any."""
        scope = "" if arguments is None else tool.scope(arguments)
        if _means(self.rules.deny, tool, scope):
            return "deny"
        if tool.caution == "always" or _means(self.rules.ask, tool, scope):
            return "ask"
        is_allowed = tool.caution == "none" or _means(self.rules.allow, tool, scope)
        key = tool.fingerprint if arguments is None else tool.consent_key(arguments)
        return "allow" if is_allowed or self._is_granted(key) else "ask"

    def grant(self, question: ApprovalQuestion, consent: Consent) -> None:
        """Record the user's *consent*; that to one call leaves no trace."""
        if consent not in question.choices:
            return
        key = question.tool.consent_key(question.arguments)
        if consent == "chat":
            self._in_this_chat().add(key)
        elif consent == "always":
            self.approvals.add(key, question.tool)

    def _is_granted(self, key: str) -> bool:
        return key in self._in_this_chat() or key in self.approvals

    def _in_this_chat(self) -> set[str]:
        if self._granted_in is not (chat := self.chat()):
            self._granted, self._granted_in = set(), chat
        return self._granted


def _means(rules: frozenset[str], tool: Tool, scope: str) -> bool:
    return (bool(scope) and scope in rules) or any(tool.is_meant_by(rule) for rule in rules)
