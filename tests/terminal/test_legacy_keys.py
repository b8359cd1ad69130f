"""Whatever protocol, lock or number block a key comes by, it is the key that it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.terminal.legacy_keys import NEWLINE_KEY, legacy

KEYS = [
    ("\x1b[99;5u", "\x03"),
    ("\x1b[27;5;99~", "\x03"),
    ("\x1b[122;5u", "\x1a"),
    ("\x1b[1089::99;5u", "\x03"),
    ("\x1b[99:67;6u", "\x03"),
    ("\x1b[49:33;2u", "!"),
    ("\x1b[98;3u", "\x1bb"),
    ("\x1b[97;1:3u", ""),
    ("\x1b[97;1:2u", "a"),
    ("\x1b[97;;97u", "a"),
    ("\x1b[97;;228u", "ä"),
    ("\x1b[97;1;97:776u", "a\u0308"),
    ("\x1b[97;65u", "A"),
    ("\x1b[97;66u", "a"),
    ("\x1b[49;65u", "1"),
    ("\x1b[99;69u", "\x03"),
    ("\x1b[127;5u", "\x17"),
    ("\x1b[27;5;127~", "\x17"),
    ("\x1b[127;2u", "\x7f"),
    ("\x1b[127;3u", "\x1b\x7f"),
    ("\x1b[1;1H", "\x1b[H"),
    ("\x1b[3;1~", "\x1b[3~"),
    ("\x1b[1;5D", "\x1b[1;5D"),
    ("\x1b[1;1:3A", ""),
    ("\x1b[1;1:1A", "\x1b[A"),
    ("\x1b[1;1P", "\x1bOP"),
    ("\x1b[12;40R", "\x1b[12;40R"),
    ("\x1b[57399u", "0"),
    ("\x1b[57408u", "9"),
    ("\x1b[57409u", "."),
    ("\x1b[57413u", "+"),
    ("\x1b[57414u", "\r"),
    ("\x1b[57414;2u", NEWLINE_KEY),
    ("\x1b[57417u", "\x1b[D"),
    ("\x1b[57426u", "\x1b[3~"),
    ("\x1b[57427u", ""),
    ("\x1bOp", "0"),
    ("\x1bOM", "\r"),
    ("\x1bOk", "+"),
    ("\x1bOA", "\x1bOA"),
    ("\x1b[1114112u", ""),
]


@pytest.mark.parametrize(("sequence", "key"), KEYS, ids=[repr(sequence) for sequence, _ in KEYS])
def test_a_key_is_what_an_older_terminal_sends(sequence: str, key: str) -> None:
    assert legacy(sequence) == key


@given(
    st.sampled_from(["\x1b[{code};{held}u", "\x1b[27;{held};{code}~", "\x1b[1;{held}H", "\x1b[3;{held}~"]),
    st.integers(32, 1200),
    st.integers(0, 7),
    st.sampled_from([64, 128, 192]),
)
def test_locks_add_nothing_but_capitals(form: str, code: int, held: int, locks: int) -> None:
    plain, locked = (form.format(code=code, held=1 + held + more) for more in (0, locks))

    assert legacy(locked).lower() == legacy(plain).lower()
