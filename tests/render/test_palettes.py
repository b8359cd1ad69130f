"""Named schemes can be read: every colour stands out from the background it was made for."""

from __future__ import annotations

import pytest

from chatcli.records import asdict
from chatcli.render.look import Look
from chatcli.render.palettes import PALETTES
from chatcli.render.theme import THEMES, console_for, theme_of
from chatcli.settings import definition

COLOURS = [
    (scheme, name, colour)
    for scheme, palette in PALETTES.items()
    for name, colour in asdict(palette).items()
    if name != "paper"
]


def luminance(colour: str) -> float:
    """Return the relative luminance of #rrggbb. https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_every_colour_stands_out_from_its_background() -> None:
    for scheme, name, colour in COLOURS:
        least = 7 if scheme.startswith("contrast") else 2.8 if scheme == "solarized-light" else 3

        assert contrast(colour, PALETTES[scheme].paper) >= least, (scheme, name)


def test_the_settings_know_every_theme() -> None:
    assert set(definition.THEMES) == THEMES


@pytest.mark.parametrize("scheme", PALETTES)
def test_schemes_leave_no_part_without_a_style(scheme: str) -> None:
    assert theme_of(Look(theme=scheme)).styles.keys() == theme_of(Look()).styles.keys()


@pytest.mark.parametrize(
    ("colours", "codes"), [(2**24, "38;2;136;192;208"), (256, "38;5;110"), (16, "37")], ids=["all", "256", "16"]
)
def test_a_terminal_with_fewer_colours_gets_the_nearest(colours: int, codes: str) -> None:
    style = console_for(Look(theme="nord", colours=colours)).get_style("code.name")

    assert style.render("x") == f"\x1b[{codes}mx\x1b[0m"


def test_without_colour_a_scheme_is_bold_and_italic_only() -> None:
    assert theme_of(Look(theme="nord", colour=False)).styles == theme_of(Look(theme="none")).styles
