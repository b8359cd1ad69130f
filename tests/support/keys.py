"""The bytes that a terminal sends for a key: `ctrl-c`, `alt-enter`, `up`, `shift-enter`, `a`; pure."""

from __future__ import annotations

_NAMED = {
    "enter": "\r",
    "tab": "\t",
    "escape": "\x1b",
    "space": " ",
    "backspace": "\x7f",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "insert": "\x1b[2~",
    "delete": "\x1b[3~",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "shift-tab": "\x1b[Z",
    "shift-enter": "\x1b[27;2;13~",  # xterm with modifyOtherKeys
    "shift-enter-kitty": "\x1b[13;2u",
    "ctrl-left": "\x1b[1;5D",
    "ctrl-right": "\x1b[1;5C",
}


def encode(name: str) -> bytes:
    """Return what the key *name* sends; `ctrl-` takes one ASCII character, `alt-` any key."""
    if name in _NAMED:
        return _NAMED[name].encode()
    if name.startswith("alt-"):
        return b"\x1b" + encode(name.removeprefix("alt-"))
    if name.startswith("ctrl-") and len(name) == len("ctrl-x"):
        return bytes([ord(name[-1].upper()) & 0x1F])
    if len(name) == 1:
        return name.encode()
    raise ValueError(f"no key is called {name!r}")
