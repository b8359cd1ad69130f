"""Implements the ports of slash commands for one run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from chatcli.app.attachment_loader import AttachmentLoader, attachment_loader_for
from chatcli.app.chat_tools import ChatTools
from chatcli.app.clipboard import SystemClipboard
from chatcli.app.configuration import Configuration
from chatcli.app.endpoint_client import EndpointClient, fan_out_to
from chatcli.app.endpoints import Endpoints
from chatcli.app.mention_loader import MentionLoader
from chatcli.app.missing_models import is_listed
from chatcli.app.model_binder import ModelBinder
from chatcli.app.model_directory import listed_models
from chatcli.app.running_chat import RunningChat
from chatcli.app.shell import UserShell
from chatcli.app.user_files import UserFiles
from chatcli.commands.context import CommandContext
from chatcli.commands.ports import EndpointInfo
from chatcli.conversation.messages import Message, Request
from chatcli.conversation.model_info import ModelInfo
from chatcli.conversation.ports import Client
from chatcli.conversation.session import Session
from chatcli.errors import ConfigError
from chatcli.language import _
from chatcli.providers.endpoint import GUIDE_URL
from chatcli.records import frozen, replace
from chatcli.request.attachments import Attachment
from chatcli.settings.endpoints import GUIDE
from chatcli.settings.names import Name
from chatcli.terminal.editor import edit_file, edit_text
from chatcli.text.draft import Draft


def command_context_for(
    endpoints: Endpoints,
    chat: RunningChat,
    tools: ChatTools,
    interruptible: Callable[[], AbstractContextManager[object]],
) -> CommandContext:
    """Return the command context of *chat*; the endpoint is not contacted yet.

    *interruptible* is entered while Ctrl+C may end a command of the user's shell.
    """
    config, session, client, binder = endpoints.config, chat.session, chat.client, chat.binder
    return CommandContext(
        session=session,
        endpoint=EndpointControls(endpoints, session, client, binder),
        settings=SettingsControls(config, binder),
        chats=chat.chats,
        files=NamedFiles(config.files, _loader(endpoints, chat, tools)),
        clipboard=SystemClipboard(config.environment, endpoints.redact),
        help=HelpTopics(config),
        tools=tools,
        shell=UserShell(config.environment.environ, interruptible),
        edit=lambda text: edit_text(text, environment=config.environment.environ),
    )


def _loader(endpoints: Endpoints, chat: RunningChat, tools: ChatTools) -> AttachmentLoader:
    def confirm(question: str) -> bool:
        return endpoints.confirm(question)  # which is set when the prompt is there

    return attachment_loader_for(
        endpoints.config, chat.session, chat.client, confirm=confirm, resources=lambda: tools.content
    )


@frozen
class EndpointControls:
    """The endpoint in use."""

    endpoints: Endpoints
    session: Session
    client: EndpointClient
    binder: ModelBinder

    @property
    def info(self) -> EndpointInfo:
        """Public details of the endpoint, without its key."""
        from chatcli.api.http.proxy import proxy_for
        from chatcli.providers.table import limits_of

        endpoint = self.client.endpoint
        proxy = proxy_for(endpoint.base_url, self.endpoints.config.environment.environ)
        return EndpointInfo(
            endpoint.name,
            _("built in, offline") if endpoint.base_url == GUIDE_URL else endpoint.model_file or endpoint.base_url,
            endpoint.key_source,
            limits_of(endpoint.row),
            _("{proxy} (from {variable})", proxy=proxy.shown, variable=proxy.variable) if proxy else None,
        )

    @property
    def providers(self) -> Sequence[str]:
        """The names of all providers."""
        from chatcli.app.model_names import providers_of

        return providers_of(self.endpoints.config.settings)

    def use_model(self, model: str, provider: str = "") -> None:
        """Use *model* from the next turn on: of *provider*, or of the one that its name chooses."""
        self.binder.use_model(model, provider)

    def hold_model(self) -> Callable[[], None]:
        """Return what makes the model in use the current one again."""
        return self.binder.hold()

    def list_models(self) -> Sequence[ModelInfo]:
        """Return the models that the endpoint lists, with known details."""
        directory = self.client.directory
        return [directory.known(info.name) for info in directory.models()]

    def unlisted(self, model: str) -> Sequence[str]:
        """Return the names that the endpoint lists if *model* is not one of them, none if it is or there is no list.

        A model file has no list, and a model that the settings describe needs none.
        """
        if self.client.endpoint.model_file or model in self.endpoints.config.settings.models:
            return ()
        listed = [info.name for info in self.client.directory.look()]
        return () if is_listed(model, listed, has_variants=not self.client.endpoint.is_local) else listed

    def known_models(self) -> Sequence[tuple[str, ModelInfo]]:
        """Return provider and details of each model known without contacting any endpoint, the one in use first."""
        directory, in_use = self.client.directory, self.client.endpoint.name
        own = [(in_use, directory.known(info.name)) for info in directory.cached()]
        others = [name for name in self.providers if name not in (in_use, GUIDE)]
        return [*own, *((name, info) for name in others for info in listed_models(self.endpoints.config, name))]

    def model_names(self) -> Sequence[str]:
        """Return the model names known without contacting the endpoint."""
        return [info.name for info in self.client.directory.cached()]

    def count_exactly(self, messages: Sequence[Message]) -> int | None:
        """Ask the endpoint to count the tokens of *messages*; None if it cannot."""
        return self.client.count(self.session.binding.model, messages)

    def preview(self, request: Request, form: Any) -> str:
        """Return *request* as json, curl or python."""
        return self.client.preview(request, form)

    def fan_out(self, models: Sequence[str]) -> Client:
        """Return the client that asks several models at once."""
        return fan_out_to(self.client, [(name, self.client.read_name(name)) for name in models])


@frozen
class SettingsControls:
    """The settings of the run."""

    config: Configuration
    binder: ModelBinder

    def rows(self) -> Sequence[tuple[str, str, str]]:
        """Return key, value and origin of each setting."""
        from chatcli.settings.inspection import list_settings

        return [(row.key, row.value, row.source) for row in list_settings(self.config.resolved)]

    def change(self, key: str, text: str) -> None:
        """Change one setting for this run; UI settings take effect the next time something is shown."""
        self.config.change(key, text)
        if not key.startswith("ui."):
            self.binder.refresh()

    def save(self, values: Mapping[Name, object]) -> Sequence[str]:
        """Keep *values* in the settings file; return its path, and a clause on each that something overrides."""
        from chatcli.app.saved_settings import save_settings

        saved = save_settings(self.config, values)
        return saved.path, *saved.overridden

    def edit(self) -> str:
        """Let the user edit the settings file, and apply it unless it has a mistake; return its path."""
        from chatcli.settings import inspection

        path = inspection.file_to_edit(self.config.sources)
        edit_file(path, environment=self.config.environment.environ)
        for problem in inspection.check_config(self.config.sources):
            raise ConfigError(problem.what, kept=_("the settings in effect stay"), hint=problem.hint)
        self.config.reload()
        self.binder.refresh()
        return str(path)

    def reset(self) -> None:
        """Reset model, system prompt and parameters to the configured values."""
        self.binder.reset()

    def templates(self) -> Sequence[tuple[str, str, str]]:
        """Return name, origin and purpose of each template."""
        from chatcli.app.templates import describe_templates

        return describe_templates(self.config.settings)

    def use_template(self, name: str) -> str:
        """Apply a template from the next turn on, and return its question as a draft."""
        from chatcli.app.templates import find_template

        template = find_template(self.config.settings, name)
        self.config.flags = replace(self.config.flags, template=name)
        self.config.reload()
        self.binder.use_template(template)
        return self.config.filler.draft(template)


@frozen
class NamedFiles:
    """Reads the user's files and turns them into attachments."""

    files: UserFiles
    loader: AttachmentLoader

    def file(self, name: str) -> list[Attachment]:
        """Return the attachments for the file or folder *name*."""
        return self.loader.file(name)

    def image(self, name: str, detail: str | None = None) -> list[Attachment]:
        """Return the attachments for the image *name*, a path or a URL."""
        return self.loader.image(name, detail)

    def data(self, data: bytes, name: str) -> Attachment:
        """Return the attachment for *data*."""
        return self.loader.data(data, name)

    def load_mentions(self, draft: Draft) -> list[Attachment]:
        """Return the files that *draft* names with `@`."""
        return MentionLoader(self.loader).load(draft)

    def pasted_mentions(self, draft: Draft) -> list[str]:
        """Return the files whose names were pasted behind a typed `@` of *draft*."""
        return MentionLoader(self.loader).pasted_files(draft)

    def read_text(self, name: str) -> str:
        """Return the text of the file *name*."""
        return self.files.read_text(name, is_named=False)

    def write_text(self, name: str, text: str) -> str:
        """Write the new file *name* and return its path."""
        return self.files.write_text(name, text)

    def exists(self, name: str) -> bool:
        """Return whether the file or folder exists."""
        return self.files.exists(name)


@frozen
class HelpTopics:
    """The help topics, read on first use to keep start-up fast."""

    config: Configuration

    def topics(self) -> Sequence[tuple[str, str]]:
        """Return name and summary of each topic."""
        from chatcli.help.tables import all_topics

        return [(topic.name, topic.summary) for topic in all_topics(self.config.settings.bindings)]

    def text(self, name: str) -> str | None:
        """Return a topic as Markdown, None if there is no such topic."""
        from chatcli.help.tables import all_topics
        from chatcli.help.topics import find_topic

        found = find_topic(name, all_topics(self.config.settings.bindings))
        return found.text if found else None
