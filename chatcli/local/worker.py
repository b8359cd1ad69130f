"""Runs in a process of its own: llama.cpp's server for one model file, until its standard input closes.

Started by `model_server`; the order is one line of JSON on the standard input, and one line comes back when the model
is loaded or cannot be. What the library writes goes to the standard error.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Mapping
from typing import Any


def main() -> None:
    """Load the `file` that the order names, and serve it on a free port with `key`."""
    order = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    answer = os.dup(1)
    os.dup2(2, 1)
    try:
        server = _serve(order)
        told = {"address": server.listening_address}
    except (RuntimeError, ValueError, OSError, MemoryError, ImportError, AttributeError, TypeError) as error:
        told = {"failed": str(error) or type(error).__name__}
    os.write(answer, json.dumps(told).encode() + b"\n")
    if "failed" in told:
        os._exit(1)
    threading.Event().wait()


def _end_with_parent() -> None:
    """End once chat is gone, however it ended: the system closes its end of the pipe."""
    while os.read(0, 1):
        pass
    os._exit(0)


def _serve(order: Mapping[str, Any]) -> Any:
    import xllamacpp

    wanted = xllamacpp.CommonParams()
    wanted.model.path = order["file"]
    parameters = {
        "model_alias": type(wanted.model_alias)([order["file"]]),
        "port": 0,  # any that is free
        "api_keys": [order["key"]],
        "n_ctx": order["window_tokens"],
        "use_jinja": True,
        "offline": True,
        "ui": False,
        "warmup": False,
    }
    for name, value in parameters.items():
        setattr(wanted, name, value)
    return xllamacpp.Server(wanted)
