"""The toolbar names the model that answers, as far as it is known without a request."""

from __future__ import annotations

import pytest

from chatcli.records import replace
from chatcli.repl.toolbar import ToolbarReader
from tests.commands.conftest import context_with


@pytest.mark.parametrize(
    ("model", "listed", "shown"),
    [("m", ["other"], "m"), ("", ["first", "second"], "first"), ("", [], "default model")],
)
def test_the_model_is_named(model: str, listed: list[str], shown: str) -> None:
    context = context_with(endpoint={"model_names": lambda: listed})
    context.session.binding = replace(context.session.binding, model=model)

    assert ToolbarReader(context).read().model == shown
