"""Small matters of words: how many of a thing, and the letter a sentence begins with."""


def counted(count: int, what: str) -> str:
    """Return "1 turn", "2 turns"."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def capital(words: str) -> str:
    """Return *words* with a capital letter at the beginning; the others stay as they are."""
    return words[:1].upper() + words[1:]
