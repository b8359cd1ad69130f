"""Commands about the context window: preview, pin, exclude, compact, count."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from chatcli.commands.attach import drop_attachments
from chatcli.commands.context import CommandContext
from chatcli.commands.markdown import table
from chatcli.commands.numbers import turn_number
from chatcli.commands.table import Compact, Outcome, Pick, Say, command, each
from chatcli.conversation.messages import Message, text_message
from chatcli.conversation.overflow import format_ranges
from chatcli.conversation.sendable import sendable
from chatcli.conversation.session import Session
from chatcli.conversation.window import split_turns
from chatcli.conversation.window_fill import window_fill
from chatcli.errors import ContextTooLongError, UsageError
from chatcli.input.choices import ChoiceList, ChoiceRow
from chatcli.language import N_, _, ngettext
from chatcli.text.phrases import one_line, shorten
from chatcli.text.units import format_number, format_tokens
from chatcli.usage.vocabularies import known_encoding_name

GROUP = "Context window"
_SENT, _PINNED, _DROPPED = N_("sent"), N_("pinned"), N_("dropped")
_SUMMARIZED, _LEFT_OUT = N_("in the summary"), N_("left out")
_GLANCE = 40  # characters of a question, enough to recognise it


@command("context", group=GROUP)
def context_command(context: CommandContext, _argument: str) -> Outcome:
    """Preview what the next request sends, turn by turn."""
    session = context.session
    states = _states(session)
    sizes = [_tokens(session, turn) for turn in split_turns(session.conversation.history)]
    share = _share_of_total(session, sizes, states)
    sizes = [round(size * share) for size in sizes]
    rows = _system_row(session, share)
    for first, last, state in _runs(states):
        label = str(first) if first == last else f"{first}-{last}"
        glance = _glance(session.conversation.questions[first - 1].message.typed) if first == last else ""
        rows.append((label, format_tokens(sum(sizes[first - 1 : last])), _(state), glance))
    waiting = []
    for number, one in context.attachments.numbered:
        waiting.append(_tokens(session, [Message("user", one.parts)]))
        rows.append((f"a{number}", format_tokens(waiting[-1]), _("attached"), one.name))
    listed = table((N_("turn"), N_("tokens"), N_("state"), N_("text")), rows, numbers=["tokens"])
    return Say(f"{listed}\n\n{_total(session, sum(waiting))}")


@command("pin", "[T…]", group=GROUP, complete=each(lambda context: _numbers(context)))
def pin_command(context: CommandContext, argument: str) -> Outcome:
    """Always send turn T (or T-T); without T, choose from a list.

    Pinning a dropped turn includes it again. In the list, pinned turns are marked; choosing one unpins it.
    """
    if not argument:
        return _pick_turn(context, _("Pin which turn?"), lambda number: _pin_or_unpin(context, number))
    ids, numbers = _named(context.session, argument)
    context.conversation.pinned |= ids
    context.conversation.dropped -= ids
    return Say(_("Pinned: turn {turns}.", turns=format_ranges(numbers)))


@command("unpin", "[T…]", group=GROUP, aliases=("undrop",), complete=each(lambda context: _numbers(context)))
def unpin_command(context: CommandContext, argument: str) -> Outcome:
    """Unpin turn T, or include it again; without T, unpin all turns.

    A turn that `/drop` excluded is included again only by its number.
    """
    conversation = context.conversation
    ids = _named(context.session, argument)[0] if argument else set(conversation.pinned)
    pinned, dropped = len(ids & conversation.pinned), len(ids & conversation.dropped)
    conversation.pinned -= ids
    conversation.dropped -= ids
    told = [
        *([ngettext("Unpinned {count} turn.", "Unpinned {count} turns.", pinned)] if pinned else []),
        *([ngettext("Included {count} turn again.", "Included {count} turns again.", dropped)] if dropped else []),
    ]
    return Say(" ".join(told) or _("No such turn is pinned or excluded."))


def _pin_or_unpin(context: CommandContext, number: str) -> Outcome:
    question = context.conversation.questions[int(number) - 1]
    is_pinned = question.id in context.conversation.pinned
    return (unpin_command if is_pinned else pin_command)(context, number)


@command(
    "drop",
    "[T… | aN…]",
    group=GROUP,
    complete=each(
        lambda context: [*_numbers(context), *(f"a{number}" for number, _ignored in context.attachments.numbered)]
    ),
)
def drop_command(context: CommandContext, argument: str) -> Outcome:
    """Exclude turn T from requests, or remove attachment aN.

    T may be a range, such as 2-5; without an argument, choose a turn from a list.
    The turn stays in the chat, and `/pin T` includes it again. `/attach` lists the attachments of the next message.
    """
    if not argument:
        return _pick_turn(context, _("Exclude which turn?"), lambda number: drop_command(context, number))
    if argument.startswith("a"):
        return drop_attachments(context, argument)
    ids, numbers = _named(context.session, argument)
    context.conversation.dropped |= ids
    context.conversation.pinned -= ids
    return Say(_("Excluded: turn {turns}.", turns=format_ranges(numbers)))


@command("compact", "[INSTRUCTIONS]", group=GROUP, aliases=("compress",))
def compact_command(_context: CommandContext, argument: str) -> Outcome:
    """Summarise the chat, and send the summary instead of its turns.

    The turns stay in the chat; `/undo` right afterwards reverts it. Pinned turns are still sent.
    """
    return Compact(argument)


@command("tokens", "[--exact] [TEXT | @FILE]", group=GROUP)
def tokens_command(context: CommandContext, argument: str) -> Outcome:
    """Count the tokens of the chat, a text or a file.

    Counts are exact for OpenAI models and estimates for others, marked with `~`. `--exact` asks the server, if it is
    one that counts: llama.cpp, vLLM or Moonshot.
    """
    word, _separator, rest = argument.partition(" ")
    is_exact = word == "--exact"
    argument = rest.strip() if is_exact else argument
    if not argument:
        return Say(_chat_exactly(context) if is_exact else _chat_nearly(context))
    is_file = argument.startswith("@") and not argument.startswith("@@")
    text = context.files.read_text(argument[1:]) if is_file else argument.removeprefix("@")
    count, mark = _count_for(context, is_exact=is_exact)
    size = round(count(text_message("user", text)) - count(text_message("user", "")))
    tokens, characters = f"{mark}{format_number(size)}", format_number(len(text))
    return Say(_("{tokens} tokens, {characters} characters.", tokens=tokens, characters=characters))


def _count_for(context: CommandContext, *, is_exact: bool) -> tuple[Callable[[Message], float], str]:
    """Return what counts a text, and the mark of an estimate where it is one."""
    if is_exact:
        return lambda message: _exactly(context, [message]), ""
    binding = context.session.binding
    if known_encoding_name(binding.model):
        return binding.budget.counter.count, ""
    return binding.budget.count, "~"


def _chat_nearly(context: CommandContext) -> str:
    fill = window_fill(context.session)
    tokens = f"{fill.estimate_mark}{format_tokens(fill.used_tokens or 0)}"
    return ngettext(
        "{tokens} tokens in {count} turn; /context shows each.",
        "{tokens} tokens in {count} turns; /context shows each.",
        context.conversation.question_count,
        tokens=tokens,
    )


def _chat_exactly(context: CommandContext) -> str:
    messages = sendable(context.session.requests.preview().messages[:-1])
    if not messages:
        raise UsageError(_("nothing to count yet"), hint=_("/tokens --exact TEXT counts a text"))
    tokens = format_number(_exactly(context, messages))
    return _("{tokens} tokens in the next request, as counted by the server.", tokens=tokens)


def _exactly(context: CommandContext, messages: Sequence[Message]) -> int:
    size = context.endpoint.count_exactly(messages)
    if size is None:
        what = _("{provider} does not count tokens", provider=context.endpoint.info.provider)
        raise UsageError(what, hint=_("/tokens without --exact estimates locally"))
    return size


def _states(session: Session) -> list[str]:
    """Return the state of each turn: sent, or why not."""
    numbers = range(1, session.conversation.question_count + 1)
    try:
        left_out = set(session.requests.preview().left_out)
    except ContextTooLongError:
        left_out = set(numbers)
    states = []
    for number, question in zip(numbers, session.conversation.questions, strict=True):
        if question.id in session.conversation.pinned:
            states.append(_PINNED)
        elif number <= session.conversation.summarized_turns:
            states.append(_SUMMARIZED)
        elif question.id in session.conversation.dropped:
            states.append(_DROPPED)
        else:
            states.append(_LEFT_OUT if number in left_out else _SENT)
    return states


def _runs(states: Sequence[str]) -> Iterable[tuple[int, int, str]]:
    """Yield first turn, last turn and state of runs of turns with the same state; the last turn is separate."""
    first = 1
    for number, state in enumerate(states, 1):
        if number == len(states) or states[number] != state or number == len(states) - 1:
            yield first, number, state
            first = number + 1


def _system_row(session: Session, share: float) -> list[tuple[str, str, str, str]]:
    message = session.conversation.instructions
    if message is None:
        return []
    return [("sys", format_tokens(round(_tokens(session, [message]) * share)), _(_SENT), _glance(message.text))]


def _share_of_total(session: Session, sizes: Sequence[int], states: Sequence[str]) -> float:
    """Return what our counts are multiplied with, so that those of all that was sent make the total of the server."""
    fill, instructions = window_fill(session), session.conversation.instructions
    ours = _tokens(session, [instructions] if instructions else [])
    ours += sum(size for size, state in zip(sizes, states, strict=True) if state in (_SENT, _PINNED))
    return fill.used_tokens / ours if fill.used_tokens and ours and not fill.is_estimate else 1.0


def _total(session: Session, attached: int) -> str:
    """Describe the tokens of the next request before its question: those of turns that are sent, and *attached*."""
    fill = window_fill(session)
    used = (fill.used_tokens or 0) + attached
    total = f"{'~' if fill.is_estimate or attached else ''}{format_tokens(used)}"
    budget = session.binding.budget.message_tokens(session.conversation.options)
    if session.binding.budget.window_tokens is None or budget is None:
        return _("Total {total} tokens; context window unknown, nothing is trimmed.", total=total)
    reserved = session.binding.budget.window_tokens - budget
    window, kept = format_tokens(session.binding.budget.window_tokens), format_tokens(reserved)
    return _("Total {total} of {window} tokens, {kept} reserved for the answer.", total=total, window=window, kept=kept)


def _tokens(session: Session, messages: Iterable[Message]) -> int:
    return round(sum(map(session.binding.budget.count, messages)))


def _named(session: Session, argument: str) -> tuple[set[int], list[int]]:
    """Return the ids and numbers of the questions that *argument* names."""
    questions = session.conversation.questions
    if not questions:
        raise UsageError(_("there are no turns yet"), hint=_("ask something first"))
    numbers: set[int] = set()
    for word in argument.replace(",", " ").split():
        first, dash, last = word.partition("-") if not word.startswith("-") else (word, "", "")
        start = turn_number(first, len(questions))
        numbers |= set(range(start, (turn_number(last, len(questions)) if dash else start) + 1))
    return {questions[number - 1].id for number in numbers}, sorted(numbers)


def _pick_turn(context: CommandContext, title: str, then: Callable[[str], Outcome]) -> Outcome:
    """Let the user choose a turn, the newest first, each with what becomes of it."""
    questions, states = context.conversation.questions, _states(context.session)
    if not questions:
        return Say(_("The chat has no turns yet."))
    rows = [
        ChoiceRow(str(number), f"{number}  {_glance(question.message.typed)}", "" if state == _SENT else _(state))
        for number, (question, state) in enumerate(zip(questions, states, strict=True), 1)
    ]
    return Pick(ChoiceList(title, rows[::-1]), then)


def _numbers(context: CommandContext) -> list[str]:
    return [str(number) for number in range(1, context.conversation.question_count + 1)]


def _glance(text: str) -> str:
    return shorten(one_line(text), _GLANCE)
