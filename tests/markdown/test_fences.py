"""Blocks of code are found as CommonMark has them, in lists and quotes too."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from chatcli.markdown.fences import Fence, fences
from tests.support.work import calls

CASES = [
    ("```py\nx = 1\n```\n", [Fence("x = 1\n", "py")]),
    ("a\n~~~\n```\n~~~\nb", [Fence("```\n")]),
    ("````\n```\nx\n```\n````", [Fence("```\nx\n```\n")]),
    ("```\nnever closed", [Fence("never closed\n")]),
    ("```\n```", [Fence("")]),
    ("1. Do:\n   ```sh\n   ls\n     -l\n   ```\n", [Fence("ls\n  -l\n", "sh")]),
    ("> ```\n> quoted\n> ```\n", [Fence("quoted\n")]),
    ("``` not `a` fence\n", []),
    ("text ``` in a line\n", []),
    ("```python title=x\ny\n```", [Fence("y\n", "python")]),
    ("```\nx\u2028y\r\n```\r\n", [Fence("x\u2028y\r\n")]),
    ("- ```js\n  a\n\n  b\n  ```\n", [Fence("a\n\nb\n", "js")]),
]
# A block that holds another one behind the same fence.
CASES += [
    ("```md\n# A\n```sh\nls\n```\nb\n```\nc", [Fence("# A\n```sh\nls\n```\nb\n", "md")]),
    (
        "```md\n```sh\n```\n```py\nx\n```\n```\n```js\ny\n```",
        [Fence("```sh\n```\n```py\nx\n```\n", "md"), Fence("y\n", "js")],
    ),
    ("~~~md\n~~~sh\nls\n~~~\n~~~", [Fence("~~~sh\nls\n~~~\n", "md")]),
    ("- ```md\n  ```sh\n  ls\n  ```\n  ```", [Fence("```sh\nls\n```\n", "md")]),
    ("```py\nx\n```bash\ny\n```\nz", [Fence("x\n```bash\ny\n", "py")]),
    ("```py\nx\n```\n\n```sh\ny\n```", [Fence("x\n", "py"), Fence("y\n", "sh")]),
    ("```md\n```\nx\n```\n```", [Fence("", "md"), Fence("")]),
]


@pytest.mark.parametrize(("text", "blocks"), CASES)
def test_blocks_are_found_without_their_fences(text: str, blocks: list[Fence]) -> None:
    assert fences(text) == blocks


LINES = st.lists(st.sampled_from(["```", "````", "~~~", "~~~~py", "text", "", "  x", "`", "    in"]), max_size=9)


@given(LINES)
def test_a_parser_of_markdown_finds_the_same(lines: list[str]) -> None:
    text = "\n".join(lines)

    tokens = MarkdownIt("commonmark").parse(text)
    # It leaves out the end of the last line where the text does.
    expected = [token.content.removesuffix("\n") for token in tokens if token.type == "fence"]

    assert [block.text.removesuffix("\n") for block in fences(text)] == expected


@pytest.mark.parametrize("piece", ["```md\n```sh\n```\n", "```a\nx\n", "- ~~~a\n> ~~~~\n", "```a\n````b\n`````\n"])
def test_fences_that_do_not_pair_up_cost_no_more_than_others(piece: str) -> None:
    """Ten times the text is ten times the work, whichever fence waits for its partner."""

    def work(size: int) -> int:
        return calls(lambda: fences(piece * (size // len(piece))))

    assert work(20_000) <= 12 * work(2_000)
