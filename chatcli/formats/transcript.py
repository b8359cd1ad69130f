"""Exports a conversation: Markdown for reading, JSON as a backup, JSONL for fine-tuning. Pure.

Our JSON contains the whole tree and can be imported without loss; the others contain the current branch, and those for
reading also what was asked beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from chatcli.conversation.answers import has_content
from chatcli.conversation.messages import AudioPart, FilePart, ImagePart, Message, Part, TextPart
from chatcli.conversation.sendable import as_sent
from chatcli.conversation.tool_images import result_images, with_images_apart
from chatcli.conversation.tree import ChatState, Node, Tree
from chatcli.formats.metadata import plain_facts, plain_state, without_unknown
from chatcli.language import N_, _
from chatcli.records import frozen
from chatcli.text.json_values import format_json
from chatcli.text.phrases import one_line

FORMAT = "chat conversation"
VERSION = 1
ROLES = {"user": N_("You"), "assistant": N_("Assistant"), "tool": N_("Result")}
_STATES = {
    "streaming": N_("streaming"),
    "length": N_("length"),
    "filtered": N_("filtered"),
    "refused": N_("refused"),
    "incomplete": N_("incomplete"),
    "cancelled": N_("cancelled"),
    "failed": N_("failed"),
}


@frozen
class ExportedChat:
    """A conversation with its metadata; *created_at* is in seconds since the epoch, 0 if unknown."""

    title: str
    tree: Tree
    state: ChatState
    id: str = ""
    created_at: float = 0.0

    @property
    def branch(self) -> list[Node]:
        """The messages of the current branch."""
        return self.tree.path(self.state.head)

    def with_asides(self) -> Iterator[tuple[Node, bool]]:
        """Yield the messages of the current branch, each with the asides after it, and whether it belongs to one."""
        asides: dict[int | None, list[Node]] = {}
        for node in self.tree.nodes:
            question = self.tree[node.parent] if node.parent in self.state.asides else node
            if question.id in self.state.asides and (question is node or has_content(node.message)):
                asides.setdefault(question.parent, []).append(node)
        yield from ((aside, True) for aside in asides.get(None, ()))
        for node in self.branch:
            yield node, False
            yield from ((aside, True) for aside in asides.get(node.id, ()))


def heading_of(role: str, *, is_aside: bool) -> str:
    """Return the heading of a message; an aside is a question asked beside the chat."""
    name = _(ROLES[role]) if role in ROLES else role.capitalize()
    return _("{heading} (aside)", heading=name) if is_aside else name


def ending_of(status: str) -> str:
    """Return how an answer ended, for people."""
    return _(_STATES.get(status, status))


def to_markdown(record: ExportedChat, *, day: str = "") -> str:
    """Return the current branch as Markdown; *day* is its formatted start date."""
    about = [word for word in (day, record.state.model) if word]
    title, system = one_line(record.title) or _("Chat"), _("System:")
    lines = [f"# {title}", *([" · ".join(about)] if about else [])]
    if record.state.system:
        lines.append(f"> **{system}** {record.state.system}".replace("\n", "\n> "))
    for node, is_aside in record.with_asides():
        lines += _section(node, is_aside=is_aside)
    return "\n\n".join(lines) + "\n"


def _section(node: Node, *, is_aside: bool) -> list[str]:
    message = node.message
    is_result = message.role == "tool"
    lines = [f"{'###' if is_result else '##'} {heading_of(message.role, is_aside=is_aside)}"]
    if message.reasoning:
        summary = _("Reasoning")
        lines.append(f"<details><summary>{summary}</summary>\n\n{message.reasoning}\n\n</details>")
    lines += [fenced(message.text)] if is_result else []
    body = "\n\n".join(map(_part, result_images(message) if is_result else message.parts))
    lines += [text for text in (body, message.refusal) if text]
    lines += [f"`{call.name}`\n\n{fenced(call.arguments, 'json')}" for call in message.tool_calls]
    if node.facts and node.facts.sources:
        links = [f"{n}. [{title or url}]({url})" for n, (url, title) in enumerate(node.facts.sources, 1)]
        lines.append("\n".join(links))
    if message.role == "assistant" and message.status != "complete":
        why = node.facts.why if node.facts else ""
        state = ending_of(message.status)
        ended = _("{state}: {reason}", state=state, reason=why) if why else state
        lines.append(f"*({ended})*")
    return lines


def _part(part: Part) -> str:
    match part:
        case TextPart(text):
            return text
        case ImagePart(url):
            is_data = url.startswith("data:")  # any other would be fetched by the reader's program
            return f"![image]({url})" if is_data else f"[image]({url})"
        case FilePart(name):
            return f"*({attached_words(name)})*"
        case AudioPart(_, form):
            sound = _("{form} audio", form=form)
            return f"*({attached_words(sound)})*"


def attached_words(name: str) -> str:
    """Return the note that *name* was attached."""
    return _("attached: {name}", name=name)


def fenced(text: str, language: str = "") -> str:
    """Return *text* as a code block, with a fence longer than any inside it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(longest + 1, 3)
    return f"{fence}{language}\n{text}\n{fence}"


