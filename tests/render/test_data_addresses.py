"""An address of data is shortened wherever it stands outside of code, and reads the same however it arrives."""

from __future__ import annotations

import pytest

from tests.render.stage import Stage, cut, rendered

DATA = "data:image/png;base64," + "iVBORw0K" * 60
PLACES = [
    f"![a picture]({DATA})",
    f"see {DATA} there",
    f"<img src='{DATA}'>",
    f'<div>\n<img src="{DATA}">\n</div>\n\nafter',
    f"a <img src='{DATA}'> b",
    f"- <img src='{DATA}'>\n- x",
    f"> <p>{DATA}</p>\n\nafter",
    f"<details>\n<summary>{DATA}</summary>",
    f"| a | b |\n|---|---|\n| {DATA} | x |",
    f"# {DATA}",
]


@pytest.mark.parametrize("screen", [(80, 24), (40, 8), (20, 4)], ids=str)
@pytest.mark.parametrize("text", PLACES)
def test_data_is_shortened_to_its_type_and_size(text: str, screen: tuple[int, int]) -> None:
    whole = rendered(text, screen[0])

    assert "iVBORw0KiVBORw0K" not in "".join(whole)
    assert "360 B" in " ".join(" ".join(whole).split())
    assert all(Stage(*screen).play(cut(text, size)) == whole for size in (1, 7, 50))


def test_what_is_short_and_what_is_code_stays_whole() -> None:
    assert rendered("<p>data:,short</p>") == ["<p>data:,short</p>"]
    assert DATA in "".join(rendered(f"```\n{DATA}\n```"))
