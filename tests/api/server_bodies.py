"""Bodies that servers, gateways and proxies answer with under status 200, and what is to be made of each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.support.answers import chunk, sse

STREAM, JSON, TEXT = "text/event-stream", "application/json", "text/plain"
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Body:
    """A body under a label: the *text* that is its answer, the exit *code*, and *words* that must be told."""

    content: bytes
    text: str = ""
    code: int = 0
    words: str = ""
    label: str = STREAM


def whole(text: str, finish: str | None = "stop", **fields: Any) -> dict[str, Any]:
    """Return an answer in one piece."""
    return {"choices": [{"index": 0, "message": {"content": text}, "finish_reason": finish}], **fields}


def encoded(value: Any, **how: Any) -> bytes:
    return json.dumps(value, **how).encode()


def lines(*payloads: Any, joint: bytes = b"\n", **how: Any) -> bytes:
    return joint.join(encoded(payload, **how) for payload in payloads)


HI = [chunk("h"), chunk("i"), chunk(finish="stop")]
DOWN = {"error": {"message": "the pool is down", "type": "server_error", "code": 500}}
SPENT = {"error": {"message": "insufficient balance"}}

# Answers in every framing: each says "hi" and is complete.
ANSWERS: dict[str, Body] = {
    "events": Body(sse(*HI), "hi"),
    "events without spaces, ended by CR": Body(sse(*HI).replace(b": ", b":", 1).replace(b"\n", b"\r"), "hi"),
    "a mark, then events": Body(BOM + sse(*HI), "hi"),
    "white space, a mark, then events": Body(b"\n\n" + BOM + sse(*HI), "hi"),
    "events under a wrong label": Body(sse(*HI), "hi", label=JSON),
    "events under no label": Body(sse(*HI), "hi", label=""),
    "one line end between events": Body(sse(*HI).replace(b"\n\n", b"\n"), "hi"),
    "the field twice": Body(sse(*HI).replace(b"data: ", b"data: data: "), "hi"),
    "two objects in one event": Body(sse(encoded(HI[0]).decode() + encoded(HI[1]).decode(), HI[2]), "hi"),
    "an object over many lines": Body(
        b"".join(b"data: " + line + b"\n" for line in encoded(HI[0], indent=1).splitlines()) + b"\n" + sse(*HI[1:]),
        "hi",
    ),
    "a line break in a string": Body(sse(chunk("h\ni"), chunk(finish="stop")).replace(b"\\n", b"\n"), "h\ni"),
    "the fields in capitals": Body(sse(*HI).replace(b"data: ", b"Data: "), "hi"),
    "a space before the colon": Body(sse(*HI).replace(b"data: ", b"data : "), "hi"),
    "signs of life": Body(
        b": ping\n\ndata: ping\n\nevent: heartbeat\ndata: alive\n\ndata: : PROCESSING THE REQUEST\n\ndata:\n\n"
        + sse(*HI),
        "hi",
    ),
    "a status without choices": Body(sse({"type": "status", "message": "Looking it up"}, *HI), "hi"),
    "words without a name before the first": Body(
        sse({"queue_position": 3, "message": "You are in the queue"}, *HI), "hi"
    ),
    "a named status": Body(b'event: status\ndata: {"message": "searching"}\n\n' + sse(*HI), "hi"),
    "an end without brackets": Body(sse(*HI[:2], done=False) + b"data: DONE\n\n", "hi"),
    "an end in quotes": Body(sse(*HI[:2], done=False) + b'data: "[DONE]"\n\n', "hi"),
    "an end without the field": Body(sse(*HI[:2], done=False) + b"[DONE]\n", "hi"),
    "an event for the end": Body(sse(*HI[:2], done=False) + b"event: done\ndata: {}\n\n", "hi"),
    "errors of success": Body(sse(*(piece | {"error": {"code": 0, "message": "success"}} for piece in HI)), "hi"),
    "errors of nothing": Body(sse(*(piece | {"error": {"message": "", "code": None}} for piece in HI)), "hi"),
    "codes of success": Body(sse(*(piece | {"code": 0, "msg": "ok", "success": True} for piece in HI)), "hi"),
    "JSON in strings": Body(sse(*(encoded(encoded(piece).decode()).decode() for piece in HI)), "hi"),
    "as Python prints it": Body(sse(*map(str, HI)), "hi"),
    "bare lines": Body(lines(*HI), "hi"),
    "bare lines under the label of JSON": Body(lines(*HI) + b"\n", "hi", label=JSON),
    "bare lines with a bare end": Body(lines(*HI[:2]) + b"\n[DONE]\n", "hi", label=JSON),
    "bare objects without line ends": Body(lines(*HI, joint=b""), "hi", label=JSON),
    "bare objects with the separator of JSON sequences": Body(b"\x1e" + lines(*HI, joint=b"\n\x1e"), "hi", label=JSON),
    "bare pretty objects": Body(lines(*HI, indent=1), "hi"),
    "a list of chunks": Body(encoded(HI), "hi", label=JSON),
    "a list of chunks over many lines": Body(b"[" + lines(*HI, joint=b"\n,\n") + b"\n]", "hi", label=JSON),
    "whole": Body(encoded(whole("hi")), "hi", label=JSON),
    "whole after a mark": Body(BOM + encoded(whole("hi")), "hi", label=JSON),
    "whole under the label of a stream": Body(encoded(whole("hi")), "hi"),
    "whole and pretty": Body(encoded(whole("hi"), indent=2), "hi"),
    "whole after blank lines": Body(b"\n\n\n" + encoded(whole("hi")), "hi", label=JSON),
    "whole without a finish": Body(encoded(whole("hi", None)), "hi", label=JSON),
    "whole in one event": Body(sse(whole("hi")), "hi"),
    "whole with a status of success": Body(
        encoded(whole("hi", base_resp={"status_code": 0, "status_msg": "success"})), "hi", label=JSON
    ),
    "whole with lists of errors that are empty": Body(encoded(whole("hi", errors=[], success=True)), "hi", label=JSON),
    "whole within data": Body(encoded({"code": 0, "message": "success", "data": whole("hi")}), "hi", label=JSON),
    "whole within two objects and a list": Body(
        encoded({"data": [{"response": whole("hi")}], "code": 200, "msg": "操作成功"}), "hi", label=JSON
    ),
    "whole within a text": Body(encoded({"statusCode": 200, "body": encoded(whole("hi")).decode()}), "hi", label=JSON),
    "an event for the end, by another name": Body(sse(*HI[:2], done=False) + b"event: end\ndata: {}\n\n", "hi"),
    "a type for the end": Body(sse(*HI[:2], {"type": "message_stop"}, done=False), "hi"),
    "a flag for the end": Body(sse(*HI[:2], {"choices": [{"delta": {}}], "is_end": True}, done=False), "hi"),
    "a mark for the end": Body(sse(*HI[:2], done=False) + b"data: [END]\n\n", "hi"),
    "an end of something else on the way": Body(
        sse(HI[0], {"type": "status", "done": True, "text": "found"}, *HI[1:]), "hi"
    ),
    "whole within result": Body(encoded({"result": whole("hi"), "success": True, "errors": []}), "hi", label=JSON),
    "a message in the place of choices": Body(
        encoded({"model": "m", "message": {"role": "assistant", "content": "hi"}, "done": True}), "hi", label=JSON
    ),
    "messages by lines": Body(
        lines(
            {"message": {"role": "assistant", "content": "h"}, "done": False},
            {"message": {"role": "assistant", "content": "i"}, "done": False},
            {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"},
        ),
        "hi",
        label="application/x-ndjson",
    ),
}

# Bodies that say what is wrong, in every framing.
ERRORS: dict[str, Body] = {
    "an event": Body(sse(DOWN), code=6, words="the pool is down"),
    "the field error": Body(b"error: " + encoded(DOWN["error"]) + b"\n\n", code=6, words="the pool is down"),
    "the field error with words": Body(b"error: the pool is down\n\n", code=6, words="the pool is down"),
    "an event called error": Body(b"event: error\ndata: the pool is down\n\n", code=6, words="the pool is down"),
    "bare": Body(encoded(DOWN), code=6, words="the pool is down"),
    "bare and pretty": Body(encoded(DOWN, indent=2), code=6, words="the pool is down"),
    "a list": Body(encoded([DOWN]), code=6, words="the pool is down"),
    "a list under the label of JSON": Body(encoded([DOWN]), code=6, words="the pool is down", label=JSON),
    "after signs of life": Body(b": ping\n\n" + sse(DOWN), code=6, words="the pool is down"),
    "within a choice": Body(
        sse({"choices": [{"delta": {"content": ""}, "finish_reason": "error", **DOWN}]}),
        code=6,
        words="the pool is down",
    ),
    "of a status of its own": Body(
        sse({"choices": None, "base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}),
        code=7,
        words="insufficient balance",
    ),
    "of a proxy, with text and code": Body(
        encoded({"text": "the pool is down", "error_code": 50001}), code=6, words="the pool is down", label=JSON
    ),
    "code and message": Body(encoded({"code": 401, "msg": "bad ticket"}), code=4, words="bad ticket", label=JSON),
    "a fault": Body(
        encoded({"fault": {"faultstring": "the pool is down", "detail": {"errorcode": "x.Down"}}}),
        code=6,
        words="the pool is down",
        label=JSON,
    ),
    "no success": Body(
        encoded({"success": False, "errors": [{"code": 7, "message": "the pool is down"}], "result": None}),
        code=6,
        words="the pool is down",
        label=JSON,
    ),
    "a header of its own": Body(
        encoded({"header": {"code": 10013, "message": "the pool is down"}}),
        code=6,
        words="the pool is down",
        label=JSON,
    ),
    "within a response": Body(
        encoded({"Response": {"Error": {"Code": "Down", "Message": "the pool is down"}, "RequestId": "1"}}),
        code=6,
        words="the pool is down",
        label=JSON,
    ),
    "plain text": Body(b"the pool is down\n", code=6, words="the pool is down", label=TEXT),
    "plain text under the label of a stream": Body(b"the pool is down", code=6, words="the pool is down"),
    "plain text that begins like a field": Body(b"database is down\n", code=6, words="database is down", label=TEXT),
    "plain text with a field's name": Body(b"retry later: no pool", code=6, words="retry later", label=TEXT),
    "plain text of a time in brackets": Body(b"[10:04] the pool is down", code=6, words="the pool is down", label=TEXT),
    "plain text in quotes": Body(b'"the pool is down"', code=6, words="the pool is down", label=JSON),
    "plain text of a quota": Body(b"insufficient balance\n", code=7, words="insufficient balance", label=TEXT),
    "words as data": Body(b"data: the pool is down\n\n", code=6, words="the pool is down"),
    "words as data, then the end": Body(
        b"data: the pool is down\n\ndata: [DONE]\n\n", code=6, words="the pool is down"
    ),
    "a status, then the end": Body(
        sse({"type": "status", "message": "the pool is down"}), code=6, words="the pool is down"
    ),
    "a page": Body(b"<!doctype html><title>Sign in</title>", code=6, words="Sign in", label="text/html"),
    "a page after a mark": Body(BOM + b"\n<html><title>Sign in</title>", code=6, words="Sign in"),
    "an object of no known shape": Body(encoded({"state": ["x"]}), code=9, label=JSON),
    "nothing": Body(b"", code=9, words="empty"),
    "white space": Body(b" \n\n", code=9, words="empty"),
    "a mark": Body(BOM, code=9, words="empty"),
    "comments": Body(b": ping\n\n: ping\n\n", code=9),
    "the end": Body(sse(), code=9, words="empty"),
    "sound alone": Body(
        sse(chunk(audio={"id": "a", "data": "AAAA"}), chunk(finish="stop")), code=9, words="audio without a transcript"
    ),
    "a rate in words": Body(
        encoded({"base_resp": {"status_code": 1002, "status_msg": "rate limit exceeded(RPM)"}}),
        code=7,
        words="rate limit exceeded",
        label=JSON,
    ),
    "the limit of a day in words": Body(
        encoded({"error_code": 17, "error_msg": "Open api daily request limit reached"}),
        code=7,
        words="daily",
        label=JSON,
    ),
    "a filter in words": Body(
        encoded({"base_resp": {"status_code": 1026, "status_msg": "input new_sensitive"}}),
        code=11,
        words="new_sensitive",
        label=JSON,
    ),
    "a refusal by its type": Body(sse({"error": {"message": "gone", "type": "NotFoundError"}}), code=8, words="gone"),
    "a quota": Body(sse(SPENT), code=7, words="insufficient balance"),
    "cut": Body(encoded(whole("hi"))[:-20], code=9, label=JSON),
}

# What came before stays, and the rest is told.
BROKEN: dict[str, Body] = {
    "an error after text": Body(sse(HI[0], DOWN), "h", 9, "the pool is down"),
    "the field error after text": Body(
        sse(HI[0], done=False) + b"error: the pool is down\n\n", "h", 9, "the pool is down"
    ),
    "a bare error after text": Body(sse(HI[0], done=False) + encoded(DOWN), "h", 9, "the pool is down"),
    "a pretty error after text": Body(
        sse(HI[0], done=False) + encoded(DOWN, indent=1) + b"\n", "h", 9, "the pool is down"
    ),
    "an error beside text": Body(sse(HI[0] | DOWN), "h", 9, "the pool is down"),
    "words after text": Body(sse(HI[0], done=False) + b"data: the pool is down\n\n", "h", 9, "the pool is down"),
    "no end": Body(sse(HI[0], done=False), "h", 9),
    "no end but that of something else": Body(sse(HI[0], {"type": "status", "done": True}, HI[1], done=False), "hi", 9),
    "an object that is cut": Body(sse(HI[0], '{"choices":[{"delta":{"content":"x', *HI[1:]), "hi", 9, "unreadable"),
    "bare lines of which one is cut": Body(
        lines(HI[0]) + b'\n{"choices":[{"delta":{"content":"x\n' + lines(*HI[1:]), "hi", 9
    ),
}

ALL: dict[str, Body] = {**ANSWERS, **{f"error: {name}": body for name, body in ERRORS.items()}, **BROKEN}
