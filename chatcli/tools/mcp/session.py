"""Speaks with one server through the SDK, whose import takes most of a second; nothing else imports it.

The SDK is asynchronous, and its contexts must be left by the task that entered them. So one thread runs an event loop,
and one task for each server holds its session open. The methods here are called on other threads, and block.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from contextvars import ContextVar
from functools import partial
from importlib.metadata import version
from threading import Thread
from typing import Any, TypeVar

import httpx2
from mcp import Client, MCPError
from mcp.client.auth import OAuthFlowError
from mcp.client.session import ClientRequestContext
from mcp.shared.dispatcher import ProgressFnT
from mcp.types import CONNECTION_CLOSED, INTERNAL_ERROR, ElicitRequestParams, ElicitResult, Implementation, Tool

from chatcli.language import N_, _
from chatcli.process.groups import describe_exit
from chatcli.process.installation import DISTRIBUTION
from chatcli.process.threads import start_thread
from chatcli.text.json_values import as_object, as_text
from chatcli.text.phrases import shorten
from chatcli.text.system_errors import system_reason
from chatcli.tools.inquiries import Form, OpenPage, Question, SignInPage, UserAnswer
from chatcli.tools.mcp.content import read_result
from chatcli.tools.mcp.elicitation import question_of
from chatcli.tools.mcp.listings import MOST_LISTED_BYTES, MOST_TOOLS, ListedTool, Listing
from chatcli.tools.mcp.pending import Asked, Done, Failed, PendingRequest, Progressed
from chatcli.tools.mcp.pins import address_of
from chatcli.tools.mcp.remote import HttpConnection
from chatcli.tools.mcp.servers import McpServer
from chatcli.tools.mcp.sign_ins import SignInError
from chatcli.tools.mcp.stdio import ServerProcess
from chatcli.tools.tool import CallOutcome, Cancellation, Inquiry, ToolError, ToolResult

T = TypeVar("T")

_PROGRESS_S = 0.1  # between two reports
_MOST_PROGRESS = 60
_END_S = 3.0  # how long the end of a server is waited for
_MOST_PAGES = 100
_LAST_WORDS = 500  # characters of what a server said before it ended
_LOGGERS = ("mcp", "client", "httpx2", "httpcore2", "asyncio")
# What the SDK raises because of a server or a network; anything else is a bug and ends the program.
FAILURES = (
    MCPError,
    OAuthFlowError,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    OSError,
    ValueError,
    RuntimeError,
    ExceptionGroup,
)

_SDK_WORDS = ("Server returned an error response", "Redirect to ", "Unexpected content type: ")
_ERROR = N_("The server {name} answered with an error: {reason}")
_ERROR_AND_PROBLEM = N_("The server {name} answered with an error: {reason} ({problem})")
_INVALID = N_("The server {name} sent an answer that is not valid: {reason}")
_NOT_STARTED = N_("The server {name} cannot be started: {reason} ({program}).")
_NOT_FOUND = N_("The server {name} cannot be started: {reason} ({program}). Install it, or name it with its full path.")
_NOT_SPLIT = N_(
    'The server {name} cannot be started: {reason} ({program}). Arguments belong in "args", each as a text of its own.'
)
_LOST = N_("The server {name} was lost: {how}.")
_LOST_WITH_WORDS = N_("The server {name} was lost: {how}. It said: {said}.")
_DECLINED = "[The server asked for a secret or for an unusual address. It was declined, and the user was not asked.]"

_current: ContextVar[PendingRequest | None] = ContextVar("pending", default=None)


class LoopThread:
    """An event loop on a thread of its own, which ends with the program."""

    def __init__(self) -> None:
        for name in _LOGGERS:  # without a handler, Python writes what they log to stderr
            logging.getLogger(name).addHandler(logging.NullHandler())
            logging.getLogger(name).propagate = False
        self.loop = asyncio.new_event_loop()
        start_thread(Thread(target=self.loop.run_forever, name="mcp", daemon=True))

    def submit(self, work: Awaitable[T]) -> Future[T]:
        """Run *work* on the loop."""
        return asyncio.run_coroutine_threadsafe(_awaited(work), self.loop)


async def _awaited(work: Awaitable[T]) -> T:
    return await work


Work = Callable[[Client], Awaitable[Any]]


class ServerSession:
    """A session with *server*, which it starts or connects to; it is over when the server ends or `close` is called."""

    def __init__(self, thread: LoopThread, server: McpServer, transport: ServerProcess | HttpConnection) -> None:
        self.server = server
        self.is_over = False
        self.is_lost = False  # after it had answered before
        self._has_worked = False
        self._thread = thread
        self._transport = transport
        self._running: list[PendingRequest] = []
        self._client: Client | BaseException | None = None  # or why there is none
        self._is_decided = asyncio.Event()
        self._ending = asyncio.Event()
        self._is_awaited = asyncio.Event()
        self._held = thread.submit(self._hold())

    def list_tools(self, cancellation: Cancellation, timeout_s: float) -> Listing | Inquiry[Listing]:
        """Return what the server offers now, or a sign-in that it demands first; raises ToolError."""
        pending = self._start(_list_tools, timeout_s, passes=(SignInPage,))
        return self._follow(pending, self._listing, cancellation)

    def _listing(self, found: Sequence[Tool]) -> Listing:
        tools = tuple(sorted(map(_listed, found), key=lambda tool: tool.name))
        listing = Listing(address_of(self.server), self.server.shown, tools)
        if len(listing.to_json()) > MOST_LISTED_BYTES:
            raise ToolError(_("The server {name} describes its tools at too great a length.", name=self.server.name))
        return listing

    def call(
        self, name: str, arguments: Mapping[str, Any], cancellation: Cancellation, timeout_s: float
    ) -> CallOutcome:
        """Call a tool, and return its result or what the server asks first; raises ToolError."""

        def work(client: Client) -> Awaitable[Any]:
            return client.call_tool(name, dict(arguments), progress_callback=_progress(_current.get()))

        pending = self._start(work, timeout_s, passes=(Form, OpenPage, SignInPage))

        def finish(result: Any) -> ToolResult:
            return read_result(_plain(result), remark=_DECLINED if pending.has_declined else "")

        return self._follow(pending, finish, cancellation)

    def fetch(self, work: Work, cancellation: Cancellation, timeout_s: float) -> Any:
        """Return the result of *work*, for which no question is answered; raises ToolError."""
        event = self._wait(self._start(work, timeout_s), cancellation)
        assert isinstance(event, Done)
        return event.value

    def close(self) -> None:
        """End the session, and the program of the server."""
        self.is_over = True
        self._thread.loop.call_soon_threadsafe(self._ending.set)
        with suppress(TimeoutError):
            self._held.result(_END_S)

    def _follow(
        self, pending: PendingRequest, finish: Callable[[Any], T], cancellation: Cancellation
    ) -> T | Inquiry[T]:
        event = self._wait(pending, cancellation)
        if isinstance(event, Done):
            return finish(event.value)
        reply = event.reply

        def resume(answer: UserAnswer, later: Cancellation) -> T | Inquiry[T]:
            reply(answer)
            return self._follow(pending, finish, later)

        return Inquiry(event.question, resume)

    def _wait(self, pending: PendingRequest, cancellation: Cancellation) -> Done | Asked:
        try:
            event = pending.wait(cancellation)
        except FAILURES as error:
            raise self._translated(_root(error)) from error
        self._has_worked = True
        return event

    def _start(self, work: Work, timeout_s: float, *, passes: tuple[type, ...] = ()) -> PendingRequest:
        """Run *work* on the loop as soon as the session is open; it *passes* questions of these kinds on."""
        pending = PendingRequest(timeout_s, timeout_s, passes)

        async def run() -> None:
            _current.set(pending)
            self._running.append(pending)
            self._is_awaited.set()
            try:
                pending.events.put(Done(await work(await self._opened())))
            except Exception as error:  # raised where the outcome is waited for
                pending.events.put(Failed(error))
            finally:
                self._running.remove(pending)

        pending.stop = self._thread.submit(run()).cancel
        return pending

    async def _hold(self) -> None:
        """Keep the session open until it is to end."""
        try:
            connection = self._transport.connect(self._ask_to_sign_in)
            async with Client(connection, client_info=_client_info(), elicitation_callback=self._elicit) as client:
                self._client = client
                self._is_decided.set()
                await self._ending.wait()
        except Exception as error:  # raised by each request
            self._client = error
        self.is_over = True
        self._is_decided.set()

    async def _opened(self) -> Client:
        """Wait for the session to be open; raises why it is not."""
        await self._is_decided.wait()
        if isinstance(self._client, BaseException):
            raise self._client
        assert self._client
        return self._client

    async def _elicit(
        self,
        context: ClientRequestContext,  # noqa: ARG002 - the SDK passes it by this name
        params: ElicitRequestParams,
    ) -> ElicitResult:
        """Pass a question of the server on to the call that it belongs to, and wait for the answer."""
        pending, question = self._asking(), question_of(self.server.name, _plain(params))
        if pending is None:
            return ElicitResult(action="decline")
        if question is None:
            pending.has_declined = True
            return ElicitResult(action="decline")
        answer = await _answer_to(question, pending)
        if answer.action != "accept":
            return ElicitResult(action="cancel" if answer.action == "cancel" else "decline")
        return ElicitResult(action="accept", content=dict(answer.values) or None)

    async def _ask_to_sign_in(self, question: Question) -> UserAnswer:
        """Pass a sign-in on to whatever waits for the server, which may be prepared before anything does."""
        await self._is_awaited.wait()
        pending = self._asking()
        return await _answer_to(question, pending) if pending else UserAnswer("nobody")

    def _asking(self) -> PendingRequest | None:
        # Servers of older revisions do not say which call they ask for; then it is the one that has run longest.
        return _current.get() or next(iter(self._running), None)

    def _translated(self, error: BaseException) -> ToolError:
        """Return the error of a call; a session that has ended is closed, so that the next call begins another."""
        name = self.server.name
        if isinstance(self._transport, HttpConnection) and self._transport.sign_in_problem:
            self.close()
            return SignInError(name, self._transport.sign_in_problem)
        if isinstance(error, MCPError) and error.code != CONNECTION_CLOSED:
            return ToolError(self._explain_answer(error.message))
        if isinstance(error, ValueError):
            return ToolError(_(_INVALID, name=name, reason=_first_line(error)))
        self.close()
        self.is_lost = self._has_worked and not self._transport.problem  # else it was given up
        return ToolError(self._explain(error))

    def _explain_answer(self, said: str) -> str:
        """Return what a server has answered; what is known of its answer stands in place of words of the SDK."""
        problem = self._transport.problem
        if problem and said.startswith(_SDK_WORDS):
            said, problem = problem, ""
        return _(_ERROR_AND_PROBLEM if problem else _ERROR, name=self.server.name, reason=said, problem=problem)

    def _not_started(self, error: OSError) -> str:
        """Return what prevented the start, and what to do about a program that is not there."""
        pattern = _NOT_STARTED
        if isinstance(error, FileNotFoundError):
            pattern = _NOT_SPLIT if len(self.server.argv[0].split()) > 1 else _NOT_FOUND
        return _(pattern, name=self.server.name, reason=system_reason(error), program=self.server.argv[0])

    def _explain(self, error: BaseException) -> str:
        """Return why the session has ended."""
        name = self.server.name
        if not isinstance(self._transport, ServerProcess):
            return _(
                "The server {name} cannot be reached at {url}: {reason}",
                name=name,
                url=self.server.url,
                reason=self._transport.problem or error,
            )
        transport = self._transport
        if isinstance(error, OSError) and error.strerror:
            return self._not_started(error)
        how = transport.problem or describe_exit(transport.code or 0) or _("it ended")
        said = transport.said.text().strip()[-_LAST_WORDS:]
        return _(_LOST_WITH_WORDS if said else _LOST, name=name, how=how, said=said)


def _progress(pending: PendingRequest | None) -> ProgressFnT:
    """Return what passes the progress of *pending* on, a few times a second."""
    due_s = 0.0

    async def progress(progress: float, total: float | None, message: str | None) -> None:
        nonlocal due_s
        now_s = asyncio.get_running_loop().time()
        if pending is not None and now_s >= due_s:
            due_s = now_s + _PROGRESS_S
            amount = f"{progress:g}/{total:g}" if total else f"{progress:g}"
            pending.events.put(Progressed(shorten(f"{amount} {message or ''}".strip(), _MOST_PROGRESS)))

    return progress


async def _answer_to(question: Question, pending: PendingRequest) -> UserAnswer:
    """Pass *question* on to *pending* if it passes such questions on, and wait for the answer."""
    if not isinstance(question, pending.passes):
        return UserAnswer("nobody")
    answered: Future[UserAnswer] = Future()
    pending.events.put(Asked(question, partial(_settle, answered)))
    return await asyncio.wrap_future(answered)


def _settle(answered: Future[UserAnswer], answer: UserAnswer) -> None:
    with suppress(InvalidStateError):  # the server waits no longer
        answered.set_result(answer)


async def _list_tools(client: Client) -> list[Tool]:
    """Return all tools; raises ValueError for a list without end."""
    found: list[Tool] = []
    if client.server_capabilities.tools is None:
        return found
    cursor: str | None = None
    for _page in range(_MOST_PAGES):
        page = await client.list_tools(cursor=cursor)
        found += page.tools
        cursor = page.next_cursor
        if cursor is None or len(found) > MOST_TOOLS:
            break
    if cursor is not None or len(found) > MOST_TOOLS:
        raise MCPError(INTERNAL_ERROR, _("the list of its tools does not end after {count}", count=len(found)))
    return found


def _listed(tool: Tool) -> ListedTool:
    plain = _plain(tool)
    schema = as_object(plain.get("inputSchema"))
    return ListedTool(tool.name, as_text(plain.get("description")), schema, as_object(plain.get("annotations")))


def _plain(model: Any) -> dict[str, Any]:
    return as_object(model.model_dump(by_alias=True, mode="json", exclude_none=True))


def _root(error: BaseException) -> BaseException:
    """Return the first error of a group."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _first_line(error: ValueError) -> str:
    return shorten(str(error).replace("\n", ": ", 1).partition("\n")[0], _LAST_WORDS)


def _client_info() -> Implementation:
    return Implementation(name="chat", version=version(DISTRIBUTION))
