"""`chat`: the conversation at a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from chatcli.api.providers import PROVIDERS
from chatcli.app import App
from chatcli.commands import load_all
from chatcli.commands.desk import Desk, Place
from chatcli.commands.table import commands, find
from chatcli.errors import ConfigError
from chatcli.process import Gate, is_terminal, press_stop
from chatcli.repl import Repl
from chatcli.runs.outputs import has_colour, is_plain, output_for
from chatcli.runs.session import Line, configure, meet, place_of, session_for
from chatcli.session import Session, Turn
from chatcli.settings.endpoints import GUIDE
from chatcli.settings.paths import ensure_private_dir
from chatcli.ui.keys import Listener
from chatcli.ui.meter import Meter
from chatcli.ui.output import Output
from chatcli.ui.prompt import Prompt
from chatcli.ui.status import Bar, Fill, end_of_turn, fragments
from chatcli.ui.status import Turn as Summary


def chat(app: App) -> None:
    """Talk until the user leaves; raises Stopped when a signal ends it."""
    load_all()
    output = output_for(app, is_spaced=True)
    provider = app.provider()
    is_alone = not provider and not app.flags.base_url
    gate = Gate()
    session, line = session_for(app, GUIDE if is_alone else provider, gate=gate)
    desk = _desk(app, session, line)
    repl = Repl(
        _prompt(app, desk, output), output, desk, _listen(app, output, gate), lambda turn, m: _summary(app, turn, m)
    )
    output.note(_greeting(desk, is_alone=is_alone))
    if app.loaded.project.notice:
        output.note(app.loaded.project.notice)
    with gate.closed():
        repl.run()


def _greeting(desk: Desk, *, is_alone: bool) -> str:
    if is_alone:
        return "No model is connected, so this is the built-in guide to chat. `chat connect` connects a model."
    if desk.place.provider == GUIDE:
        return "This is the built-in guide to chat: ask how something is done. /help lists commands."
    key = f", key from {desk.place.key_source}" if desk.place.key_source else ""
    return f"{desk.session.model or 'the first model'} at {desk.place.provider}{key}. /help lists commands."


def _desk(app: App, session: Session, line: Line) -> Desk:
    def switch(provider: str | None, model: str) -> Place:
        if provider is not None and provider != line.endpoint.name:
            line.lead_to(app.endpoint(provider))
        session.model = model
        meet(session, app, line)
        desk.place = place_of(app, line.endpoint)
        return desk.place

    # What a command needs is imported when it is called: the prompt comes first.
    def topic(name: str) -> str | None:
        from chatcli.manual import topics
        from chatcli.topics.shelf import find

        found = find(name, topics())
        return found.text if found else None

    def list_topics() -> list[tuple[str, str]]:
        from chatcli.manual import topics

        return [(entry.name, entry.summary) for entry in topics()]

    def settings() -> list[tuple[str, str, str]]:
        from chatcli.settings.inspection import show

        return [(row.key, row.value, row.source) for row in show(app.resolved)]

    desk = Desk(
        session=session,
        place=place_of(app, line.endpoint),
        switch=switch,
        list_models=line.list_models,
        settings=settings,
        change=app.change,
        topic=topic,
        topics=list_topics,
        reset=lambda: configure(session, app, line),
        providers=(*PROVIDERS, *app.settings.providers, GUIDE),
        model_names=lambda: [info.name for info in line.models],
        path_exists=_exists,
        read_text=app.read_text,
    )
    return desk


def _exists(text: str) -> bool:
    try:
        return Path(text).exists()
    except OSError:  # no file has so long a name
        return False


def _prompt(app: App, desk: Desk, output: Output) -> Prompt:
    ui, gauge = app.settings.ui, _Gauge()

    def words() -> Mapping[str, str]:
        return {name: entry.summary for entry in commands() for name in (entry.name, *entry.aliases)}

    def arguments(name: str, prefix: str) -> Iterable[str]:
        entry = find(name)
        known = entry.complete(desk) if entry and entry.complete else ()
        return [word for word in known if word.startswith(prefix)]

    return Prompt(
        history_file=_history_file(app, output),
        words=words,
        arguments=arguments,
        toolbar=lambda width: fragments(_bar(desk, gauge), width, ascii_only=app.settings.ui.ascii),
        edit_mode=ui.edit_mode,
        enter=ui.enter,
        ctrl_c_exit=ui.ctrl_c_exit,
        escape_wait_s=ui.escape_wait_ms / 1000,
        plain=is_plain(app),
        colour=has_colour(app),
    )


def _history_file(app: App, output: Output) -> Path | None:
    """Return where past messages are kept, or None where nothing can be."""
    folder = app.around.where.state
    try:
        ensure_private_dir(folder)
    except ConfigError as error:
        output.note(f"{error.sentence()}. Past messages are kept for this run only")
        return None
    return folder / "history"


def _listen(app: App, output: Output, gate: Gate) -> Callable[[], Listener]:
    def listener() -> Listener:
        gate.forget()  # what was pressed at the prompt was meant for the prompt
        return Listener(
            on_stop=press_stop,
            on_fold=lambda: getattr(output, "fold", lambda: None)(),
            screen=app.world.stdout if is_terminal(app.world.stdout) and not is_plain(app) else None,
            escape_wait_s=app.settings.ui.escape_wait_ms / 1000,
        )

    return listener


class _Gauge:
    """How full the window is: looked at with every key, and counted once a turn."""

    def __init__(self) -> None:
        self._state: tuple[object, ...] = ()
        self._fill = Fill()

    def read(self, session: Session) -> Fill:
        """Return the fill; the server's own count where it has given one for just this history."""
        state = (len(session.history), session.last, session.window_tokens, session.model)
        if state != self._state:
            self._state, self._fill = state, self._counted(session)
        return self._fill

    def _counted(self, session: Session) -> Fill:
        last = session.last
        is_newest = last is not None and session.history[-2:-1] == [last.question]
        usage = last.reply.usage if last and is_newest else None
        if usage and usage.prompt_tokens:
            return Fill(usage.prompt_tokens + (usage.completion_tokens or 0), session.window_tokens)
        used = sum(map(session.counter.count, session.history))
        return Fill(used, session.window_tokens, is_estimate=used > 0)


def _bar(desk: Desk, gauge: _Gauge) -> Bar:
    return Bar(model=desk.session.model or "?", provider=desk.place.provider, fill=gauge.read(desk.session))


def _summary(app: App, turn: Turn, meter: Meter) -> str:
    usage = turn.reply.usage
    return end_of_turn(
        Summary(
            reason="stopped by you" if turn.reply.stopped else "",
            prompt_tokens=usage.prompt_tokens if usage else None,
            completion_tokens=usage.completion_tokens if usage else None,
            cost=usage.cost if usage else None,
            total_s=meter.total_s,
            first_s=meter.first_s,
        ),
        ascii_only=app.settings.ui.ascii,
    )
