"""Assembles tool calls from their fragments, whatever a server does with numbers, ids and names. Pure.

Servers leave out numbers or ids, give every call the number 0, invent a new id for each fragment, repeat names, or
number the rest of a call differently from its beginning. Two things can be relied on: only a name begins a call, unless
number and id are both new; and a call whose arguments are a whole object is not continued.

Law: however calls are numbered and named, and wherever their arguments are cut, the same calls come out.
"""

from __future__ import annotations

from chatcli.conversation.messages import ToolCall, ToolFragment
from chatcli.records import field, mutable
from chatcli.text.json_values import parse_json
from chatcli.text.surrogates import repair


@mutable
class _Call:
    """A tool call while its fragments arrive."""

    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)
    extra: dict[str, object] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether the arguments so far are a whole JSON object."""
        last = next((piece for piece in reversed(self.arguments) if piece.strip()), "")
        return last.rstrip().endswith("}") and isinstance(parse_json("".join(self.arguments)), dict)

    def take(self, fragment: ToolFragment) -> None:
        """Add a fragment; a whole call that is sent again adds nothing."""
        self.id = self.id or fragment.id.strip()
        self.name = self.name or fragment.name
        self.extra.update(fragment.extra)
        if not (fragment.arguments and self.is_whole and fragment.arguments == "".join(self.arguments)):
            self.arguments.append(fragment.arguments)


@mutable
class CallAssembler:
    """The tool calls of one answer, in order of their beginnings."""

    _calls: list[_Call] = field(default_factory=list)
    _by_index: dict[int, _Call] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self._calls)

    def feed(self, fragment: ToolFragment) -> None:
        """Add a fragment to the call that it continues, or begin another one."""
        call = self._continued(fragment)
        if call is None:
            call = _Call()
            self._calls.append(call)
        if fragment.index is not None:
            self._by_index[fragment.index] = call
        call.take(fragment)

    def calls(self, choice: int) -> tuple[ToolCall, ...]:
        """Return the calls of answer *choice* so far.

        A call without an id of its own gets one from its position, because its result must name it.
        """
        found: dict[str, ToolCall] = {}
        for position, call in enumerate(self._calls):
            id = call.id if call.id and call.id not in found else f"call_{choice}_{position}"
            found[id] = ToolCall(id, call.name, repair("".join(call.arguments)), dict(call.extra))
        return tuple(found.values())

    def _continued(self, fragment: ToolFragment) -> _Call | None:
        id = fragment.id.strip()
        by_id = next((call for call in self._calls if id and call.id == id), None)
        by_index = None if fragment.index is None else self._by_index.get(fragment.index)
        last = self._calls[-1] if self._calls else None
        if not fragment.name:
            is_new = bool(id) and by_index is None and (fragment.index is not None or last is None or last.is_whole)
            return by_id or by_index or (None if is_new else last)
        is_unmarked = fragment.index is None and not id
        known = by_id or by_index or (last if is_unmarked else None)
        if known is None or not known.name:
            return known
        is_same = known is by_id and (fragment.index is None or known is by_index)
        return known if is_same or not _begins_another(fragment, known, id) else None


def _begins_another(fragment: ToolFragment, known: _Call, id: str) -> bool:
    """Return whether a fragment with a name begins a call other than *known*, which it may seem to continue."""
    if (id and known.id and id != known.id) or fragment.name != known.name:
        return True
    return bool(fragment.arguments.strip()) and known.is_whole
