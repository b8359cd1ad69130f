"""`chat ask --json`: the answer as JSON Lines events."""

from __future__ import annotations

from collections.abc import Sequence

from chatcli.app.running_chat import RunningChat
from chatcli.cli.one_shot import OneShotAnswer, ask_once, models_at_once, report_end
from chatcli.cli.run import Run
from chatcli.conversation.turn_tokens import turn_tokens
from chatcli.errors import (
    SIGINT,
    ChatError,
    FilteredAnswerError,
    IncompleteAnswerError,
    LengthLimitError,
    Stopped,
)
from chatcli.language import _
from chatcli.output.json_lines import JsonOutput, usage_fields
from chatcli.output.plain import PlainOutput
from chatcli.process.streams import is_terminal


def ask_in_events(run: Run, words: Sequence[str]) -> None:
    """Answer the question with events on stdout; raises ChatError unless the answer is complete."""
    stdout, notes = run.environment.stdout, run.notes()
    stream = PlainOutput(stdout, notes, is_terminal=is_terminal(stdout))
    output = JsonOutput(stream.write, notes, run.endpoints.redactor)
    is_saved = False
    try:
        answered = ask_once(run, words, output, on_start=lambda chat: _begin(run, chat, output))
        is_saved = run.config.settings.defaults.log and not answered.unsaved
        _end(answered, output, is_saved=is_saved)
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
        output.break_off(ChatError(_("a bug in chat: {error}", error=error)), status="failed", saved=is_saved)
        raise


def _begin(run: Run, chat: RunningChat, output: JsonOutput) -> None:
    """Write the `start` event, once model and session are known."""
    session = chat.session
    output.begin(
        session=chat.chats.id,
        turn=session.conversation.question_count + 1,
        provider=session.binding.provider,
        model=session.binding.model or None,
        n=models_at_once(run) or session.conversation.answers_wanted,
    )


def _end(answered: OneShotAnswer, output: JsonOutput, *, is_saved: bool) -> None:
    """Write the `done` event; a failed turn is reported by the error it raises."""
    turn, error = answered.turn, answered.error
    is_broken_off = turn.is_stopped or (error and not isinstance(error, LengthLimitError | FilteredAnswerError))
    if is_broken_off and turn.usage:
        output.count(usage_fields(turn.usage, turn_tokens(turn, answered.session.binding.budget)))
    if turn.is_stopped:
        return
    if is_broken_off and error:
        is_partial = isinstance(error, IncompleteAnswerError) or bool(turn.reply.text)
        output.break_off(error, status="incomplete" if is_partial else "failed", saved=is_saved)
        return
    finish, stopwatch = turn.reply.choice.finish, turn.stopwatch
    failed = error or answered.unsaved
    output.finish(
        turn.reply,
        usage_fields(turn.usage, turn_tokens(turn, answered.session.binding.budget)),
        status=turn.reply.status,
        finish_reason=finish.raw if finish else None,
        exit_code=failed.exit_code if failed else 0,
        saved=is_saved,
        ttft_ms=None if stopwatch.first_s is None else round(stopwatch.first_s * 1000),
        ms=round((stopwatch.total_s or 0) * 1000),
    )
