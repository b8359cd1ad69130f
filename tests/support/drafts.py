"""What tests look at in a draft."""

from __future__ import annotations

from chatcli.text.draft import Draft


def typed_of(draft: Draft) -> str:
    """Return what of *draft* was typed."""
    return "".join(draft.text[begin:end] for begin, end in draft.typed)
