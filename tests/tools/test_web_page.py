"""What a reader of the page sees comes out, in order; nothing else does."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.tools.web_page import charset_of, page_to_markdown

URL = "https://example.test/a/b.html"


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<h2>A <em>b</em></h2>text<br>more", "## A *b*\n\ntext\nmore"),
        ("<p>one<p>two", "one\n\ntwo"),
        ("<ul><li>a<li>b<ul><li>c</ul></ul>end", "- a\n- b\n  - c\n\nend"),
        ("<ol><li>a</li><li><p>b</p></li></ol>", "1. a\n2. b"),
        ("<pre>a\n  b &lt;c&gt;</pre>", "```\na\n  b <c>\n```"),
        ("<p>a <code>b c</code> d</p>", "a `b c` d"),
        ("<blockquote><p>a</p><p>b</p></blockquote>c", "> a\n>\n> b\n\nc"),
        ("<table><tr><th>a<th>b<tr><td>1<td>2|3</table>", "| a | b |\n| --- | --- |\n| 1 | 2\\|3 |"),
        ("<a href='c.html#x'>c</a> <a href='javascript:x()'>d</a>", "[c](https://example.test/a/c.html#x) d"),
        ("<a href='//h.test'>e<a href=/f>f", "[e](https://h.test)[f](https://example.test/f)"),
        ("a<b> </b>c <i>d</i><code></code>", "a c *d*"),
        ("a < b <3 <!doctype x><?php y ?></ >c", "a < b <3 c"),
        ("<p a=1 hidden =x>b</p><p title='>'>c", "c"),
        ("<img src=x alt='a cat'><img src=y>", "[image: a cat]"),
        ("a<script>b()</script><style>c{}</style><!-- d --><noscript>e</noscript>f", "af"),
        ("<p hidden>a<p>b<p style='color:red; DISPLAY : none'>c</p>d<i aria-hidden=true>e</i>", "b\n\nd"),
        ("<head><title>t</title><body>a", "a"),
        ("<div>a<div>b</div>c</div>", "a\n\nb\n\nc"),
        ("a&nbsp;&amp;&eacute;&#x1F600; b", "a\xa0&é😀 b"),
        ("</p></ul>a</div><b>b", "a**b**"),
        ("<svg><text>a</text></svg><template>b</template><iframe>c</iframe>d", "d"),
        ("<img alt='a](http://evil.test)\n# b'>", "[image: a\\](http://evil.test) # b]"),
        ("<pre>a\n```\nb</pre>", "````\na\n```\nb\n````"),
        ("&#0000000000097;&#x62;&#" + "9" * 5000 + ";c", "ab\ufffdc"),
        ("<blockquote>" * 30 + "a", "> " * 10 + "a"),
        ("<ul>" * 30 + "<li>a", "  " * 9 + "- a"),
        ("", ""),
    ],
)  # fmt: skip
def test_html_becomes_markdown(html: str, markdown: str) -> None:
    assert page_to_markdown(html, URL)[1] == markdown


def test_the_title_is_one_line() -> None:
    assert page_to_markdown("<title> a\n b &amp; </title>", URL)[0] == "a b &"


WORDS = st.sampled_from(["alpha", "beta", "gamma"])
SEEN = (
    "p",
    "div",
    "ul",
    "ol",
    "li",
    "b",
    "em",
    "a",
    "span",
    "td",
    "tr",
    "table",
    "h1",
    "blockquote",
    "section",
    "code",
)
UNSEEN = ("script", "style", "template", "svg", "noscript")
TREES = st.recursive(
    st.tuples(st.just("text"), WORDS),
    lambda inner: st.tuples(st.sampled_from(SEEN + UNSEEN), st.lists(inner, max_size=4)),
    max_leaves=12,
)


def written(tree: tuple[str, object], *, seen: bool = True) -> tuple[str, list[str]]:
    """Return a tree as HTML, and its visible words in order; words that are not seen look different."""
    kind, content = tree
    if kind == "text":
        return (f" {content} ", [str(content)]) if seen else (" hidden ", [])
    assert isinstance(content, list)
    inner = seen and kind not in UNSEEN
    if not inner and kind in ("script", "style"):
        return f"<{kind}> hidden </{kind}>", []
    parts = [written(child, seen=inner) for child in content]
    words = [word for _, below in parts for word in below]
    return f"<{kind}>{''.join(text for text, _ in parts)}</{kind}>", words


@given(st.lists(TREES, max_size=5))
def test_every_visible_word_comes_out_in_order_and_no_other(trees: list[tuple[str, object]]) -> None:
    parts = [written(tree) for tree in trees]

    text = page_to_markdown("".join(html for html, _ in parts), URL)[1]

    assert re.findall(r"alpha|beta|gamma|hidden", text) == [word for _, words in parts for word in words]


@pytest.mark.parametrize(
    "piece",
    [
        "<b>" * 490 + "<x> " * 9_500 + "</b>" * 490,
        *(
            "<!--",
            "<a ",
            "</",
            "<![CDATA[",
            "&",
            "<div>",
            "<p",
            "<a href='",
            "<b>",
            "</b>",
            "<li>",
            "<td>a",
            "<?",
            "<!",
        ),
    ],
)
def test_no_page_takes_long(piece: str) -> None:
    html = piece * (80_000 // len(piece))
    begun_s = time.process_time()

    page_to_markdown(html, URL)

    assert time.process_time() - begun_s < 2


PIECES = [
    "<blockquote>",
    "<ul>",
    "<ol>",
    "<li>",
    "<pre>",
    "<table>",
    "<tr>",
    "<td>",
    "<a href=x>",
    "<b>",
    "</b>",
    "x",
    "\n",
]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=8))
def test_nesting_costs_the_text_a_bounded_factor(pieces: list[str]) -> None:
    html = "".join(pieces) * 200

    text = page_to_markdown(html, URL)[1]

    assert len(text) < 20 * len(html)  # two quotes of ten levels, one with text and one before it, for few characters


def test_a_page_without_end_is_cut_and_says_so() -> None:
    text = page_to_markdown("<a href=x>y</a>" * 2_500, f"https://example.test/{'p' * 1_000}/")[1]

    assert 2_000_000 < len(text) < 2_000_100
    assert "left out" in text[-60:]


@pytest.mark.parametrize(
    ("data", "declared", "name"),
    [
        (b"\xef\xbb\xbfa", "latin-1", "utf-8-sig"),
        (b"\xff\xfea\0", "", "utf-16"),
        (b"<meta charset='gbk'>", "", "gbk"),
        (b'<meta http-equiv="x" content="text/html; charset=koi8-r">', "", "koi8-r"),
        (b"<meta charset='gbk'>", "latin-1", "latin-1"),
        (b"a", "no-such", "utf-8"),
        (b"a", "hex", "utf-8"),
        (b"a", "", "utf-8"),
    ],
)
def test_the_character_set_is_that_of_the_page(data: bytes, declared: str, name: str) -> None:
    assert charset_of(data, declared) == name
