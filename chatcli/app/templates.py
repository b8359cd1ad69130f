"""Finds, fills and lists templates."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence

from chatcli.conversation.messages import Part, TextPart
from chatcli.errors import Remedy, UsageError
from chatcli.language import N_, _
from chatcli.records import frozen
from chatcli.request.placeholders import INPUT, around_input, fill_placeholders
from chatcli.settings.definition import Settings, TemplateSettings
from chatcli.settings.shipped import SHIPPED
from chatcli.text.similar import did_you_mean

_BARE = re.compile(r"\{\{\s*([\w-]+)\s*\}\}")


def all_templates(settings: Settings) -> dict[str, TemplateSettings]:
    """Return all templates by name, the built-in ones first; the user's own replace them."""
    return {**SHIPPED, **settings.templates}


def find_template(settings: Settings, name: str) -> TemplateSettings:
    """Return the template *name*; raises UsageError with the nearest one."""
    known = all_templates(settings)
    if name not in known:
        hint = did_you_mean(name, known) or Remedy("list_templates")
        raise UsageError(_("unknown template `{name}`", name=name), hint=hint)
    return known[name]


def variables(given: Sequence[str]) -> dict[str, str]:
    """Return the values of placeholders: date, time and machine, overridden by *given*."""
    import locale  # few runs fill a template
    import platform

    now = time.localtime()
    known = {
        "date": time.strftime("%Y-%m-%d", now),
        "time": time.strftime("%H:%M", now),
        "weekday": time.strftime("%A", now),
        "timezone": time.strftime("%Z", now),
        "os": platform.system(),
        "locale": (locale.getlocale()[0] or "en_US"),
    }
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise UsageError(_("`{text}` is not NAME=VALUE", text=text), hint=_("for example labels=good,bad"))
        known[name.strip()] = value
    return known


@frozen
class TemplateFiller:
    """Fills templates with *given* and predefined values; *read* returns the text of a file."""

    given: Sequence[str]
    read: Callable[[str], str]

    def system(self, template: TemplateSettings) -> str:
        """Return the system prompt of *template*, filled."""
        return fill_placeholders(template.system, variables(self.given), self.read)

    def question(self, template: TemplateSettings, name: str, parts: Sequence[Part]) -> tuple[Part, ...]:
        """Return the question of *template* with *parts* in place of `{{input}}`, or appended if there is none.

        Raises UsageError, which mentions *name*, if the template needs input and there is none.
        """
        values = variables(self.given)
        edges = around_input(template.prompt)
        if edges is None:
            before, after = template.prompt, ""
            before += "\n\n" if before and parts else ""
        else:
            before, after = edges
            if not parts and INPUT not in values:
                what = _("template `{name}` needs input text", name=name)
                raise UsageError(what, kept=_("nothing was sent"), hint=Remedy("give_template_text"))
        texts = (fill_placeholders(part, values, self.read) for part in (before, after))
        first, last = ([TextPart(text)] if text else [] for text in texts)
        return (*first, *parts, *last)

    def draft(self, template: TemplateSettings) -> str:
        """Return the question of *template* as a draft; placeholders without a value become empty."""
        values = {INPUT: "", **variables(self.given)}
        text = _BARE.sub(lambda found: values.get(found[1], ""), template.prompt)
        return fill_placeholders(text, values, self.read).strip()


def describe_templates(settings: Settings) -> list[tuple[str, str, str]]:
    """Return name, origin and description of every template."""
    own = settings.templates
    return [
        (name, N_("yours") if name in own else N_("built-in"), one.help or one.prompt or one.system)
        for name, one in all_templates(settings).items()
    ]


def template_to_toml(settings: Settings, name: str) -> str:
    """Return the template *name* as TOML, ready to edit in the settings file."""
    from chatcli.records import fields
    from chatcli.settings.names import dotted, to_toml

    template = find_template(settings, name)
    lines = [f"[{dotted(('templates', name))}]"]
    for item in fields(TemplateSettings):
        value = getattr(template, item.name)
        if value not in ("", (), {}, False):
            lines.append(f"{item.name} = {to_toml(value)}")
    return "\n".join(lines) + "\n"
