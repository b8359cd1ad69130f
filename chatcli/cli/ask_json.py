"""`chat ask --json`: the same question, told in events."""

from __future__ import annotations

from collections.abc import Sequence

from chatcli.app.app import App
from chatcli.app.chats import Chats
from chatcli.cli.one_shot import OneShotAnswer, ask_once, models_at_once, report_end
from chatcli.conversation.session import Session
from chatcli.errors import (
    SIGINT,
    ChatError,
    FilteredAnswerError,
    IncompleteAnswerError,
    LengthLimitError,
    Stopped,
)
from chatcli.output.json_lines import JsonOutput, usage_fields
from chatcli.output.plain import Notes, PlainOutput
from chatcli.process.streams import is_terminal


class EventOutput(JsonOutput):
    """Begins with what is asked of whom, once that is known; *answers* is how many models answer at once."""

    answers = 0

    def started(self, session: Session, chats: Chats) -> None:
        """Write the first line."""
        self.begin(
            session=chats.id,
            turn=len(session.questions) + 1,
            provider=session.provider,
            model=session.model or None,
            n=self.answers or session.answers,
        )


def ask_in_events(app: App, words: Sequence[str]) -> None:
    """Answer the question in events on stdout; raises ChatError unless the answer is complete."""
    stdout = app.environment.stdout
    notes = Notes(app.environment.stderr, app.redact, is_quiet=app.flags.quiet, is_verbose=app.flags.verbose)
    output = EventOutput(PlainOutput(stdout, notes, is_terminal=is_terminal(stdout)).write, notes)
    output.answers = models_at_once(app)
    is_saved = False
    try:
        answered = ask_once(app, words, output)
        is_saved = app.settings.defaults.log and not answered.unsaved
        _tell(answered, output, is_saved=is_saved)
        report_end(answered, output)
    except KeyboardInterrupt:
        output.break_off(Stopped(SIGINT), status="cancelled", saved=is_saved)
        raise
    except Stopped as stopped:
        output.break_off(stopped, status="cancelled", saved=is_saved)
        raise
    except ChatError as error:
        output.break_off(error, status="failed", saved=is_saved)
        raise
    except Exception as error:
        output.break_off(ChatError(f"a bug in chat: {error}"), status="failed", saved=is_saved)
        raise


def _tell(answered: OneShotAnswer, output: EventOutput, *, is_saved: bool) -> None:
    """Write how the turn ended; a turn that failed is told of by the error it raises."""
    turn, error = answered.turn, answered.error
    if turn.reply.stopped:
        return
    if error and not isinstance(error, LengthLimitError | FilteredAnswerError):
        is_partial = isinstance(error, IncompleteAnswerError) or bool(turn.reply.text)
        output.break_off(error, status="incomplete" if is_partial else "failed", saved=is_saved)
        return
    finish, meter = turn.reply.choice.finish, answered.meter
    failed = error or answered.unsaved
    output.finish(
        turn.reply,
        usage_fields(turn.reply.usage, _guessed(answered)),
        status=turn.reply.status,
        finish_reason=finish.raw if finish else None,
        exit_code=failed.exit_code if failed else 0,
        saved=is_saved,
        ttft_ms=None if meter.first_s is None else round(meter.first_s * 1000),
        ms=round(meter.total_s * 1000),
    )


def _guessed(answered: OneShotAnswer) -> tuple[int, int]:
    measure, turn = answered.session.budget, answered.turn
    prompt = sum(map(measure.guess, turn.window.messages))
    return round(prompt), round(measure.guess(turn.reply.message()))
