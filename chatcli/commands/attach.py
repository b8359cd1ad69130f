"""Commands about attachments of the next message: files, images, the clipboard."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from chatcli.commands.context import CommandContext
from chatcli.commands.markdown import code, table
from chatcli.commands.table import Completion, Outcome, Say, command
from chatcli.errors import UsageError
from chatcli.language import N_, _, ngettext
from chatcli.request import attachments
from chatcli.request.attachments import DETAILS, Attachment
from chatcli.request.pending_attachments import PendingAttachments
from chatcli.text.phrases import join_words, punctuate

GROUP = "Attachments"
_VERBS = ("list", "drop", "clear", "output")
_WORD = re.compile(r""""([^"]*)"|'([^']*)'|((?:\\\s|\S)+)""")


@command("file", "PATH…", group=GROUP, aliases=("add", "read"))
def file_command(context: CommandContext, argument: str) -> Outcome:
    """Attach files or a folder to the next message.

    Text, PDF, audio and images are accepted. `@PATH` within a message does the same. Put quotes around a
    path with spaces. A folder attaches its text files in order of name, up to 200 files or 400 kB. Nothing is sent
    until you send the message. A web address is fetched as text, after asking once for its host.
    """
    return _attach(context, [found for name in _names(context, argument) for found in context.files.file(name)])


@command("image", "PATH… [DETAIL]", group=GROUP)
def image_command(context: CommandContext, argument: str) -> Outcome:
    """Attach images by path or URL.

    DETAIL is auto, low, high or original.
    """
    paths, _space, last = argument.rstrip().rpartition(" ")
    detail = last if paths and last in DETAILS else None
    names = _names(context, paths if detail else argument)
    return _attach(context, [found for name in names for found in context.files.image(name, detail)])


@command(
    "attach",
    "[list | drop aN | clear | output]",
    group=GROUP,
    complete=Completion(lambda _context: _VERBS, lambda context, words: _droppable(context, words)),
)
def attach_command(context: CommandContext, argument: str) -> Outcome:
    """List or remove attachments of the next message.

    `output` attaches what the last `!COMMAND` wrote; without it, that is not sent.
    """
    verb, _separator, rest = argument.partition(" ")
    if verb == "output" and not rest:
        return _attach(context, [_shell_output(context)])
    if verb in ("", "list"):
        return Say(_listed(context.attachments))
    if verb == "clear" and not rest:
        return Say(without_attachments(context) or _("Nothing is attached."))
    if verb == "drop" and rest:
        return drop_attachments(context, rest)
    raise UsageError(
        _("unknown argument `{argument}` for /attach", argument=argument),
        hint=_("use list, drop aN, clear or output; /file and /image attach files"),
    )


@command("paste", group=GROUP)
def paste_command(context: CommandContext, _argument: str) -> Outcome:
    """Attach the clipboard: its image, or else its text."""
    if data := context.clipboard.read_image():
        return _attach(context, [context.files.data(data, "clipboard.png")])
    text = context.clipboard.read_text()
    if not text.strip():
        raise UsageError(_("the clipboard is empty"), kept=_("nothing was attached"))
    return _attach(context, [attachments.of_text(text, "clipboard")])


def _droppable(context: CommandContext, words: Sequence[str]) -> Iterable[str]:
    names = [f"a{number}" for number, _ignored in context.attachments.numbered]
    return [name for name in names if name not in words] if words[0] == "drop" else ()


def _shell_output(context: CommandContext) -> Attachment:
    last = context.shell.last
    if last is None:
        raise UsageError(
            _("no command has run yet"), kept=_("nothing was attached"), hint=_("!COMMAND runs one in your shell")
        )
    if not last.text.strip():
        raise UsageError(_("`{command}` wrote nothing", command=last.command), kept=_("nothing was attached"))
    return attachments.of_text(last.text, f"output of {last.command}")


def drop_attachments(context: CommandContext, argument: str) -> Outcome:
    """Remove the attachments that *argument* names, such as a1 or a2."""
    waiting = dict(context.attachments.numbered)
    numbers = {_number(word, waiting) for word in argument.replace(",", " ").split()}
    gone = context.attachments.drop(numbers)
    return Say(_("Removed: {names}.", names=_(", ").join(code(one.name) for one in gone)))


def without_attachments(context: CommandContext) -> str:
    """Remove all attachments; return a sentence about it, or "" if there were none."""
    count = len(context.attachments)
    context.attachments.clear()
    return ngettext("{count} attachment removed.", "{count} attachments removed.", count) if count else ""


def _names(context: CommandContext, argument: str) -> list[str]:
    """Split *argument* into names: quotes and a backslash group words, and so does a file of which it is the name."""
    names = [first or second or third for first, second, third in _WORD.findall(argument)]
    return [argument.strip()] if len(names) > 1 and context.files.exists(argument.strip()) else names


def _attach(context: CommandContext, found: Sequence[Attachment]) -> Outcome:
    if not found:
        raise UsageError(_("nothing was attached"), hint=_("put quotes around a name with spaces"))
    added = context.attachments.add(found)
    lines = [f"- a{number}: {code(one.name)}, {one.description}" for number, one in added]
    warnings = [f"- {punctuate(notice.message)}" for one in found for notice in one.warnings]
    return Say("\n".join([_("Attached to your next message:"), "", *lines, *warnings]))


def _listed(waiting: PendingAttachments) -> str:
    if not waiting:
        return _("Nothing is attached. Attach a file with `/file PATH`, or with `@PATH` in a message.")
    rows = [(f"a{number}", code(one.name), one.description) for number, one in waiting.numbered]
    return table(("", N_("name"), N_("type")), rows)


def _number(word: str, waiting: Mapping[int, Attachment]) -> int:
    number = word.removeprefix("a")
    if number.isascii() and number.isdigit() and int(number) in waiting:
        return int(number)
    names = join_words([f"a{each}" for each in waiting], "and")
    there = _("attached: {names}", names=names) if waiting else _("nothing is attached")
    raise UsageError(_("unknown attachment `{word}`", word=word), hint=there)
