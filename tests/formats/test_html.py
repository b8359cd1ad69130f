"""A page shows every word of a conversation, and no word can become markup, load anything or run."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.conversation.messages import ImagePart, Message, TextPart, ToolCall, text_message
from chatcli.conversation.tree import AnswerFacts, ChatState, Tree
from chatcli.formats.html import to_html
from chatcli.formats.transcript import ExportedChat

EMPTY = {"meta", "br", "hr", "img"}
ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "main", "header", "section", "div", "span", "p", "a", "img"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "pre", "code", "blockquote", "table", "thead", "tbody"),
    *("tr", "th", "td", "em", "strong", "s", "hr", "br", "details", "summary"),
}
ATTRIBUTES = {"class", "href", "src", "alt", "charset", "name", "content", "http-equiv", "start", "style", "title"}


class Reader(HTMLParser):
    """Reads a page: its text, its links, and whether every tag is closed in its order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.links: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED
        assert {name for name, _ in attrs} <= ATTRIBUTES
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        self.open += [] if tag in EMPTY else [tag]

    def handle_endtag(self, tag: str) -> None:
        if tag not in EMPTY:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)


def record(*messages: Message, title: str = "T", system: str = "") -> ExportedChat:
    tree = Tree()
    for message in messages:
        tree.head = tree.add(message, parent=tree.head, facts=AnswerFacts(model="gpt-x")).id
    return ExportedChat(title, tree, ChatState(head=tree.head, system=system))


def test_everything_that_was_said_is_on_the_page() -> None:
    page = Reader(
        to_html(
            record(
                Message("user", (TextPart("  kept\n  as typed"), ImagePart("data:image/png;base64,AAAA"))),
                Message(
                    "assistant", (TextPart("# Head\n\n| a | b |\n|---|---|\n| 1 | 漢 |\n\n$x^2$"),), reasoning="hmm",
                    tool_calls=(ToolCall("1", "f", '{"n": 1}'),),
                ),
                text_message("tool", "42", tool_call_id="1"),
                Message("assistant", refusal="I decline", status="refused"),
                title="A <title>", system="Be *brief*",
            ),
            day="2026-01-02",
        )
    )  # fmt: skip

    for words in ("A <title>", "  kept\n  as typed", "Head", "漢", "$x^2$", "hmm", "f", '{"n": 1}', "42", "I decline",
                  "refused", "Be brief", "2026-01-02", "gpt-x"):  # fmt: skip
        assert words in page.text
    assert page.links == ["data:image/png;base64,AAAA"]


HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[a](javascript:alert(1))", "![a](file:///etc/passwd)",
    "[a](data:text/html,x)", "```html\n</code></pre><script>x</script>\n```", "<a href='vbscript:x'>",
    "![a](https://x/y.png)",
    "</main></body>", "[a]( JaVaScRiPt:x )", "`</style>`", "&lt;script&gt;", "<https://x\" onclick=y>"  ,
    "```\"><script>\nx\n```",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("role", ["user", "assistant", "tool"])
def test_no_text_becomes_markup_or_leads_astray(role: str, text: str) -> None:
    message = text_message(role, text, reasoning=text, refusal=text)  # type: ignore[arg-type]  # one of them

    page = Reader(to_html(record(message, title=text, system=text)))

    assert all(link.startswith(("https://", "data:image/")) for link in page.links)


@given(st.text(st.sampled_from("<>&\"'`[]()!*_|#-\n javscript:=/x漢")))
def test_any_text_gives_a_whole_page(text: str) -> None:
    page = Reader(to_html(record(text_message("user", text), text_message("assistant", text), title=text)))

    assert text.replace("\r", "") in page.text


def test_nothing_is_loaded_and_nothing_runs() -> None:
    page = to_html(record(text_message("user", "x")))

    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in page
    assert "url(" not in page
    assert "@import" not in page


def test_code_is_coloured_in_light_and_in_dark() -> None:
    page = to_html(record(text_message("assistant", "```python\ndef f(): pass\n```\n```unknown\n<b>\n```")))

    assert '<span class="k">def</span>' in page
    assert "&lt;b&gt;" in page
    assert page.count(".code .k {") == 2
