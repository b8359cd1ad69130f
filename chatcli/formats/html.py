"""Exports a conversation as a self-contained HTML page: no external resources, no scripts, no injected markup.

Markdown is rendered by markdown-it with HTML off, so tags in it are text; links are limited to web and mail addresses.
A content security policy in the page forbids scripts and external resources.
"""

from __future__ import annotations

import html
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from chatcli.conversation.messages import AudioPart, FilePart, ImagePart, Part, TextPart
from chatcli.conversation.tree import Node
from chatcli.formats.html_colors import highlighted, style
from chatcli.formats.transcript import ROLES, ExportedChat, attached_words, ending_of, heading_of
from chatcli.language import _
from chatcli.text.phrases import one_line

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

_LINKS = ("http://", "https://", "mailto:")
_IMAGES = ("data:image/png;", "data:image/jpeg;", "data:image/gif;", "data:image/webp;")


def to_html(record: ExportedChat, *, day: str = "") -> str:
    """Return the current branch as a page; *day* is its formatted start date."""
    title = html.escape(one_line(record.title) or _("Chat"))
    about = " · ".join(html.escape(word) for word in (day, record.state.model) if word)
    head = _summary(_("System prompt"))
    system = f'<details class="system">{head}{_markdown(record.state.system)}</details>'
    body = "\n".join(
        [
            f"<header><h1>{title}</h1><p>{about}</p></header>",
            *([system] if record.state.system else []),
            *(_section(node, is_aside=is_aside) for node, is_aside in record.with_asides()),
        ]
    )
    return (
        f'<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n<title>{title}</title>\n'
        f"<style>\n{style()}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _section(node: Node, *, is_aside: bool) -> str:
    message = node.message
    name = heading_of(message.role, is_aside=is_aside)
    model = html.escape(node.facts.model) if node.facts and node.facts.model and message.role == "assistant" else ""
    pieces = [f"<h2>{html.escape(name)}{f'<span>{model}</span>' if model else ''}</h2>"]
    if message.reasoning:
        reasoning = _("Reasoning")
        pieces.append(f"<details>{_summary(reasoning)}{_markdown(message.reasoning)}</details>")
    pieces += [_part(part, is_typed=message.role != "assistant") for part in message.parts]
    pieces += [f'<p class="refusal">{html.escape(message.refusal)}</p>'] if message.refusal else []
    for call in message.tool_calls:
        head = _summary(_("Call of {name}", name=call.name))
        pieces.append(f"<details>{head}{highlighted(call.arguments, 'json')}</details>")
    if message.role == "assistant" and message.status != "complete":
        pieces.append(_note(ending_of(message.status)))
    role = message.role if message.role in ROLES else "other"
    return f'<section class="{role}">\n' + "\n".join(pieces) + "\n</section>"


def _summary(words: str) -> str:
    return f"<summary>{html.escape(words)}</summary>"


def _part(part: Part, *, is_typed: bool) -> str:
    match part:
        case TextPart(text, None):
            # Typed text is shown verbatim, model output is rendered as Markdown.
            return f'<div class="typed">{html.escape(text)}</div>' if is_typed else _markdown(text)
        case TextPart(text, source):
            return f"<details><summary>{html.escape(source or '')}</summary>{highlighted(text, '')}</details>"
        case ImagePart():
            return _image(part)
        case FilePart(name):
            return _note(attached_words(name))
        case AudioPart(_, form):
            return _note(attached_words(_("{form} audio", form=form)))


def _image(part: ImagePart) -> str:
    image = _("image")
    if part.url.startswith(_IMAGES):
        return f'<img alt="{image}" src="{html.escape(part.url)}">'
    if part.url.startswith(_LINKS):
        return f'<p class="end"><a href="{html.escape(part.url)}">{image}</a></p>'
    return _note(_("image: {url}", url=part.url[:200]))


def _note(words: str) -> str:
    return f'<p class="end">{html.escape(words)}</p>'


def _markdown(text: str) -> str:
    return str(_parser().render(text))


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    parser.validateLink = lambda url: url.strip().lower().startswith(_LINKS)  # type: ignore[method-assign]  # its way
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("code_block", _fence)
    parser.add_render_rule("image", _linked_image)
    return parser


def _fence(_self: object, tokens: list[Token], index: int, _options: object, _env: object) -> str:
    token = tokens[index]
    return highlighted(token.content.rstrip("\n"), token.info.split()[0] if token.info.split() else "")


def _linked_image(_self: object, tokens: list[Token], index: int, _options: object, _env: object) -> str:
    """Render an image in Markdown as a link, because reading the page must not load anything."""
    source = html.escape(str(tokens[index].attrs.get("src", "")))
    label = html.escape(tokens[index].content) or _("image")
    return f'<a href="{source}">{label}</a>' if source else label
