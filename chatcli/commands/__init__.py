"""Slash commands: one decorated function each."""


def load_all() -> None:
    """Import the modules whose functions fill the table; the order is that of `/help`."""
    from chatcli.commands import (
        about,
        attach,
        branches,
        chats,
        copy,
        cost,
        export,
        logprobs,
        model,
        request,
        saving,
        template,
        tools,
        turns,
        window,
    )

    del (
        about,
        attach,
        branches,
        chats,
        copy,
        cost,
        export,
        logprobs,
        model,
        request,
        saving,
        template,
        tools,
        turns,
        window,
    )
