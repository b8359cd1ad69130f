"""Histories with tools, whatever was done to them: a real server accepts every request that they led to.

    python -m tests.tooling.tool_histories BASE_URL [COUNT]

BASE_URL is that of a server with a model that takes tools, as llama.cpp is. COUNT conversations are drawn (20 unless
told). Each request is sent once, for one token. Prints each that was refused for anything but its length, and how many
of which kind there were.
"""

from __future__ import annotations

import json
import sys
from collections import Counter

import httpx
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from chatcli.api.encode import encode_messages
from chatcli.providers.table import PLAIN
from tests.store.test_tool_turns import StoredTools

TOOL = {"type": "function", "function": {"name": "add", "description": "", "parameters": {"type": "object"}}}
_STEPS = 30
_TOO_LONG = "exceed_context_size_error"


def drawn_requests(count: int) -> list[str]:
    """Return the messages of all requests in *count* conversations, each once, as JSON."""
    found: dict[str, None] = {}

    class Recorded(StoredTools):
        def teardown(self) -> None:
            super().teardown()
            found.update((json.dumps(encode_messages(sent.messages, PLAIN)), None) for sent in self.client.requests)

    profile = settings(max_examples=count, stateful_step_count=_STEPS, deadline=None, phases=[Phase.generate])
    run_state_machine_as_test(Recorded, settings=profile)
    return list(found)


def main(base_url: str, count: int) -> int:
    """Send every request; return how many were refused."""
    found: Counter[str] = Counter()
    with httpx.Client(base_url=base_url, timeout=60, trust_env=False) as client:
        for messages in drawn_requests(count):
            body = {"model": "m", "messages": json.loads(messages), "tools": [TOOL], "max_tokens": 1}
            answer = client.post("chat/completions", json=body)
            kind = "accepted" if answer.is_success else "too long" if _TOO_LONG in answer.text else "refused"
            found.update([kind, *["with tool calls"] * ('"tool_calls"' in messages)])
            if kind == "refused":
                print(answer.status_code, answer.text, messages, sep="\n", end="\n\n")
    print(", ".join(f"{number} {kind}" for kind, number in sorted(found.items())))
    return found["refused"]


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20)))
