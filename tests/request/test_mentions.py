"""An `@` names a file only where it was typed; everywhere else it is a letter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.request.mentions import mention_at_end, mentions, pasted_names, without_doubled_signs
from chatcli.text.draft import Draft, join

MENTIONS = [
    ("look at @a.md", [("a.md",)]),
    ("@a.md, and @b/c.py.", [("a.md,", "a.md"), ("b/c.py.", "b/c.py")]),
    ('see @"my notes.md" please', [("my notes.md",)]),
    ("write to ann@example.com or @@bob", []),
    ("（@文件.txt）", [("文件.txt）", "文件.txt")]),
    ("@~/x", [("~/x",)]),
    ("no mention @ all", []),
    ("@a@b", [("a@b",)]),
    ("see @'my notes.md' please", [("my notes.md",)]),
    ("see @my\\ notes.md, please", [("my\\ notes.md,", "my\\ notes.md")]),
    ("总结@a.md的内容。", [("a.md的内容。", "a.md", "a.md的内容")]),
    ("看@数据.csv里有什么", [("数据.csv", "数据.csv里有什么")]),
    ("写给ann@example.com", []),
    ("@a,b.md,c@d", [("a,b.md,c@d",)]),
    ("@modules/@types/x.ts", [("modules/@types/x.ts",)]),
]
NAMES = ["a.md", "数据.csv", "src/main.py", "my\\ notes.md", "a/b"]
AROUND = [
    ("请看", "，然后总结。"),
    ("“", "”里说了什么？"),
    ("《", "》"),
    ("看（", "）吧"),
    ("", "——总结"),
    ("", ",请总结"),
    ("对比", "："),
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("before", "after"), AROUND)
def test_a_name_in_a_sentence_without_spaces_is_among_its_readings(before: str, name: str, after: str) -> None:
    once = f"{before}@{name}{after}"

    assert [name in readings for readings in mentions(Draft.by_keys(once))] == [True]
    assert [name in readings for readings in mentions(Draft.by_keys(f"{once}、@{name}和@{name}"))] == [True] * 3


@pytest.mark.parametrize(
    ("word", "mention"),
    [
        *[("@", "@"), ("@a", "@a"), ("(@a", "@a"), ("看（@数", "@数"), ("@a、@b", "@b"), ("@a,@", "@")],
        *[("@a/@b", "@a/@b"), ("@@a", None), ("ann@ex", None), ("看@a", "@a"), ("@a/", "@a/"), ("a", None)],
    ],
)
def test_the_mention_that_is_being_typed_is_known(word: str, mention: str | None) -> None:
    assert mention_at_end(word) == mention


@pytest.mark.parametrize(("text", "named"), MENTIONS, ids=[text for text, _ in MENTIONS])
def test_paths_are_mentioned_with_a_sign(text: str, named: list[tuple[str, ...]]) -> None:
    assert mentions(Draft.by_keys(text)) == named
    assert mentions(Draft(text)) == []


PARTS = [
    ([("@", True), ("a.md", False)], []),
    ([("@", False), ("a.md", True)], []),
    ([("@a", True), ("/b.md", False)], []),
    ([("@a.md", True), (", and more", False)], [("a.md",)]),
    ([("see ", False), ("@a.md", True)], [("a.md",)]),
    ([('@"a', True), (" b", False), ('"', True)], []),
]


@pytest.mark.parametrize(("pieces", "named"), PARTS, ids=[repr(pieces) for pieces, _ in PARTS])
def test_a_name_that_was_pasted_in_part_names_nothing(
    pieces: list[tuple[str, bool]], named: list[tuple[str, ...]]
) -> None:
    draft = join(Draft.by_keys(text) if is_typed else Draft(text) for text, is_typed in pieces)

    assert mentions(draft) == named


PASTED = [
    ([("@", True), ("a.md", False)], [("a.md",)]),
    ([("see @", True), ("a.md", False), (", please", True)], [("a.md,", "a.md")]),
    ([("@a", True), ("/b.md", False)], [("a/b.md",)]),
    ([('@"', True), ("a b", False), ('"', True)], [("a b",)]),
    ([("@", False), ("a.md", False)], []),
    ([("@a.md", True), (".", False)], []),
    ([("x@", True), ("a.md", False)], []),
    ([("@@", True), ("a.md", False)], []),
]


@pytest.mark.parametrize(("pieces", "named"), PASTED, ids=[repr(pieces) for pieces, _ in PASTED])
def test_a_name_pasted_behind_a_typed_sign_is_known(
    pieces: list[tuple[str, bool]], named: list[tuple[str, ...]]
) -> None:
    draft = join(Draft.by_keys(text) if is_typed else Draft(text) for text, is_typed in pieces)

    assert pasted_names(draft) == named


SIGNS = [
    ("@@x is one", "@x is one"),
    ("@@x and @@y", "@x and @y"),
    ("@@@x", "@@x"),
    ("a@@b", "a@@b"),
    ("@@ -1,3 +1,4 @@", "@@ -1,3 +1,4 @@"),
    ("@@", "@@"),
]


@pytest.mark.parametrize(("line", "sent"), SIGNS, ids=[line for line, _ in SIGNS])
def test_a_doubled_sign_stands_for_itself(line: str, sent: str) -> None:
    assert without_doubled_signs(Draft.by_keys(line)).text == sent
    assert without_doubled_signs(Draft(line)).text == line


pieces = st.builds(Draft, st.text('@ab /"\n.')) | st.builds(Draft.by_keys, st.text('@ab /"\n.'))


@given(st.lists(pieces).map(join))
def test_every_name_stands_in_what_was_typed(draft: Draft) -> None:
    typed = [draft.text[begin:end] for begin, end in draft.typed]

    for reading in (reading for readings in mentions(draft) for reading in readings):
        assert any(f"@{reading}" in text or f'@"{reading}"' in text for text in typed)
