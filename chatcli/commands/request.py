"""Command that shows the exact next request, or the last one."""

from __future__ import annotations

from chatcli.commands.context import CommandContext
from chatcli.commands.markdown import code, table
from chatcli.commands.table import Outcome, Say, command
from chatcli.conversation.tree import AnswerFacts
from chatcli.errors import UsageError
from chatcli.request.attachments import message_parts

GROUP = "Program"
FORMS = ("json", "curl", "python")


@command("request", "[json | curl | python | last] [TEXT]", group=GROUP, complete=lambda _context: [*FORMS, "last"])
def request_command(context: CommandContext, argument: str) -> Outcome:
    """Show the exact next request, or details of the last one.

    TEXT is its question. The key is shown as a variable. Attachments are included, and what does not fit or what the
    endpoint does not accept is left out, as in a real request.
    """
    word, _, rest = argument.partition(" ")
    if word == "last":
        return Say(_last(context))
    form, text = (word, rest.strip()) if word in FORMS else ("json", argument)
    if not context.session.binding.model:
        raise UsageError("no model is set yet", hint="/model NAME sets one; else the first question takes the first")
    parts = message_parts(text, list(context.attachments))
    requests, conversation = context.session.requests, context.conversation
    window = requests.fit(conversation.history, requests.question(parts or ""))
    return Say(context.endpoint.preview(requests.request(window), form), raw=True)


def _last(context: CommandContext) -> str:
    last = context.session.last
    if last is None:
        raise UsageError("no request has been sent in this run", hint="/request shows the next request")
    node = next((node for node in reversed(context.conversation.tree.nodes) if node.facts), None)
    facts = node.facts if node and node.facts else AnswerFacts()
    usage, started = last.reply.usage, last.reply.started
    rows: list[tuple[str, object]] = [
        ("model", code(facts.model) if facts.model else None),
        ("host", facts.host),
        ("request id", started.id or facts.request_id),
        ("ended", last.reply.status),
        ("error", last.error.what if last.error else None),
        ("messages sent", len(last.window.messages)),
        ("turns left out", len(last.window.left_out) or None),
        ("tokens in", usage.prompt_tokens if usage else None),
        ("tokens out", usage.completion_tokens if usage else None),
        ("fingerprint", started.fingerprint),
        ("service tier", started.service_tier),
        ("first token", f"{facts.first_s:.2f} s" if facts.first_s is not None else None),
        ("took", f"{facts.took_s:.2f} s" if facts.took_s is not None else None),
    ]
    return table(("last request", ""), [(name, str(told)) for name, told in rows if told not in (None, "")])
