"""Slash commands: one decorated function each."""

from functools import cache
from importlib import import_module

# In the order of /help, so far as the table does not say otherwise.
MODULES = (
    *("about", "asides", "attach", "branches", "chats", "copy", "cost", "export", "logprobs", "model", "request"),
    *("saving", "template", "tools", "turns", "window"),
)


@cache
def load_all() -> None:
    """Import the modules whose functions fill the table; the table does so before it is first asked."""
    for name in MODULES:
        import_module(f"{__name__}.{name}")
