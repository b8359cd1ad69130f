"""Small matters of words: how many and how much, and the letter a sentence begins with."""


def count_noun(count: int, what: str) -> str:
    """Return "1 turn", "2 turns"."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def capitalize(words: str) -> str:
    """Return *words* with a capital letter at the beginning; the others stay as they are."""
    return words[:1].upper() + words[1:]


def format_number(number: int) -> str:
    """Return *number* with a space at each thousand: `12 400`."""
    return f"{number:,}".replace(",", " ")


def format_tokens(count: int) -> str:
    """Return a number of tokens in at most four characters and a unit: `356`, `1.2k`, `128k`, `1.5M`."""
    if count < 1000:
        return str(count)
    scaled, unit = (count / 1000, "k") if count < 999_500 else (count / 1_000_000, "M")
    text = f"{scaled:.1f}" if scaled < 99.95 else f"{scaled:.0f}"
    return f"{text.removesuffix('.0')}{unit}"


def format_size(count: int) -> str:
    """Return a number of bytes as people read it: `214 B`, `9.1 kB`, `2.0 MB`."""
    for unit, scale in (("MB", 1_000_000), ("kB", 1_000)):
        if count >= scale:
            return f"{count / scale:.1f} {unit}"
    return f"{count} B"


def count_lines(text: str) -> int:
    """Return how many lines *text* has, as an editor counts them: a newline at its end begins none."""
    return text.count("\n") + (not text.endswith("\n"))


def format_extent(text: str) -> str:
    """Return how long *text* is, in lines and bytes: `214 lines, 9.1 kB`."""
    return f"{count_noun(count_lines(text), 'line')}, {format_size(len(text.encode('utf-8', 'replace')))}"
