"""Templates: found by name, filled with what this moment and the command line say, and listed."""

from __future__ import annotations

import locale
import platform
import re
import time
from collections.abc import Callable, Sequence

from chatcli.conversation.messages import Part, TextPart
from chatcli.errors import Remedy, UsageError
from chatcli.records import frozen
from chatcli.request.placeholders import INPUT, around_input, fill_placeholders
from chatcli.settings.definition import Settings, TemplateSettings
from chatcli.settings.shipped import SHIPPED
from chatcli.text.similar import did_you_mean

_BARE = re.compile(r"\{\{\s*([\w-]+)\s*\}\}")


def all_templates(settings: Settings) -> dict[str, TemplateSettings]:
    """Return all templates by name, the shipped ones first; the user's own replace them."""
    return {**SHIPPED, **settings.templates}


def find_template(settings: Settings, name: str) -> TemplateSettings:
    """Return the template *name*; raises UsageError with the nearest one."""
    known = all_templates(settings)
    if name not in known:
        hint = did_you_mean(name, known) or Remedy("list_templates")
        raise UsageError(f"unknown template `{name}`", hint=hint)
    return known[name]


def variables(given: Sequence[str]) -> dict[str, str]:
    """Return what places can be filled with: this moment and machine, and over them what is *given*."""
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
            raise UsageError(f"`{text}` is not NAME=VALUE", hint="e.g. labels=good,bad")
        known[name.strip()] = value
    return known


@frozen
class TemplateFiller:
    """Fills templates with what is *given*, this moment and this machine say; *read* gives the text of a file."""

    given: Sequence[str]
    read: Callable[[str], str]

    def system(self, template: TemplateSettings) -> str:
        """Return the system prompt of *template*, filled."""
        return fill_placeholders(template.system, variables(self.given), self.read)

    def question(self, template: TemplateSettings, name: str, parts: Sequence[Part]) -> tuple[Part, ...]:
        """Return the question of *template* with *parts* in the place for what is asked, or after it without one.

        Raises UsageError where there is a place, and nothing for it; *name* is what the template is called.
        """
        values = variables(self.given)
        edges = around_input(template.prompt)
        if edges is None:
            before, after = template.prompt, ""
            before += "\n\n" if before and parts else ""
        else:
            before, after = edges
            if not parts and INPUT not in values:
                what = f"template `{name}` needs input text"
                raise UsageError(what, kept="nothing was sent", hint=Remedy("give_template_text"))
        texts = (fill_placeholders(part, values, self.read) for part in (before, after))
        first, last = ([TextPart(text)] if text else [] for text in texts)
        return (*first, *parts, *last)

    def draft(self, template: TemplateSettings) -> str:
        """Return the question of *template* as a draft, with nothing in the places that nothing fills yet."""
        values = {INPUT: "", **variables(self.given)}
        text = _BARE.sub(lambda found: values.get(found[1], ""), template.prompt)
        return fill_placeholders(text, values, self.read).strip()


def describe_templates(settings: Settings) -> list[tuple[str, str, str]]:
    """Return name, where it is from, and what it is for, of every template."""
    own = settings.templates
    return [
        (name, "yours" if name in own else "built-in", one.help or one.prompt or one.system)
        for name, one in all_templates(settings).items()
    ]


def template_to_toml(settings: Settings, name: str) -> str:
    """Return the template *name* as TOML, ready to be changed in the settings file."""
    from chatcli.records import fields
    from chatcli.settings.names import dotted, to_toml

    template = find_template(settings, name)
    lines = [f"[{dotted(('templates', name))}]"]
    for item in fields(TemplateSettings):
        value = getattr(template, item.name)
        if value not in ("", (), {}, False):
            lines.append(f"{item.name} = {to_toml(value)}")
    return "\n".join(lines) + "\n"
