"""Runs llama.cpp's server for a model file in a child process, on a free port of the loopback with a random key.

The child ends with this process, however that ends: it reads from a pipe whose other end is ours. It is in a session of
its own, so Ctrl+C stops an answer, or the wait for the model, and not the server.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from chatcli.errors import ConfigError, ServerError
from chatcli.language import _
from chatcli.local.model_file import check_model_file
from chatcli.process.installation import DISTRIBUTION, install_command
from chatcli.process.threads import start_thread
from chatcli.text.json_values import as_object, as_text, parse_json
from chatcli.text.phrases import shorten
from chatcli.text.redactor import Secret

LIBRARY = "xllamacpp"
DEFAULT_WINDOW = 8_192  # tokens; memory grows with the window, and llama.cpp lowers it to that of the model
_ROOT = str(Path(__file__).parent.parent.parent)
# `-P` keeps the current directory off the path, where a file could hide a module of Python.
_START = f"import sys; sys.path.append({_ROOT!r}); from chatcli.local.worker import main; main()"
_MOST_LOG = 4_000
_MEMORY = ("out of memory", "failed to allocate", "unable to allocate", "bad_alloc", "memoryerror")
_KILLED = -9


class ModelServer:
    """The server of the model *file*; it is started when its address is first asked for."""

    def __init__(self, file: Path, *, window_tokens: int | None = None) -> None:
        self.file = file
        self.key = Secret(os.urandom(24).hex())
        self._window_tokens = window_tokens or DEFAULT_WINDOW
        self._lock = threading.Lock()
        self._run: _Run | None = None

    def address(self) -> str:
        """Return the address, `http://127.0.0.1:PORT`; starts the server and waits until the model is loaded.

        Raises ConfigError if the file or the library cannot be used, and ServerError if llama.cpp fails.
        """
        with self._lock:
            if self._run is None or self._run.is_over:
                self.check()
                self._run = _Run(self.file, self.key, self._window_tokens)
            run = self._run
        return run.address()

    @property
    def is_ready(self) -> bool:
        """Whether the model is loaded."""
        return self._run is not None and self._run.is_decided and not self._run.is_over

    def check(self) -> None:
        """Raise ConfigError if the file or the library cannot be used."""
        from importlib.util import find_spec

        check_model_file(self.file)
        if find_spec(LIBRARY) is None:
            command = install_command(f"{DISTRIBUTION}[local]")
            raise ConfigError(
                _("model files need llama.cpp, which is not installed"),
                hint=_("`{command}` installs it", command=command),
            )


class _Run:
    """One run of the server."""

    def __init__(self, file: Path, key: Secret, window_tokens: int) -> None:
        self._file = file
        self._log = b""
        self._told = b""
        self._decision = threading.Event()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        order = {"file": str(file), "key": key.reveal(), "window_tokens": window_tokens}
        self._send(json.dumps(order).encode() + b"\n")
        for work in (self._listen, self._keep_log):
            start_thread(threading.Thread(target=work, name="llama.cpp", daemon=True))

    @property
    def is_decided(self) -> bool:
        """Whether the model is loaded, or cannot be."""
        return self._decision.is_set()

    @property
    def is_over(self) -> bool:
        """Whether the process has ended."""
        return self._process.poll() is not None

    def address(self) -> str:
        """Return the address once the model is loaded; raises ServerError if it is not."""
        self._decision.wait()
        told = as_object(parse_json(self._told))
        if address := as_text(told.get("address")):
            return address
        self.close()
        raise self._failure(as_text(told.get("failed")))

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()

    def _send(self, data: bytes) -> None:
        try:
            if self._process.stdin:
                self._process.stdin.write(data)
                self._process.stdin.flush()
        except OSError:
            pass  # it has ended already, which is noted where it is waited for

    def _listen(self) -> None:
        if self._process.stdout:
            with self._process.stdout as pipe:
                self._told = pipe.readline()
        self._decision.set()

    def _keep_log(self) -> None:
        if self._process.stderr:
            with self._process.stderr as pipe:
                while data := os.read(pipe.fileno(), _MOST_LOG):
                    self._log = (self._log + data)[-_MOST_LOG:]

    def _failure(self, said: str) -> ServerError:
        """Return the error for a model that was not loaded."""
        log = self._log.decode(errors="replace")
        if (self._process.returncode == _KILLED and not said) or any(word in (said + log).lower() for word in _MEMORY):
            what = _("there is not enough memory for {name}", name=self._file.name)
            return ServerError(what, hint=_("use a smaller model, or set a smaller context for it in the settings"))
        lines = [line for line in log.splitlines() if " E " in line or "error" in line.lower()]
        because = shorten(lines[0].partition(" E ")[2].strip() or lines[0].strip(), 200) if lines else said
        return ServerError(
            _("llama.cpp cannot load {name}: {reason}", name=self._file.name, reason=because or _("it ended"))
        )
