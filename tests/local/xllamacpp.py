"""Stands in for llama.cpp: the part of its Python interface that we use, with a server that answers in a few words.

The file of the model is text: `GGUF`, and lines that say what goes wrong. It notes its process in a file beside it.
"""

from __future__ import annotations

import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any


class CommonParams:
    """The parameters of a server."""

    def __init__(self) -> None:
        self.model = SimpleNamespace(path="")
        self.model_alias: set[str] = set()
        self.port = 8080
        self.api_keys: list[str] = []
        self.n_ctx = 0


class Server:
    """Loads the model and serves it."""

    def __init__(self, params: CommonParams) -> None:
        path = Path(params.model.path)
        path.with_suffix(".pid").write_text(str(os.getpid()), encoding="ascii")
        told = path.read_text(encoding="utf-8")
        if "memory" in told:
            os.write(2, b"ggml_aligned_malloc: failed to allocate buffer of size 9\n")
        if "broken" in told or "memory" in told:
            os.write(1, b"noise\n")
            raise RuntimeError("Failed to init server, please check the input params.")
        while "slow" in told and not path.with_suffix(".go").exists():
            time.sleep(0.01)  # noqa: TID251  # plays a slow library
        self._server = ThreadingHTTPServer(("127.0.0.1", params.port), _handler(params))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def listening_address(self) -> str:
        """The address of the server."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"


def _handler(params: CommonParams) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_values: Any) -> None:
            """Stay silent."""

        def do_GET(self) -> None:
            self._send(json.dumps({"data": [{"id": name} for name in params.model_alias]}).encode(), "application/json")

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if self.headers["authorization"] != f"Bearer {params.api_keys[0]}":
                self.send_error(401)
                return
            is_endless = body["messages"][-1]["content"] == "endless"
            words = [] if is_endless else ["Hello", " from ", Path(body["model"]).name]
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.end_headers()
            for word in words or iter(lambda: "word ", ""):
                self._say({"content": word}, None)
                time.sleep(0 if words else 0.01)  # noqa: TID251  # plays a slow library
            self._say({}, "stop")
            self.wfile.write(b"data: [DONE]\n\n")

        def _say(self, delta: dict[str, str], finish: str | None) -> None:
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            self.wfile.write(b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n")
            self.wfile.flush()

        def _send(self, content: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler
