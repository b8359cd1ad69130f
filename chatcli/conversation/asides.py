"""Asks beside a conversation: what the user asks is stored as a side branch that no request ever holds."""

from __future__ import annotations

from collections.abc import Sequence

from chatcli.conversation.answers import EMPTY_ANSWER
from chatcli.conversation.messages import Listener, Message, Part, text_message
from chatcli.conversation.outcome import ending_error
from chatcli.conversation.reply import Reply
from chatcli.conversation.sending import Attempt
from chatcli.conversation.session import Session
from chatcli.conversation.settling import settle_answers
from chatcli.conversation.stopwatch import Stopwatch
from chatcli.conversation.tree import Node
from chatcli.conversation.turn import Turn
from chatcli.conversation.window import Room, split_turns
from chatcli.errors import ContextTooLongError, Stopped
from chatcli.records import replace


def ask_aside(session: Session, text: str, show: Listener, history: Sequence[Message] | None = None) -> Reply:
    """Ask something about the conversation, or about *history*, without storing it.

    A *history* is sent whole. Raises ChatError if that fails.
    """
    if not session.learn():
        return Reply(stopped=True)
    room = None if history is None else Room()
    asked = text_message("user", text)
    turns = session.conversation.turns if history is None else split_turns(history)
    window = session.requests.fit(turns, asked, room)
    done = session.send_aside(window, (show,))
    if done.error:
        raise done.error
    return done.reply


def ask_beside(session: Session, parts: Sequence[Part] | str, show: Listener) -> Turn | None:
    """Ask *parts* beside the conversation, which stays as it is; None if the user stops it before it is sent.

    Raises ContextTooLongError, before anything is stored, if the question cannot fit, and Stopped if a signal ends the
    program, after saving the answer so far.
    """
    if not session.learn():
        return None
    tree, asked = session.conversation.tree, session.requests.question(parts)
    session.requests.fit(session.conversation.turns, asked)
    question = _asked_before(session, asked) or tree.add_aside(asked)
    pending = tree.add(replace(EMPTY_ANSWER, status="streaming"), parent=question.id)
    session.journal.begin(question, pending, session.state)
    stopwatch = Stopwatch(session.now(), session.clock)
    done = _send(session, asked, (stopwatch.hear, session.journal.append, show))
    stopwatch.stop()
    return _finish(session, question, pending, done, stopwatch)


def _asked_before(session: Session, asked: Message) -> Node | None:
    """Return the same question, asked here without an answer."""
    conversation, tree = session.conversation, session.conversation.tree
    lost = (node for node in tree.children(tree.head) if node.id in tree.asides and not conversation.has_answer(node))
    return next((node for node in lost if node.message == asked), None)


def _send(session: Session, asked: Message, listeners: Sequence[Listener]) -> Attempt:
    """Send the question, and once more with less if the server rejects it as too long."""
    window = session.requests.fit(session.conversation.turns, asked)
    done = session.send_aside(window, listeners)
    if not (isinstance(done.error, ContextTooLongError) and done.reply.is_empty):
        return done
    try:
        shorter = session.requests.fit(session.conversation.turns, asked)
    except ContextTooLongError:
        return done
    return session.send_aside(shorter, listeners) if len(shorter.messages) < len(window.messages) else done


def _finish(session: Session, question: Node, pending: Node, done: Attempt, stopwatch: Stopwatch) -> Turn:
    conversation, binding = session.conversation, session.binding
    answers = settle_answers(conversation.tree, pending, done, None, stopwatch, binding)
    session.journal.finish(answers, session.state)
    if isinstance(done.error, Stopped):
        raise done.error
    error = ending_error(done.reply, done.error, conversation.options, window_tokens=binding.budget.window_tokens)
    reply = done.reply
    return Turn(question.message, reply, done.window, stopwatch, error, usage=reply.usage, is_stopped=reply.stopped)
