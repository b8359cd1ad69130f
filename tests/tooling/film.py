"""Draws the recorded session of the README as a moving picture: `docs/chat.cast` as SVG, dark and light.

usage: python -m tests.tooling.film

What a row shows is drawn once, however often it comes back, and stands there by its times. Where pictures do not move,
the end of the session is seen.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.support.program import ROOT
from tests.support.screen import Screen
from tests.tooling.pictures import DARK, LIGHT, framed, row_drawn
from tests.tooling.recording import CAST

_HELD_S = 4.0  # the end stands still for so long before the film begins again
_SHORTEST_S = 0.04

Spans = list[tuple[float, float]]


@dataclass
class Film:
    """What each row of the screen showed, and when: `(row, what it draws)` -> spans of seconds."""

    columns: int
    rows: int
    length_s: float = 0.0
    spans: dict[tuple[int, str], Spans] = field(default_factory=lambda: defaultdict(list))


def main() -> None:
    """Write both pictures."""
    for name, colours in (("dark", DARK), ("light", LIGHT)):
        text = drawn(filmed(CAST.read_text(encoding="utf-8"), colours), colours)
        (ROOT / "docs" / f"chat-film-{name}.svg").write_text(text, encoding="utf-8")


def filmed(cast: str, colours: Mapping[str, str]) -> Film:
    """Play *cast* and note what every row shows from when to when."""
    head, *events = (json.loads(line) for line in cast.splitlines())
    film = Film(head["width"], head["height"])
    screen = Screen(film.columns, film.rows, answer=lambda _data: None)
    began_s = events[0][0] if events else 0.0
    shown: dict[int, tuple[str, float]] = dict.fromkeys(range(film.rows), ("", 0.0))
    for (at_s, _, text), next_s in zip(events, [*(event[0] for event in events[1:]), None], strict=True):
        # pyte knows no faint text; the picture shows it in grey.
        screen.feed(text.replace("\x1b[2m", "\x1b[90m").replace("\x1b[0;2m", "\x1b[0;90m").encode())
        if next_s is not None and next_s - at_s < _SHORTEST_S:
            continue
        for row, (was, since_s) in shown.items():
            if (now := "\n".join(row_drawn(screen, row, colours))) != was:
                film.spans[row, was].append((since_s, at_s - began_s))
                shown[row] = (now, at_s - began_s)
        film.length_s = at_s - began_s + _HELD_S
    for row, (was, since_s) in shown.items():
        film.spans[row, was].append((since_s, film.length_s))
    return film


def drawn(film: Film, colours: Mapping[str, str]) -> str:
    """Return *film* as an SVG that begins again when it has ended."""
    clock = f'<animate id="film" attributeName="x" from="0" to="0" begin="0s;film.end" dur="{film.length_s:.2f}s"/>'
    rows = "\n".join(_rows(film))
    return framed(f"<rect>{clock}</rect>\n{rows}", film.columns, film.rows, colours)


def _rows(film: Film) -> Iterator[str]:
    for (_, text), spans in film.spans.items():
        if not text:
            continue
        is_last = spans[-1][1] == film.length_s
        marks = "".join(_set("hidden" if is_last else "visible", span) for span in _changes(spans, is_last=is_last))
        yield f'<g visibility="{"visible" if is_last else "hidden"}">{marks}{text}</g>'


def _changes(spans: Spans, *, is_last: bool) -> Iterator[tuple[float, float]]:
    """Yield when a row is other than at the end of the film."""
    if not is_last:
        yield from spans
        return
    hidden_since_s = 0.0
    for begin_s, end_s in spans:
        if begin_s > hidden_since_s:
            yield hidden_since_s, begin_s
        hidden_since_s = end_s


def _set(value: str, span: tuple[float, float]) -> str:
    begin_s, end_s = span
    begin = f"film.begin+{begin_s:.2f}s"
    return f'<set attributeName="visibility" to="{value}" begin="{begin}" dur="{end_s - begin_s:.2f}s"/>'


if __name__ == "__main__":
    main()
