"""Reads single fields of an answer, wherever a server puts them and whatever type they have.

Each function takes decoded JSON of any shape and never raises: unknown shapes count as absent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from chatcli.conversation.messages import TokenLogprob, ToolFragment, Usage
from chatcli.text.json_values import as_number, as_objects, first_object
from chatcli.text.patterns import pattern
from chatcli.text.surrogates import repair

_NO_FINISH = frozenset({"", "null", "none", "undefined"})  # what some write for an answer that continues
_REASONING = pattern(r"(?:reasoning|thinking|thoughts?)(?:_?(?:content|text|blocks?|details|summary))?", re.IGNORECASE)
# Where a part of a content has its text, and what else shows that an object is one.
_PART_WORDS = ("text", "value", "content", "parts")
_PART_NAMES = frozenset((*_PART_WORDS, "type", "thinking", "refusal"))
_CALL_NAMES = frozenset(("index", "id", "type", "function", "name", "arguments", "parameters"))
_WORDS = ("text", "thinking", "content", "summary")
_PROMPT_COUNTS = ("prompt_tokens", "input_tokens", "promptTokenCount")
_COMPLETION_COUNTS = ("completion_tokens", "output_tokens", "candidatesTokenCount")
_MOST_NESTED = 4
_MOST_DIGITS = 16

TextKind: TypeAlias = Literal["text", "reasoning", "refusal"]


def part_of(choice: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """Return the delta or message of *choice*, None where it has none.

    Some servers write its content in its place, put it into a list, or have none and write its fields into the choice.
    """
    part = choice.get(name, choice.get(f"{name}s"))
    if isinstance(part, list):
        part = next(iter(as_objects(part)[-1:]), None)
    if part is None and name == "delta" and "message" not in choice and "content" in choice:
        return choice
    return {"content": part} if isinstance(part, str) else part if isinstance(part, dict) else None


def reasoning_of(delta: Mapping[str, Any]) -> str:
    """Return the reasoning in *delta*; some send the same text under two names, and the first that holds any counts.

    A field is reasoning by its name, whether it holds text, an object or a list; encrypted reasoning is ignored.
    """
    inner = first_object(delta.get("provider_specific_fields"))
    said = (
        _words_in(value) for fields in (delta, inner) for name, value in fields.items() if _REASONING.fullmatch(name)
    )
    return next(filter(None, said), "")


def _words_in(value: Any, depth: int = 0) -> str:
    """Return the text of *value*: a text itself, or an object or list that holds some."""
    if isinstance(value, str):
        return value
    if depth > _MOST_NESTED:
        return ""
    if isinstance(value, list):
        return "".join(_words_in(entry, depth + 1) for entry in value)
    found = (_words_in(value.get(name), depth + 1) for name in _WORDS) if isinstance(value, dict) else ()
    return next(filter(None, found), "")


def transcript_of(delta: Mapping[str, Any]) -> str:
    """Return the words of an answer that is spoken."""
    return _string(first_object(delta.get("audio")).get("transcript"))


def has_sound(delta: Mapping[str, Any]) -> bool:
    """Return whether *delta* holds a piece of an answer that is spoken."""
    return bool(first_object(delta.get("audio")).get("data"))


def content_pieces(content: Any, *, is_whole: bool = False) -> Iterator[tuple[TextKind, str]]:
    """Yield (kind, text) for a content: a string, a part, or a list of parts; anything else is nothing.

    If it *is_whole*, a number or an object that is no part counts too: some servers decode answers that are JSON.
    """
    pieces = [*_pieces(content)]
    is_number = isinstance(content, int | float) and not isinstance(content, bool)
    is_object = isinstance(content, dict) and bool(content) and not pieces and _PART_NAMES.isdisjoint(content)
    if is_whole and (is_number or is_object):
        yield "text", json.dumps(content, ensure_ascii=False)
    yield from pieces


def _pieces(content: Any) -> Iterator[tuple[TextKind, str]]:
    if isinstance(content, str):
        if content:
            yield "text", content
    elif isinstance(content, list):
        for part in content:
            yield from _pieces(part)
    elif isinstance(content, dict):
        thinking, refusal = content.get("thinking"), content.get("refusal")
        for _, text in _pieces(thinking):
            yield "reasoning", text
        if isinstance(refusal, str) and refusal:
            yield "refusal", refusal
        written = (content[name] for name in _PART_WORDS if content.get(name) is not None)
        yield from _pieces(next(written, None) if thinking is None else None)


def tool_fragments(delta: Mapping[str, Any], choice: int) -> Iterator[ToolFragment]:
    """Yield the pieces of tool calls in *delta*; the old `function_call` counts as the first one.

    The fields of a function may stand in the call itself, and a call, or several by their numbers, in place of a list.
    """
    told = delta.get("tool_calls", delta.get("tool_call"))
    if isinstance(told, dict):
        told = [*told.values()] if _CALL_NAMES.isdisjoint(told) else [told]
    for call in as_objects(told):
        function = first_object(call.get("function"), call)
        extra = {key: value for key, value in call.items() if key not in _CALL_NAMES}
        yield ToolFragment(
            _count(call.get("index")),
            _string(call.get("id")),
            _string(function.get("name")),
            _arguments(function.get("arguments", function.get("parameters"))),
            choice,
            extra,
        )
    if isinstance(legacy := delta.get("function_call"), dict):
        yield ToolFragment(0, "", _string(legacy.get("name")), _arguments(legacy.get("arguments")), choice)


def finish_of(choice: Mapping[str, Any]) -> str:
    """Return the word for how a choice ended, wherever it stands; empty where it has not."""
    delta = first_object(choice.get("delta"), choice.get("message"))
    told = (choice.get("finish_reason"), choice.get("finishReason"), choice.get("finish_details"))
    others = (delta.get("finish_reason"), choice.get("native_finish_reason"), choice.get("stop_reason"))
    for word in (*told, *others):
        word = word[0] if isinstance(word, list) and word else word
        text = word.get("type") if isinstance(word, dict) else word
        if isinstance(text, str) and text.strip().lower() not in _NO_FINISH:
            return repair(text.strip())
    return ""


def usage_of(payload: Mapping[str, Any]) -> Usage | None:
    """Return the counts of a chunk or an answer, wherever the endpoint puts them."""
    first = next(iter(as_objects(payload.get("choices"))), {})
    groq = first_object(payload.get("x_groq"))
    # Not the counts of what was evaluated, as local servers time it: the cached part of a prompt is not among them.
    found = first_object(payload.get("usage"), first.get("usage"), groq.get("usage"), payload.get("usageMetadata"))
    if not found:
        return None
    prompt_details = first_object(found.get("prompt_tokens_details"))
    completion_details = first_object(found.get("completion_tokens_details"))
    cached = (
        *(prompt_details.get("cached_tokens"), found.get("prompt_cache_hit_tokens")),
        *(found.get("cached_tokens"), found.get("num_cached_tokens")),
    )
    prompt, completion = _first_count(found, _PROMPT_COUNTS), _first_count(found, _COMPLETION_COUNTS)
    total, reasoning = _count(found.get("total_tokens")), _count(completion_details.get("reasoning_tokens"))
    # xAI counts reasoning apart, all others among the completion's.
    is_apart = bool(reasoning and total) and (prompt or 0) + (completion or 0) + (reasoning or 0) == total
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        reasoning_tokens=reasoning,
        cached_tokens=next((count for value in cached if (count := _count(value)) is not None), None),
        cost=_cost(found),
        apart_tokens=reasoning if is_apart else None,
    )


def _first_count(found: Mapping[str, Any], names: Sequence[str]) -> int | None:
    return next((count for name in names if (count := _count(found.get(name))) is not None), None)


def _cost(usage: Mapping[str, Any]) -> float | None:
    """Return US dollars: as a number, as Perplexity's object, or in xAI's ticks of a ten-thousandth of a millionth."""
    told = usage.get("cost")
    if isinstance(told, dict):
        told = told.get("total_cost")
    ticks = as_number(usage.get("cost_in_usd_ticks"))
    return as_number(told) if ticks is None else ticks / 1e10


def logprobs_of(choice: Mapping[str, Any]) -> Iterator[TokenLogprob]:
    """Yield the tokens of a chunk with their probabilities, where they were asked for."""
    told = first_object(choice.get("logprobs"))
    yield from _legacy_logprobs(told)
    for entry in as_objects(told.get("content")):
        logprob = as_number(entry.get("logprob"))
        if logprob is not None:
            top = tuple(
                (_string(other.get("token")), known)
                for other in as_objects(entry.get("top_logprobs"))
                if (known := as_number(other.get("logprob"))) is not None
            )
            yield TokenLogprob(_string(entry.get("token")), logprob, top, _bytes(entry.get("bytes")))


def _legacy_logprobs(told: Mapping[str, Any]) -> Iterator[TokenLogprob]:
    """Yield the tokens as completions of text have them: lists side by side."""
    tokens, logprobs, tops = (told.get(name) for name in ("tokens", "token_logprobs", "top_logprobs"))
    if not isinstance(tokens, list) or not isinstance(logprobs, list):
        return
    rows = tops if isinstance(tops, list) else []
    for index, (token, logprob) in enumerate(zip(tokens, logprobs, strict=False)):
        if (known := as_number(logprob)) is not None:
            row = rows[index] if index < len(rows) and isinstance(rows[index], dict) else {}
            top = tuple((other, float(one)) for other, one in row.items() if isinstance(one, int | float))
            yield TokenLogprob(_string(token), known, tuple(sorted(top, key=lambda pair: -pair[1])))


def sources_of(payload: Mapping[str, Any], delta: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield address and title of each source: in the notes to an answer, or in lists beside it."""
    for note in as_objects(delta.get("annotations")):
        cited = first_object(note.get("url_citation"))
        yield _string(cited.get("url")), _string(cited.get("title"))
    for found in as_objects(payload.get("search_results")):
        yield _string(found.get("url")), _string(found.get("title"))
    listed = payload.get("citations")
    for url in listed if isinstance(listed, list) else ():
        yield _string(url), ""


def _string(value: Any) -> str:
    return repair(value) if isinstance(value, str) else ""


def _arguments(value: Any) -> str:
    # Some servers send the arguments as an object instead of its text.
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)


def _count(value: Any) -> int | None:
    """Return a whole number, which some write with a point or as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < _MOST_DIGITS:
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _bytes(value: Any) -> bytes:
    try:
        return bytes(value) if isinstance(value, list) else b""
    except (TypeError, ValueError):
        return b""
