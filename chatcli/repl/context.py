"""What commands may lay hands on, introduced to the run that they are typed in."""

from __future__ import annotations

from pathlib import Path

from chatcli.app.app import App
from chatcli.app.attachment_loader import attachment_loader_for
from chatcli.app.binding import EndpointClient, adapt, configure, endpoint_info, examples_of, fan_out_to, follow, meet
from chatcli.app.chats import Chats
from chatcli.app.clipboard import clipboard_for
from chatcli.commands.context import CommandContext, EndpointInfo
from chatcli.conversation.session import Session
from chatcli.providers.table import PROVIDERS
from chatcli.records import replace
from chatcli.settings.endpoints import GUIDE


def command_context_for(app: App, session: Session, line: EndpointClient, chats: Chats) -> CommandContext:
    """Return the desk of a conversation; nothing is asked of its endpoint yet."""
    switches = _Switches(app, session, line)
    context = CommandContext(
        session=session,
        endpoint=endpoint_info(app, line.endpoint),
        switch=switches.switch,
        list_models=lambda: [line.directory.known(info.name) for info in line.directory.models()],
        settings=lambda: _settings(app),
        change_setting=switches.change,
        topic=_topic,
        topics=_topics,
        reset=switches.reset,
        begin_chat=chats.begin,
        chats=chats,
        apply_stored_settings=switches.go_by_chat,
        providers=(*PROVIDERS, *app.settings.providers, GUIDE),
        model_names=lambda: [info.name for info in line.directory.cached()],
        path_exists=_exists,
        read_text=lambda name: app.read_text(name, is_named=False),
        write_text=app.write_text,
        files=attachment_loader_for(app, session, line),
        clipboard=clipboard_for(app),
        preview=line.preview,
        templates=lambda: _templates(app),
        use_template=switches.use_template,
        fan_out=lambda names: fan_out_to(app, line, names, providers=context.providers),
        count_exactly=lambda messages: line.count(session.model, messages),
    )
    switches.context = context
    return context


class _Switches:
    """Ways to change where questions go and what is set for them; *context* learns the endpoint after each."""

    context: CommandContext  # which has these ways, and so is there only after them

    def __init__(self, app: App, session: Session, line: EndpointClient) -> None:
        self._app = app
        self._session = session
        self._line = line

    def switch(self, provider: str | None, model: str) -> EndpointInfo:
        """Use *model*, of another provider where one is named."""
        if provider is not None and provider != self._line.endpoint.name:
            self._line.switch_to(self._app.endpoint(provider))
        self._session.model = model
        meet(self._session, self._line)
        return self._moved()

    def go_by_chat(self) -> None:
        """Go by what the chat that was opened says of its model."""
        adapt(self._session, self._app, self._line)
        self._moved()

    def reset(self) -> None:
        """Go back to what is configured; `/model` may have led elsewhere."""
        self._line.switch_to(self._app.endpoint(provider_to_talk_to(self._app)))
        configure(self._session, self._app, self._line)
        self._moved()

    def change(self, key: str, text: str) -> None:
        """Change one setting for this run; how things look is asked for whenever they are shown."""
        self._app.change(key, text)
        if not key.startswith("ui."):
            follow(self._session, self._app, self._line)
            self._moved()

    def use_template(self, name: str) -> str:
        """Go on by a template, and return the draft of its question."""
        from chatcli.app.templates import find_template
        from chatcli.request.parameters import check_parameter

        app, session = self._app, self._session
        template = find_template(app.settings, name)
        app.flags = replace(app.flags, template=name)
        app.forget()
        if template.provider and template.provider != self._line.endpoint.name:
            self._line.switch_to(app.endpoint(template.provider))
            session.model = app.model(self._line.endpoint)  # what was talked to is not known there
        session.model = template.model or session.model
        session.system = app.system() if template.system else session.system
        session.options |= {key: check_parameter(key, value) for key, value in template.params.items()}
        session.examples = examples_of(template)
        meet(session, self._line)
        self._moved()
        return app.filler.draft(template)

    def _moved(self) -> EndpointInfo:
        self.context.endpoint = endpoint_info(self._app, self._line.endpoint)
        return self.context.endpoint


def provider_to_talk_to(app: App) -> str:
    """Return the provider to talk to; where there is none, the guide."""
    provider = app.provider()
    return provider if provider or app.flags.base_url else GUIDE


# What a command needs is imported when it is called: the prompt comes first.
def _topic(name: str) -> str | None:
    from chatcli.help.tables import all_topics
    from chatcli.help.topics import find_topic

    found = find_topic(name, all_topics())
    return found.text if found else None


def _topics() -> list[tuple[str, str]]:
    from chatcli.help.tables import all_topics

    return [(entry.name, entry.summary) for entry in all_topics()]


def _templates(app: App) -> list[tuple[str, str, str]]:
    from chatcli.app.templates import describe_templates

    return describe_templates(app.settings)


def _settings(app: App) -> list[tuple[str, str, str]]:
    from chatcli.settings.inspection import list_settings

    return [(row.key, row.value, row.source) for row in list_settings(app.resolved)]


def _exists(text: str) -> bool:
    try:
        return Path(text).exists()
    except (OSError, ValueError):  # no file has such a name
        return False
