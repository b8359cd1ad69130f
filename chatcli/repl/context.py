"""The ports of slash commands, opened to the run that they are typed in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chatcli.app.attachment_loader import AttachmentLoader, attachment_loader_for
from chatcli.app.clipboard import SystemClipboard
from chatcli.app.configuration import Configuration
from chatcli.app.endpoint_client import EndpointClient, fan_out_to
from chatcli.app.endpoints import Endpoints
from chatcli.app.mention_loader import MentionLoader
from chatcli.app.model_binder import ModelBinder
from chatcli.app.running_chat import RunningChat
from chatcli.app.user_files import UserFiles
from chatcli.commands.context import CommandContext
from chatcli.commands.ports import EndpointInfo
from chatcli.conversation.messages import Message, Request
from chatcli.conversation.model_info import ModelInfo
from chatcli.conversation.ports import Client
from chatcli.conversation.session import Session
from chatcli.providers.endpoint import GUIDE_URL
from chatcli.providers.table import PROVIDERS
from chatcli.records import frozen, replace
from chatcli.request.attachments import Attachment
from chatcli.settings.endpoints import GUIDE
from chatcli.text.draft import Draft


def command_context_for(endpoints: Endpoints, chat: RunningChat) -> CommandContext:
    """Return the context of the commands that are typed into *chat*; nothing is asked of its endpoint yet."""
    config, session, client, binder = endpoints.config, chat.session, chat.client, chat.binder
    return CommandContext(
        session=session,
        endpoint=EndpointControls(endpoints, session, client, binder),
        settings=SettingsControls(config, binder),
        chats=chat.chats,
        files=NamedFiles(config.files, attachment_loader_for(config, session, client)),
        clipboard=SystemClipboard(config.environment, endpoints.redact),
        help=HelpTopics(),
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
        """What may be shown of it."""
        from chatcli.api.http.proxy import proxy_for
        from chatcli.providers.table import limits_of

        endpoint = self.client.endpoint
        proxy = proxy_for(endpoint.base_url, self.endpoints.config.environment.environ)
        return EndpointInfo(
            endpoint.name,
            "built in, offline" if endpoint.base_url == GUIDE_URL else endpoint.base_url,
            endpoint.key_source,
            limits_of(endpoint.row),
            f"{proxy.shown} (from {proxy.variable})" if proxy else None,
        )

    @property
    def providers(self) -> Sequence[str]:
        """The names of all providers there are."""
        return (*PROVIDERS, *self.endpoints.config.settings.providers, GUIDE)

    def use_model(self, provider: str | None, model: str) -> None:
        """Use *model* from the next turn on, of another provider where one is named."""
        self.binder.use_model(provider, model)

    def list_models(self) -> Sequence[ModelInfo]:
        """Return the models that the endpoint lists, with what is known of them."""
        directory = self.client.directory
        return [directory.known(info.name) for info in directory.models()]

    def model_names(self) -> Sequence[str]:
        """Return the names of models that are known without asking anybody."""
        return [info.name for info in self.client.directory.cached()]

    def count_exactly(self, messages: Sequence[Message]) -> int | None:
        """Ask the endpoint how many tokens *messages* have; None where it does not count."""
        return self.client.count(self.session.binding.model, messages)

    def preview(self, request: Request, form: Any) -> str:
        """Return *request* as json, curl or python."""
        return self.client.preview(request, form)

    def fan_out(self, models: Sequence[str]) -> Client:
        """Return the client that asks several models at once."""
        return fan_out_to(self.endpoints, self.client, models, providers=self.providers)


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
        """Set one setting for this run; how things look is asked for whenever they are shown."""
        self.config.change(key, text)
        if not key.startswith("ui."):
            self.binder.refresh()

    def reset(self) -> None:
        """Put model, system prompt and parameters back to what is configured."""
        self.binder.reset()

    def templates(self) -> Sequence[tuple[str, str, str]]:
        """Return name, origin and purpose of each template."""
        from chatcli.app.templates import describe_templates

        return describe_templates(self.config.settings)

    def use_template(self, name: str) -> str:
        """Go by a template from the next turn on, and return the draft of its question."""
        from chatcli.app.templates import find_template

        template = find_template(self.config.settings, name)
        self.config.flags = replace(self.config.flags, template=name)
        self.config.reload()
        self.binder.use_template(template)
        return self.config.filler.draft(template)


@frozen
class NamedFiles:
    """The files that the user names, and what they become as attachments."""

    files: UserFiles
    loader: AttachmentLoader

    def file(self, name: str) -> list[Attachment]:
        """Return what the file or folder *name* becomes."""
        return self.loader.file(name)

    def image(self, name: str, detail: str | None = None) -> list[Attachment]:
        """Return what the picture *name*, a path or an address, becomes."""
        return self.loader.image(name, detail)

    def data(self, data: bytes, name: str) -> Attachment:
        """Return what *data* becomes."""
        return self.loader.data(data, name)

    def load_mentions(self, draft: Draft) -> list[Attachment]:
        """Return the files that *draft* names with `@`."""
        return MentionLoader(self.loader).load(draft)

    def read_text(self, name: str) -> str:
        """Return the text of the file *name*."""
        return self.files.read_text(name, is_named=False)

    def write_text(self, name: str, text: str) -> str:
        """Write the new file *name* and return its path."""
        return self.files.write_text(name, text)

    def exists(self, name: str) -> bool:
        """Tell whether there is such a file or folder."""
        return self.files.exists(name)


class HelpTopics:
    """The help topics; they are read when one is asked for, because the prompt comes first."""

    def topics(self) -> Sequence[tuple[str, str]]:
        """Return name and summary of each topic."""
        from chatcli.help.tables import all_topics

        return [(topic.name, topic.summary) for topic in all_topics()]

    def text(self, name: str) -> str | None:
        """Return a topic as Markdown, None where there is none of that name."""
        from chatcli.help.tables import all_topics
        from chatcli.help.topics import find_topic

        found = find_topic(name, all_topics())
        return found.text if found else None
