"""OpenAI's published description of the API as a judge; it lies beside the checkout, or judges nothing."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[3] / "shared" / "openapi" / "chat.json"
REQUEST, CHUNK = "CreateChatCompletionRequest", "CreateChatCompletionStreamResponse"


@cache
def judge(schema: str) -> Any:
    """Return the validator of *schema*, one of the description's components; None where there is no description."""
    if not FILE.exists():
        return None
    import jsonschema
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012

    whole = Resource.from_contents(json.loads(FILE.read_text(encoding="utf-8")), DRAFT202012)
    registry: Any = Registry().with_resource("urn:chat", whole)
    return jsonschema.Draft202012Validator({"$ref": f"urn:chat#/components/schemas/{schema}"}, registry=registry)


def faults(schema: str, value: Any) -> list[str]:
    """Return what is wrong with *value*, each fault with its place; nothing where there is no description."""
    judged = judge(schema)
    return [f"{error.json_path}: {error.message[:200]}" for error in judged.iter_errors(value)] if judged else []
