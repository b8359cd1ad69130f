"""Command that shows the exact next request, or the last one."""

from __future__ import annotations

from chatcli.commands.context import CommandContext
from chatcli.commands.markdown import code, table
from chatcli.commands.table import Outcome, Say, command
from chatcli.conversation.tree import AnswerFacts
from chatcli.errors import UsageError
from chatcli.language import N_, _
from chatcli.request.attachments import message_parts

GROUP = "Program"
FORMS = ("json", "curl", "python")


@command("request", "[json | curl | python | last] [TEXT]", group=GROUP, complete=lambda _context: [*FORMS, "last"])
def request_command(context: CommandContext, argument: str) -> Outcome:
    """Show the exact next request, or details of the last one.

    TEXT is its question. The key is shown as a variable. Attachments are included, and what does not fit or what the
    endpoint does not accept is left out, as in a real request.
    """
    word, _separator, rest = argument.partition(" ")
    if word == "last":
        return Say(_last(context))
    form, text = (word, rest.strip()) if word in FORMS else ("json", argument)
    if not context.session.binding.model:
        hint = _("/model NAME sets one; else the first question takes the first")
        raise UsageError(_("no model is set yet"), hint=hint)
    parts = message_parts(text, list(context.attachments))
    requests, conversation = context.session.requests, context.conversation
    window = requests.fit(conversation.turns, requests.question(parts or ""))
    return Say(context.endpoint.preview(requests.request(window), form), raw=True)


def _seconds(duration_s: float) -> str:
    return _("{seconds} s", seconds=format(duration_s, ".2f"))


def _last(context: CommandContext) -> str:
    last = context.session.last
    if last is None:
        raise UsageError(_("no request has been sent in this run"), hint=_("/request shows the next request"))
    tree = context.conversation.tree
    node = next((node for id in reversed(tree.outline.parents) if (node := tree[id]).facts), None)
    facts = node.facts if node and node.facts else AnswerFacts()
    usage, started = last.reply.usage, last.reply.started
    rows: list[tuple[str, object]] = [
        (_("model"), code(facts.model) if facts.model else None),
        (_("host"), facts.host),
        (_("request id"), started.id or facts.request_id),
        (_("ended"), _("complete") if last.reply.status == "complete" else _(last.reply.status)),
        (_("error"), last.error.what if last.error else None),
        (_("messages sent"), len(last.window.messages)),
        (_("turns left out"), len(last.window.left_out) or None),
        (_("tokens in"), usage.prompt_tokens if usage else None),
        (_("tokens out"), usage.completion_tokens if usage else None),
        (_("fingerprint"), started.fingerprint),
        (_("service tier"), started.service_tier),
        (_("first token"), _seconds(facts.first_s) if facts.first_s is not None else None),
        (_("took"), _seconds(facts.took_s) if facts.took_s is not None else None),
    ]
    return table((N_("last request"), ""), [(name, str(told)) for name, told in rows if told not in (None, "")])
