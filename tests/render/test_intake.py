"""How much a frame takes in, and when handing over waits."""

from __future__ import annotations

import threading

from hypothesis import given, settings
from hypothesis import strategies as st

from chatcli.conversation.messages import Event, Reasoning, Text
from chatcli.render.intake import END, MOST_UNDRAWN, Intake, Word


def taken(words: list[Word]) -> list[tuple[str, str]]:
    """Return the texts of words by their kind, neighbours joined."""
    out: list[tuple[str, str]] = []
    for said, _ in words:
        if isinstance(said, Text | Reasoning):
            kind = type(said).__name__
            before = out.pop()[1] if out and out[-1][0] == kind else ""
            out.append((kind, before + said.text))
    return out


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from([Text, Reasoning]), st.text("abc", max_size=9)), max_size=20))
def test_words_come_out_as_they_went_in(said: list[tuple[type[Text | Reasoning], str]]) -> None:
    intake = Intake()
    for kind, text in said:
        intake.put(kind(text * 100), 0)
    intake.end(0)

    words = intake.take(0)

    assert words[-1][0] is END
    assert taken(words) == taken([(kind(text * 100), 0.0) for kind, text in said])


def test_a_frame_takes_in_no_more_than_it_can_draw() -> None:
    intake = Intake()
    intake.put(Text("ab" * 5_000), 0)
    texts = []
    for _ in range(40):
        texts += [said.text for said, _ in intake.take(0) if isinstance(said, Text)]

    assert "".join(texts) == "ab" * 5_000
    assert max(map(len, texts)) <= 1_000


def test_an_end_takes_the_rest_in_one_frame() -> None:
    intake = Intake()
    intake.put(Text("a" * 10_000), 0)
    intake.take(0)
    intake.put(Text("b" * 3_000), 0)
    intake.end(0)

    words = intake.take(0)

    assert taken(words) == [("Text", "a" * 9_000 + "b" * 3_000)]
    assert words[-1][0] is END


def test_a_flood_waits_until_it_is_drawn() -> None:
    intake, handed, drawn, most = Intake(), 0, 0, 0

    def draw() -> None:
        nonlocal drawn, most
        while True:
            most = max(most, handed - drawn)
            words = intake.take(None)
            drawn += sum(len(said.text) for said, _ in words if isinstance(said, Text))
            if words[-1][0] is END:
                return
            intake.pause(words, 0)

    thread = threading.Thread(target=draw)
    thread.start()
    for _ in range(40):
        handed += 10_000
        intake.put(Text("x" * 10_000), 0)
    intake.end(0)
    thread.join()

    assert drawn == 400_000
    assert most <= MOST_UNDRAWN + 20_000


def test_handing_over_waits_no_more_when_nothing_will_be_drawn() -> None:
    intake = Intake()
    intake.close()
    events: list[Event] = [Text("x" * MOST_UNDRAWN)] * 5

    for event in events:
        intake.put(event, 0)
    intake.end(0)

    assert taken(intake.take(0)) == [("Text", "x" * MOST_UNDRAWN * 5)]
