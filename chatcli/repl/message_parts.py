"""Gathers what goes along with a message: attachments that wait, and files that it names, asked about if large."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chatcli.app.attachment_notes import attached_note, consent_question
from chatcli.commands.context import CommandContext
from chatcli.conversation.messages import Part
from chatcli.conversation.truncation import KeptPart, truncate
from chatcli.language import _
from chatcli.output.plain import Output
from chatcli.records import mutable
from chatcli.request.attachments import Attachment, message_parts
from chatcli.text.draft import Draft


@mutable
class MessageParts:
    """Gathers the parts of one message after another.

    *confirm* asks before mentions and folders of more than *attach_ask* tokens are sent. *kept_part* says which part of
    attached text to keep if it does not fit; None cuts nothing.
    """

    context: CommandContext
    output: Output
    confirm: Callable[[str], bool] = lambda _question: False
    attach_ask: Callable[[], int] = lambda: 0
    kept_part: KeptPart | None = None
    _agreed: tuple[Attachment, ...] = ()

    def find_mentioned(self, line: Draft, may_ask: Callable[[], bool]) -> list[Attachment] | None:
        """Return the files that *line* names and that are not attached yet; None without the user's consent.

        Consent is given once; nothing is asked unless *may_ask*.
        """
        mentioned = self._load(line)
        folders = [attachment for attachment in self.context.attachments if attachment.contents]
        found = [attachment for attachment in (*folders, *mentioned) if attachment not in self._agreed]
        budget = self.context.session.binding.budget
        question = consent_question(found, budget, most_tokens=self.attach_ask())
        if question and not (may_ask() and self.confirm(question)):
            return None
        self._agreed = (*folders, *mentioned)
        return mentioned

    def compose(self, text: str, attached: Sequence[Attachment]) -> Sequence[Part] | str:
        """Return *text* with what is *attached*, after announcing that."""
        for attachment in attached:
            self.output.note(attached_note(attachment, self.context.session.binding.budget))
        waiting = list(self.context.attachments)  # whose warnings were shown when they were attached
        for notice in (notice for one in attached if one not in waiting for notice in one.warnings):
            self.output.notify(notice)
        if not attached:
            return text
        parts = message_parts(text, attached)
        if self.kept_part:
            parts, told = truncate(self.context.session, parts, self.kept_part)
            for sentence in told:
                self.output.note(f"chat: {sentence}")
        return parts

    def _load(self, line: Draft) -> list[Attachment]:
        known = {attachment.name for attachment in self.context.attachments}
        mentioned = self.context.files.load_mentions(line)
        for name in self.context.files.pasted_mentions(line):
            quoted = f'"{name}"' if " " in name else name
            told = _(
                "{name} was pasted and is sent as text, not attached; /file {file} attaches it", name=name, file=quoted
            )
            self.output.note(told)
        return [attachment for attachment in mentioned if attachment.name not in known]
