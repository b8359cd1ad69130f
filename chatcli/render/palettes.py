"""Defines the colour schemes: a colour for each part of a reply, on a given background.

The colours are those that the schemes' authors published. Where a terminal has fewer, the nearest is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from chatcli.records import frozen


@frozen
class Palette:
    """The colours of a scheme, as #rrggbb; *paper* is the background they were chosen for, which is never painted."""

    paper: str
    heading: str
    heading2: str
    code: str
    link: str
    marker: str
    keyword: str
    string: str
    number: str
    name: str
    decorator: str
    comment: str
    red: str
    green: str

    def styles(self) -> Mapping[str, str]:
        """Return the style of each part that has a colour."""
        return {
            "markdown.code": self.code,
            "markdown.link": f"underline {self.link}",
            "markdown.h1": f"bold underline {self.heading}",
            "markdown.h2": f"bold {self.heading}",
            "markdown.h3": f"bold {self.heading2}",
            "markdown.h4": f"bold italic {self.heading2}",
            "markdown.item.bullet": f"bold {self.marker}",
            "markdown.item.number": f"bold {self.marker}",
            "chat.refusal": f"bold {self.red}",
            "chat.spinner": f"bold {self.marker}",
            "markdown.math": self.number,
            "code.keyword": self.keyword,
            "code.comment": f"italic {self.comment}",
            "code.string": self.string,
            "code.number": self.number,
            "code.name": self.name,
            "code.decorator": self.decorator,
            "code.inserted": self.green,
            "code.deleted": self.red,
            "logprob.likely": self.green,
            "logprob.open": self.number,
            "logprob.unlikely": f"bold {self.red}",
        }


def _solarized(paper: str, comment: str) -> Palette:
    return Palette(
        paper=paper, heading="#cb4b16", heading2="#b58900", code="#2aa198", link="#268bd2", marker="#6c71c4",
        keyword="#859900", string="#2aa198", number="#d33682", name="#268bd2", decorator="#cb4b16", comment=comment,
        red="#dc322f", green="#859900",
    )  # fmt: skip


PALETTES: Mapping[str, Palette] = MappingProxyType(
    {
        "solarized-dark": _solarized("#002b36", "#839496"),
        "solarized-light": _solarized("#fdf6e3", "#586e75"),
        "gruvbox-dark": Palette(
            paper="#282828", heading="#fe8019", heading2="#fabd2f", code="#8ec07c", link="#83a598", marker="#fe8019",
            keyword="#fb4934", string="#b8bb26", number="#d3869b", name="#fabd2f", decorator="#8ec07c",
            comment="#a89984", red="#fb4934", green="#b8bb26",
        ),
        "gruvbox-light": Palette(
            paper="#fbf1c7", heading="#af3a03", heading2="#9d0006", code="#427b58", link="#076678", marker="#af3a03",
            keyword="#9d0006", string="#79740e", number="#8f3f71", name="#076678", decorator="#427b58",
            comment="#7c6f64", red="#9d0006", green="#79740e",
        ),
        "nord": Palette(
            paper="#2e3440", heading="#88c0d0", heading2="#8fbcbb", code="#8fbcbb", link="#88c0d0", marker="#81a1c1",
            keyword="#81a1c1", string="#a3be8c", number="#b48ead", name="#88c0d0", decorator="#d08770",
            comment="#9aa5b8", red="#d0737d", green="#a3be8c",
        ),
        "dracula": Palette(
            paper="#282a36", heading="#bd93f9", heading2="#ff79c6", code="#8be9fd", link="#8be9fd", marker="#ff79c6",
            keyword="#ff79c6", string="#f1fa8c", number="#bd93f9", name="#50fa7b", decorator="#ffb86c",
            comment="#8b98c5", red="#ff6e6e", green="#50fa7b",
        ),
        "contrast-dark": Palette(
            paper="#000000", heading="#ffffff", heading2="#ffff66", code="#66ffff", link="#99ccff", marker="#ffff66",
            keyword="#ff99ff", string="#99ff99", number="#ffcc66", name="#99ccff", decorator="#ffcc66",
            comment="#cccccc", red="#ff9999", green="#99ff99",
        ),
        "contrast-light": Palette(
            paper="#ffffff", heading="#000000", heading2="#5c0099", code="#004d4d", link="#00308f", marker="#5c0099",
            keyword="#7a0066", string="#005200", number="#6b3e00", name="#00308f", decorator="#6b3e00",
            comment="#404040", red="#8b0000", green="#005200",
        ),
    }
)  # fmt: skip
