"""Slash commands: one decorated function each."""


def load_all() -> None:
    """Import the modules whose functions fill the table; the order is that of `/help`."""
    from chatcli.commands import (
        about,
        archive,
        attach,
        branches,
        chances,
        clip,
        context,
        cost,
        model,
        papers,
        request,
        talk,
        template,
    )

    del talk, template, request, branches, archive, attach, clip, papers, model, cost, context, chances, about
