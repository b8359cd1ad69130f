"""Addresses that hold what they lead to are shown with their type and size, wherever they stand but in code."""

from __future__ import annotations

import base64

import pytest

from chatcli.render.look import Look
from tests.render.stage import Stage, cut, rendered

DATA = base64.b64encode(bytes(range(256)) * 12).decode()
PICTURE = f"data:image/png;base64,{DATA}"
SVG = "data:image/svg+xml;utf8,%3Csvg" + "%20x" * 60 + "%3E"

SHOWN = {
    "picture": (f"![cat]({PICTURE})", "cat (data:image/png, 3.1 kB)"),
    "picture_without_a_label": (f"![]({PICTURE})", "data:image/png, 3.1 kB"),
    "picture_with_a_title": (f'![cat]({PICTURE} "a cat") b', "cat (data:image/png, 3.1 kB) b"),
    "picture_in_angle_brackets": (f"![cat](<{PICTURE}>)", "cat (data:image/png, 3.1 kB)"),
    "link": (f"[cat]({PICTURE})", "cat (data:image/png, 3.1 kB)"),
    "two_in_a_sentence": (f"a ![b]({PICTURE}) c ![d]({PICTURE}).", None),
    "bare": (f"see {PICTURE} there", "see data:image/png, 3.1 kB there"),
    "in_brackets": (f"({PICTURE})", "(data:image/png, 3.1 kB)"),
    "in_bold": (f"**{PICTURE}**", None),
    "upper_case": (f"![a]({PICTURE.replace('data:', 'DATA:')})", "a (data:image/png, 3.1 kB)"),
    "in_a_tag": (f'x <img src="{PICTURE}"> y', 'x <img src="data:image/png, 3.1 kB"> y'),
    "in_a_block_of_html": (f'<img src="{PICTURE}">', '<img src="data:image/png, 3.1 kB">'),
    "in_an_item": (f"- ![a]({PICTURE})", " • a (data:image/png, 3.1 kB)"),
    "in_a_quote": (f"> ![a]({PICTURE})", "▌ a (data:image/png, 3.1 kB)"),
    "in_a_heading": (f"# ![a]({PICTURE})", "a (data:image/png, 3.1 kB)"),
    "in_a_definition": (f"[a]: {PICTURE}", "[a]: data:image/png, 3.1 kB"),
    "as_a_badge": (f"[![a]({PICTURE})](https://b.c)", None),
    "behind_an_ideograph": (f"图{PICTURE}", "图data:image/png, 3.1 kB"),
    "without_a_type": (f"![a](data:;base64,{DATA})", "a (data:text/plain, 3.1 kB)"),
    "in_percent": (f"![a]({SVG})", "a (data:image/svg+xml, 125 B)"),
    "with_a_charset": (f"![a](data:text/html;charset=utf-8;base64,{DATA})", "a (data:text/html, 3.1 kB)"),
}


@pytest.mark.parametrize(("source", "shown"), SHOWN.values(), ids=SHOWN)
def test_data_is_shown_with_its_type_and_size(source: str, shown: str | None) -> None:
    rows = rendered(source)

    assert len(rows) == 1
    assert DATA[:40] not in rows[0]
    assert shown is None or rows == [shown]


@pytest.mark.parametrize("source", [source for source, _ in SHOWN.values()], ids=SHOWN)
def test_data_that_streams_in_reads_the_same(source: str) -> None:
    assert Stage(80, 24).play(cut(f"{source}\n\nb", 333)) == rendered(f"{source}\n\nb")


def test_data_is_never_on_the_screen_while_it_arrives() -> None:
    stage = Stage(80, 24)

    stage.play(cut(f"Here: ![cat]({PICTURE}) it is.", 7))

    assert DATA[:20] not in stage.written


KEPT = {
    "short": "![a](data:image/gif;base64,R0lGODlhAQABAAAAACw=)",
    "code": f"`{PICTURE}`",
    "no_data": "The data:" + " word" * 40,
    "a_key": "metadata:image/png;base64," + "A" * 200,
    "no_comma": "data:image/png;base64 " + "word " * 30,
}


@pytest.mark.parametrize("source", KEPT.values(), ids=KEPT)
def test_what_is_short_or_code_or_no_address_stays(source: str) -> None:
    shown = "".join(rendered(source, look=Look(links=False))).replace(" ", "")

    assert shown == source.replace(" ", "").replace("`", "").replace("![a](", "a(")


def test_a_block_of_code_keeps_its_data() -> None:
    assert "".join(rendered(f"```\n{PICTURE}\n```")) == PICTURE
