"""The next message as it is drawn below a streaming answer: values, without what draws them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chatcli.records import frozen


@frozen
class DraftRows:
    """The draft as *rows* that fit the screen, and the *cursor* as column and row in them.

    Above it stand the messages that are *queued*, and a *notice*.
    """

    rows: Sequence[str]
    cursor: tuple[int, int]
    queued: Sequence[str] = ()
    notice: str = ""


@frozen
class DraftSource:
    """Gives the rows of the draft for a number of columns, and at most so many rows.

    *breaks_rows* means that the terminal breaks long rows when it gets narrower.
    """

    rows: Callable[[int, int], DraftRows]
    breaks_rows: bool = True