def to_json(record: ExportedChat) -> str:
    """Return the whole conversation in our own format."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "id": record.id,
        "title": record.title,
        "created_at": record.created_at,
        "state": plain_state(record.state),
        "messages": [node_fields(node) for node in record.tree.nodes],
    }
    return format_json(document, indent=1) + "\n"


def node_fields(node: Node) -> dict[str, Any]:
    """Return a message with its position in the tree, without empty fields."""
    facts = plain_facts(node.facts) if node.facts else None
    return {"id": node.id, "parent": node.parent, **message_fields(node.message)} | ({"facts": facts} if facts else {})


def message_fields(message: Message) -> dict[str, Any]:
    """Return a message with the field names of the protocol, plus our own fields."""
    fields: dict[str, Any] = {"role": message.role, "content": _content(message.parts)}
    if message.tool_calls:
        fields["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            | ({"extra": dict(call.extra)} if call.extra else {})
            for call in message.tool_calls
        ]
    more = {name: getattr(message, name) for name in ("name", "tool_call_id", "reasoning", "refusal")}
    fields |= without_unknown(more)
    return fields | ({"status": message.status} if message.status != "complete" else {})


def _content(parts: Iterable[Part]) -> Any:
    parts = list(parts)
    if len(parts) == 1 and isinstance(parts[0], TextPart) and parts[0].source is None:
        return parts[0].text
    return [_part_fields(part) for part in parts]


def _part_fields(part: Part) -> dict[str, Any]:
    match part:
        case TextPart(text, source):
            return {"type": "text", "text": text} | without_unknown({"source": source})
        case ImagePart(url, detail):
            return {"type": "image_url", "image_url": without_unknown({"url": url, "detail": detail})}
        case FilePart(name, url):
            return {"type": "file", "file": {"filename": name, "file_data": url}}
        case AudioPart(url, form):
            return {"type": "input_audio", "input_audio": {"data": url.partition(",")[2], "format": form}}


def to_training(record: ExportedChat) -> str:
    """Return the current branch as a line of a training file for OpenAI's fine-tuning.

    https://platform.openai.com/docs/guides/supervised-fine-tuning
    """
    messages = [{"role": "system", "content": record.state.system}] if record.state.system else []
    messages += map(_example, with_images_apart(node.message for node in record.branch))
    return format_json({"messages": messages}) + "\n"


def _example(message: Message) -> dict[str, Any]:
    known = ("role", "content", "tool_calls", "name", "tool_call_id", "refusal")
    fields = {name: value for name, value in message_fields(as_sent(message)).items() if name in known}
    for part in fields["content"] if isinstance(fields.get("content"), list) else ():
        part.pop("source", None)
    for call in fields.get("tool_calls", ()):
        call.pop("extra", None)
    return fields | ({"content": None} if not message.parts else {})
