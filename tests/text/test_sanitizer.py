import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcli.text.sanitizer import Sanitizer, sanitize

WALES = "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in "gbwls") + "\U000e007f"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"

SHOWN = {
    "newline": ("a\nb", "a\nb"),
    "tab": ("a\tb", "a\tb"),
    "crlf": ("a\r\nb", "a\nb"),
    "lone_cr": ("a\rb", "a^Mb"),
    "cr_cr_lf": ("\r\r\n", "^M\n"),
    "cr_at_the_end": ("a\r", "a^M"),
    "nul": ("\0", "^@"),
    "escape": ("\x1b[2J", "^[[2J"),
    "unit_separator": ("\x1f", "^_"),
    "delete": ("\x7f", "^?"),
    "c1_csi": ("\x9b31m", "⟨U+009B⟩31m"),
    "c1_first": ("\x80", "⟨U+0080⟩"),
    "bidi_override": ("a\u202eb", "a⟨U+202E⟩b"),
    "arabic_letter_mark": ("\u061c", "⟨U+061C⟩"),
    "isolate": ("\u2066x\u2069", "⟨U+2066⟩x⟨U+2069⟩"),
    "tag_letter": ("\U000e0041", "⟨U+E0041⟩"),
    "tags_of_no_nation": ("\U0001f3f4\U000e0067\U000e0062\U000e007f", "\U0001f3f4⟨U+E0067⟩⟨U+E0062⟩⟨U+E007F⟩"),
    "flag_of_wales": (WALES, WALES),
    "flag_of_wales_without_its_pole": (WALES[1:], "".join(f"⟨U+{ord(tag):04X}⟩" for tag in WALES[1:])),
    "zero_width_space": ("a\u200bb", "a⟨U+200B⟩b"),
    "word_joiner": ("\u2060", "⟨U+2060⟩"),
    "byte_order_mark": ("\ufeffa", "⟨U+FEFF⟩a"),
    "joiner_in_emoji": (FAMILY, FAMILY),
    "joiner_behind_emoji_style": ("\u2764\ufe0f\u200d\U0001f525", "\u2764\ufe0f\u200d\U0001f525"),
    "joiner_in_latin": ("a\u200db", "a⟨U+200D⟩b"),
    "joiner_at_the_end": ("\U0001f468\u200d", "\U0001f468⟨U+200D⟩"),
    "non_joiner_in_persian": ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
    "non_joiner_behind_virama": ("\u0915\u094d\u200c ", "\u0915\u094d\u200c "),
    "non_joiner_in_latin": ("a\u200cb", "a⟨U+200C⟩b"),
    "emoji_style": ("\u26a0\ufe0f", "\u26a0\ufe0f"),
    "second_emoji_style": ("\u26a0\ufe0f\ufe0f", "\u26a0\ufe0f⟨U+FE0F⟩"),
    "keycap": ("1\ufe0f\u20e3", "1\ufe0f\u20e3"),
    "digit_with_style_alone": ("1\ufe0f2", "1⟨U+FE0F⟩2"),
    "variant_of_an_ideograph": ("\u845b\U000e0100", "\u845b\U000e0100"),
    "variant_of_a_letter": ("a\U000e0100", "a⟨U+E0100⟩"),
    "halves_of_a_pair": ("\ud83d\ude00", "\U0001f600"),
    "high_half_alone": ("a\ud83db", "a\ufffdb"),
    "low_half_alone": ("\ude00", "\ufffd"),
    "markup_of_rich": ("[/bold]", "[/bold]"),
}
controls = ["\n", "\t", "\r", "\x1b", "\x9b", "\u202e", "\u200b", "\ud83d", "\ude00"]
joiners = ["\u200c", "\u200d", "\ufe0f", "\u20e3", "\U000e0100"]
joined = ["a", "1", " ", "\U0001f468", "\u26a0", "\u0645", "\u0915", "\u094d", "\u845b", FAMILY]
pieces = st.sampled_from([*controls, *joiners, *joined, *WALES, WALES, "^", "⟨"])
texts = st.lists(pieces, max_size=14).map("".join)


@pytest.mark.parametrize(("text", "shown"), SHOWN.values(), ids=SHOWN)
def test_each_character_is_shown_as_promised(text: str, shown: str) -> None:
    assert sanitize(text) == shown


def test_what_follows_is_not_read_before_it_is_decided() -> None:
    machine = Sanitizer()

    assert machine.feed("a\r") == "a"
    assert machine.feed("\nb\ud83d") == "\nb"
    assert machine.feed("\ude00\U0001f468\u200d") == "\U0001f600\U0001f468"
    assert machine.close() == "⟨U+200D⟩"


def test_after_its_end_the_machine_is_new() -> None:
    machine = Sanitizer()
    machine.feed("\U0001f468\u200d")
    machine.close()

    assert machine.feed("\ufe0fa") + machine.close() == "⟨U+FE0F⟩a"


@given(st.lists(texts, max_size=8))
def test_any_cut_gives_the_same(deltas: list[str]) -> None:
    machine = Sanitizer()

    fed = "".join(machine.feed(delta) for delta in deltas) + machine.close()

    assert fed == sanitize("".join(deltas))


@pytest.mark.parametrize(("text", "shown"), SHOWN.values(), ids=SHOWN)
def test_every_pair_of_cuts_gives_the_same(text: str, shown: str) -> None:
    for first in range(len(text) + 1):
        for second in range(first, len(text) + 1):
            machine = Sanitizer()
            parts = (text[:first], text[first:second], text[second:])
            assert "".join(map(machine.feed, parts)) + machine.close() == shown


@given(st.one_of(texts, st.text(st.characters())))
def test_safe_text_stays_as_it_is(text: str) -> None:
    assert sanitize(sanitize(text)) == sanitize(text)


@given(st.one_of(texts, st.text(st.characters())))
def test_nothing_that_drives_a_terminal_comes_out(text: str) -> None:
    shown = sanitize(text)

    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown
    )
