"""Styles the HTML page: one column, light or dark by the reader's preference, printable, with highlighted code."""

from __future__ import annotations

import html

from pygments import highlight  # type: ignore[import-untyped]  # it has no types
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]  # as above
from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]  # as above
from pygments.util import ClassNotFound  # type: ignore[import-untyped]  # as above

_MOST_HIGHLIGHTED = 100_000  # characters: longer code is not highlighted, which would take minutes

_STYLE = """
:root { color-scheme: light dark; --ink: #1c1f23; --soft: #667085; --paper: #ffffff; --tint: #f5f6f8; --line: #e3e6eb; --mark: #2f6fdb; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e7ec; --soft: #98a2b3; --paper: #15181d; --tint: #1e2229; --line: #303640; --mark: #84adff; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); line-height: 1.6; overflow-wrap: anywhere;
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", "Hiragino Sans", "Noto Sans CJK SC", sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
header { border-bottom: 1px solid var(--line); margin-bottom: 1.5rem; }
header h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
header p, h2 span, summary, .end { color: var(--soft); font-size: .9rem; }
header p { margin: 0 0 1rem; }
section { margin: 0 0 1.75rem; }
section > h2 { font-size: .8rem; font-weight: 600; letter-spacing: .04em; text-transform: uppercase; color: var(--soft); margin: 0 0 .4rem; }
section > h2 span { text-transform: none; letter-spacing: 0; font-weight: 400; margin-left: .6em; }
section.user > .typed { white-space: pre-wrap; background: var(--tint); border-radius: .6rem; padding: .7rem 1rem; }
section.tool > .typed { white-space: pre-wrap; font: .85rem/1.5 ui-monospace, Menlo, Consolas, monospace; color: var(--soft); }
section h1, section h3, section h4 { line-height: 1.3; margin: 1.4em 0 .5em; }
section h1 { font-size: 1.35rem; } section h3 { font-size: 1.1rem; } section h4 { font-size: 1rem; }
p, ul, ol, table, pre, blockquote { margin: .7em 0; }
a { color: var(--mark); }
code { font: .875em ui-monospace, SFMono-Regular, Menlo, Consolas, "Noto Sans Mono CJK SC", monospace; }
:not(pre) > code { background: var(--tint); border-radius: .3em; padding: .1em .3em; }
pre { background: var(--tint); border-radius: .6rem; padding: .8rem 1rem; overflow-x: auto; line-height: 1.45; white-space: pre; overflow-wrap: normal; }
blockquote { border-left: 3px solid var(--line); padding-left: 1rem; color: var(--soft); }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .9rem .35rem 0; text-align: left; vertical-align: top; }
hr { border: 0; border-top: 1px solid var(--line); margin: 1.5em 0; }
img { max-width: 100%; border-radius: .4rem; }
details { margin: .5em 0; } summary { cursor: pointer; } details[open] summary { margin-bottom: .4em; }
.refusal { border-left: 3px solid #d92d20; padding-left: 1rem; }
@media print {
  body { background: none; color: #000; font-size: 10.5pt; } main { max-width: none; padding: 0; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; } pre, section.user > .typed { border: 1px solid #ccc; background: none; }
  h2 { break-after: avoid; } pre, table, img { break-inside: avoid; } a { color: inherit; }
}
"""  # noqa: E501  # a sheet of styles reads by its rules


def style() -> str:
    """Return the style sheet."""
    light = HtmlFormatter(style="default").get_style_defs(".code")
    dark = HtmlFormatter(style="github-dark").get_style_defs(".code")
    # Only the colours of tokens: the block itself uses those of the page.
    return f"{_STYLE}{_tokens(light)}@media (prefers-color-scheme: dark) {{\n{_tokens(dark)}}}\n"


def _tokens(rules: str) -> str:
    return "".join(f"{line}\n" for line in rules.splitlines() if line.startswith(".code ."))


def highlighted(code: str, language: str) -> str:
    """Return *code* as a block, with highlighted tokens if the language is known."""
    try:
        lexer = get_lexer_by_name(language) if language and len(code) <= _MOST_HIGHLIGHTED else None
    except ClassNotFound:
        lexer = None
    marked = highlight(code, lexer, HtmlFormatter(nowrap=True)).rstrip("\n") if lexer else html.escape(code)
    return f'<pre><code class="code">{marked}</code></pre>\n'
