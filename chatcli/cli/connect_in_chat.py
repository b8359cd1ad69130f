"""`/connect`: the guided set-up within a conversation, which continues with the model."""

from __future__ import annotations

from collections.abc import Sequence

from chatcli.app.running_chat import RunningChat
from chatcli.cli.connect import set_up
from chatcli.cli.run import Run
from chatcli.errors import SIGINT, Stopped
from chatcli.input.choices import ChoiceList, ChoiceRow
from chatcli.input.interview import Interview
from chatcli.language import _
from chatcli.output.plain import Output
from chatcli.process.signals import InterruptGate
from chatcli.repl.ports import PickerPort
from chatcli.terminal.tty import echoing


def connect_in_chat(
    run: Run, chat: RunningChat, provider: str, *, output: Output, picker: PickerPort, interrupts: InterruptGate
) -> None:
    """Set up a model as `chat connect` does, and use it from the next question on; raises ChatError."""

    def pick(question: str, rows: Sequence[str], current: int) -> int | None:
        choices = [ChoiceRow(str(place), row) for place, row in enumerate(rows)]
        key = picker.pick(ChoiceList(question, choices, current=str(current)))
        return None if key is None else int(key)

    stdin, stdout = run.environment.stdin, run.environment.stdout
    interview = Interview(stdin, stdout, reading=lambda: echoing(stdin), pick=pick)
    interrupts.forget()
    try:
        with interrupts.allow():
            path, name, model = set_up(run, provider, interview)
    except (KeyboardInterrupt, Stopped) as stop:
        if isinstance(stop, Stopped) and stop.exit_code != 128 + SIGINT:
            raise
        output.note(_("Nothing changed."))
        return
    run.config.reload()
    chat.binder.connect(name, model)
    output.note(
        _(
            "Saved to {path}. {model} at {provider} answers from the next question on.",
            path=path,
            model=model,
            provider=name,
        )
    )
