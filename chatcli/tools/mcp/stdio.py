"""Runs a server as a program and exchanges messages with it, one a line, within limits.

The SDK's own transport has no limit for a line, and passes stderr through. The program gets an environment without keys
and is in a process group of its own, so that no signal of the terminal reaches it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress

import anyio
import anyio.abc
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.client._transport import TransportStreams
from mcp.shared.message import SessionMessage
from mcp.types import jsonrpc_message_adapter

from chatcli.language import _
from chatcli.process.descendants import kill_marked, new_mark
from chatcli.process.groups import end_group, kill_group
from chatcli.records import field, mutable
from chatcli.text.units import format_size
from chatcli.tools.mcp.mending import MendingStream
from chatcli.tools.mcp.servers import McpServer
from chatcli.tools.results import BoundedOutput

MOST_LINE = 16 << 20
_CHUNK = 65536
_PATIENCE_S = 0.5  # how long the end is waited for after stdin is closed, and again after SIGTERM
_POLL_S = 0.01
_LAST_WORDS = 4_000  # bytes of stderr that are kept

_GONE = (anyio.ClosedResourceError, anyio.BrokenResourceError, anyio.EndOfStream, OSError)


@mutable
class ServerProcess:
    """The program of a server; *said* is the end of its stderr, *problem* why it was given up, *code* its exit code."""

    server: McpServer
    environ: Mapping[str, str]
    mark: Mapping[str, str] = field(default_factory=new_mark)
    said: BoundedOutput = field(default_factory=lambda: BoundedOutput(_LAST_WORDS))
    problem: str = ""
    code: int | None = None

    @asynccontextmanager
    async def connect(self, _ask: object) -> AsyncGenerator[TransportStreams, None]:
        """Run the program until the context is left; raises OSError if it cannot be started."""
        process = await anyio.open_process(
            list(self.server.argv),
            env={**self.environ, **self.server.env, **self.mark},
            cwd=self.server.directory,
            start_new_session=True,
        )
        incoming, received = anyio.create_memory_object_stream[SessionMessage | Exception](0)
        outgoing, to_send = anyio.create_memory_object_stream[SessionMessage](0)
        async with anyio.create_task_group() as tasks, received, outgoing:
            tasks.start_soon(self._read, process, incoming)
            tasks.start_soon(self._write, process, to_send, incoming)
            tasks.start_soon(self._drain, process)
            try:
                yield MendingStream(received), outgoing
            finally:
                with anyio.CancelScope(shield=True):
                    await self._stop(process)
                tasks.cancel_scope.deadline = anyio.current_time() + _PATIENCE_S

    async def _read(
        self, process: anyio.abc.Process, incoming: MemoryObjectSendStream[SessionMessage | Exception]
    ) -> None:
        """Pass on each line that is a message, and read to the end, so that the program never waits for a reader."""
        assert process.stdout
        with suppress(*_GONE):
            async with incoming:
                async for line in self._lines(process.stdout):
                    with suppress(ValueError):  # other output, such as a greeting
                        await incoming.send(SessionMessage(jsonrpc_message_adapter.validate_json(line)))
        with suppress(*_GONE):
            while True:
                await process.stdout.receive(_CHUNK)

    async def _lines(self, stream: anyio.abc.ByteReceiveStream) -> AsyncGenerator[bytes, None]:
        """Yield each line up to the first that is too long."""
        begun: list[bytes] = []
        size = 0
        while size <= MOST_LINE:
            first, *others = (await stream.receive(_CHUNK)).split(b"\n")
            begun.append(first)
            size += len(first)
            for last in others:
                yield b"".join(begun)
                begun, size = [last], len(last)
        self.problem = _("it wrote a line above {size}", size=format_size(MOST_LINE))

    async def _write(
        self,
        process: anyio.abc.Process,
        to_send: MemoryObjectReceiveStream[SessionMessage],
        incoming: MemoryObjectSendStream[SessionMessage | Exception],
    ) -> None:
        assert process.stdin
        try:
            async with to_send:
                async for sent in to_send:
                    text = sent.message.model_dump_json(by_alias=True, exclude_unset=True)
                    await process.stdin.send(text.encode() + b"\n")
        except _GONE:
            await incoming.aclose()  # ends the session, so that no call waits for an answer

    async def _drain(self, process: anyio.abc.Process) -> None:
        assert process.stderr
        with suppress(*_GONE):
            while True:
                self.said.feed(await process.stderr.receive(_CHUNK))

    async def _stop(self, process: anyio.abc.Process) -> None:
        """End the program: its input is closed, then it is asked, then killed, with all that it has started."""
        if process.stdin:
            with suppress(*_GONE):
                await process.stdin.aclose()
        for signal_group in (end_group, kill_group):
            if not await _has_ended(process):
                signal_group(process)
        await _has_ended(process)
        self.code = process.returncode
        kill_group(process)  # what it started and left behind, there or in sessions of their own
        kill_marked(self.mark)


async def _has_ended(process: anyio.abc.Process) -> bool:
    """Wait a moment for the end; `wait()` would also wait for those that share its pipes."""
    with anyio.move_on_after(_PATIENCE_S):
        while process.returncode is None:
            await anyio.sleep(_POLL_S)
    return process.returncode is not None
