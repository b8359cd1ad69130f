"""The built-in templates for everyday tasks; the user's own templates of the same name override them.

The parameters of the first three are those of the documents that the program began with.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from chatcli.language import N_
from chatcli.settings.definition import TemplateSettings

SHIPPED: Mapping[str, TemplateSettings] = MappingProxyType(
    {
        "summarise": TemplateSettings(
            help=N_("Main points of a text; `points` sets how many (3)"),
            system="You are an expert at summarising. Write in the language of the text.",
            prompt="Summarise the following text in {{points=3}} points.\n\n{{input}}",
            params={"temperature": 0.3, "max_tokens": 150},
        ),
        "classify": TemplateSettings(
            help=N_("Classify each line as one of your `labels`, e.g. good,bad,neutral"),
            system="You are a classifier. Answer with one of the labels, as it is written, and with nothing else.",
            prompt="Labels: {{labels=positive, negative, neutral}}\n\nText: {{input}}\n\nLabel:",
            params={"temperature": 0.0, "max_tokens": 10},
            each="line",
        ),
        "code": TemplateSettings(
            help=N_("Only code, in `language` (Python)"),
            system="You are an expert in {{language=Python}}. Answer with one block of code and nothing else.",
            prompt="{{input}}",
            params={"temperature": 0.2, "max_tokens": 500},
            extract=True,
        ),
        "translate": TemplateSettings(
            help=N_("Translate `to` a language (English)"),
            system="You are a translator. Answer with the translation alone, and keep the form of the text.",
            prompt="Translate into {{to=English}}:\n\n{{input}}",
            params={"temperature": 0.3},
        ),
        "explain": TemplateSettings(
            help=N_("Explain a text, an error or a piece of code"),
            system="You explain to an experienced developer, briefly and in plain words. Today is {{date}}.",
            prompt="Explain this:\n\n{{input}}",
        ),
        "command": TemplateSettings(
            help=N_("Turn words into one command for `shell` (sh)"),
            system=(
                "You write commands for {{shell=sh}} on {{os}}. Answer with one block of code and nothing else: a "
                "single line that does what is asked, and destroys nothing that was not named."
            ),
            prompt="{{input}}",
            extract=True,
        ),
        "why": TemplateSettings(
            help=N_("Why a command failed, and what mends it"),
            system=(
                "A command of a developer on {{os}} failed. Say in a few plain sentences why, and then show what mends "
                "it. If what you are given does not tell, say what to look at."
            ),
            prompt="{{input}}",
        ),
        "commit": TemplateSettings(
            help=N_("Write a commit message for a diff"),
            system=(
                "You write commit messages: a subject in the imperative of at most 65 characters without a full stop, "
                "an empty line, and a body that says why, where the diff does not. Answer with the message alone."
            ),
            prompt="{{input}}",
            params={"temperature": 0.2},
        ),
    }
)
