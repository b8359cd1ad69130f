"""Pieces of an answer with their chances, whatever the tokens are cut at."""

from math import log

from hypothesis import given
from hypothesis import strategies as st

from chatcli.conversation.messages import TokenLogprob
from chatcli.request.logprobs import least_certain, token_pieces


def token(text: str, chance: float, *top: tuple[str, float], data: bytes = b"") -> TokenLogprob:
    return TokenLogprob(text, log(chance), tuple((other, log(p)) for other, p in top), data)


def test_a_token_is_a_piece_with_its_chance_and_alternatives() -> None:
    [piece] = token_pieces([token("yes", 0.5, ("yes", 0.5), ("no", 0.25))])

    [(other, chance)] = piece.instead
    assert (piece.text, round(piece.chance, 9)) == ("yes", 0.5)
    assert (other, round(chance, 9)) == ("no", 0.25)


def test_parts_of_a_character_are_joined_and_as_likely_as_the_unlikeliest() -> None:
    first, second = "漢".encode()[:1], "漢".encode()[1:]

    [piece] = token_pieces([token("\ufffd", 0.9, data=first), token("\ufffd", 0.4, data=second)])

    assert (piece.text, round(piece.chance, 9), piece.instead) == ("漢", 0.4, ())


def test_a_character_that_never_becomes_whole_is_shown_as_one_that_is_none() -> None:
    assert [piece.text for piece in token_pieces([token("\ufffd", 0.9, data=b"\xe6")])] == ["\ufffd"]


def test_a_logarithm_above_zero_counts_as_certain() -> None:
    assert next(iter(token_pieces([TokenLogprob("a", 0.1)]))).chance == 1.0


@given(st.text(min_size=1).filter(lambda text: text.isprintable()), st.data())
def test_joined_pieces_are_the_text_however_its_bytes_are_cut(text: str, data: st.DataObject) -> None:
    raw = text.encode()
    cuts = sorted(data.draw(st.sets(st.integers(1, max(len(raw) - 1, 1)), max_size=8)))
    parts = [raw[start:end] for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)]

    joined = "".join(piece.text for piece in token_pieces([token("?", 0.5, data=part) for part in parts if part]))

    assert joined == text


def test_the_least_certain_stand_in_the_order_of_the_text() -> None:
    tokens = [token("a", 0.2), token(" ", 0.1), token("b", 0.95), token("c", 0.1), token("d", 0.3)]

    assert [piece.text for piece in least_certain(tokens, most=2, below=0.9)] == ["a", "c"]
