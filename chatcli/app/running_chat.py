"""Assembles a running chat: its session, its client, its model binder and its store."""

from __future__ import annotations

from collections.abc import Callable

from chatcli.app.chats import Chats, StoreFile
from chatcli.app.endpoint_client import EndpointClient
from chatcli.app.endpoints import Endpoints
from chatcli.app.model_binder import ModelBinder
from chatcli.conversation.messages import Notice
from chatcli.conversation.session import Session
from chatcli.errors import ChatError, Remedy
from chatcli.process.signals import InterruptGate
from chatcli.records import frozen


@frozen
class RunningChat:
    """The parts of a running chat."""

    session: Session
    client: EndpointClient
    binder: ModelBinder
    chats: Chats

    def spent_today(self) -> float:
        """Return the cost in US dollars of today's chats, always including this one."""
        stored = self.chats.spent_today().dollars
        return stored if self.chats.is_on else stored + self.chats.spent.dollars


def start_chat(
    endpoints: Endpoints,
    provider: str,
    *,
    interrupts: InterruptGate,
    notify: Callable[[Notice], None],
    fail: Callable[[ChatError], None],
) -> RunningChat:
    """Return a chat with *provider* as configured; *notify* shows notices of the store, *fail* its errors.

    An ignored project file is reported first. The endpoint is not contacted, and nothing is stored, before the first
    question.
    """
    if passed_over := endpoints.config.loaded.project.notice:
        notify(Notice("project_file", passed_over, Remedy("trust_project")))
    client = EndpointClient(endpoints, endpoints.endpoint(provider))
    session = Session(client.bind(""), guard=interrupts.allow)
    binder = ModelBinder(endpoints, session, client)
    binder.begin()
    config = endpoints.config
    file = StoreFile(config.sources.dirs.history, endpoints.redactor, is_on=config.settings.defaults.log)
    chats = Chats(file, session, notify=notify, fail=fail, on_open=binder.open)
    chat = RunningChat(session, client, binder, chats)
    client.know_spending(chat.spent_today)
    return chat
