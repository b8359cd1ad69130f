"""`--save` directly after the name of a command: what it sets, or what is in use, is kept in the settings file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatcli.commands.about import theme_command
from chatcli.commands.context import CommandContext
from chatcli.commands.markdown import code
from chatcli.commands.model import model_command, set_command, system_command
from chatcli.commands.table import Outcome, Say, saves
from chatcli.errors import ConfigError, UsageError
from chatcli.language import _
from chatcli.settings.definition import find_setting
from chatcli.settings.endpoints import GUIDE
from chatcli.settings.inspection import check_key
from chatcli.settings.names import Name, dotted, split_dotted
from chatcli.settings.settings_file import parse_assignment
from chatcli.text.phrases import join_sentences, punctuate
from chatcli.text.redactor import MASK

_EXTRA = "extra."
_THEME: Name = ("ui", "theme")


@saves("theme")
def save_theme(context: CommandContext, argument: str) -> Outcome:
    """Keep the theme NAME, or the one in use."""
    shown = theme_command(context, argument) if argument else None
    return _save(context, {_THEME: argument or _in_use(context, "ui.theme")}, shown)


@saves("config")
def save_setting(context: CommandContext, argument: str) -> Outcome:
    """Keep the setting KEY, with VALUE if one is given."""
    key, value = [*argument.split(maxsplit=1), "", ""][:2]
    if not key:
        raise UsageError(_("no setting to save"), hint=_("/config --save KEY VALUE saves one"))
    if not value:
        return _save(context, {split_dotted(key): _in_use(context, key)})
    name, parsed = parse_assignment(key, value)
    saved = _save(context, {name: parsed})
    if find_setting(name):  # an entry of a table counts with the next start
        context.settings.change(key, value)
    return saved


@saves("model")
def save_model(context: CommandContext, argument: str) -> Outcome:
    """Keep the model NAME with its provider, or those in use."""
    shown = model_command(context, argument) if argument else None
    model, provider = _model_in_use(context), context.endpoint.info.provider
    if provider not in context.endpoint.providers:
        url = context.endpoint.info.base_url
        what, hint = _("{url} is not in the settings", url=url), _("/connect {url} adds it", url=url)
        raise UsageError(what, kept=_("not saved"), hint=hint)
    return _save(context, {("defaults", "provider"): provider, ("defaults", "model"): model}, shown)


@saves("system")
def save_system(context: CommandContext, argument: str) -> Outcome:
    """Keep the system prompt TEXT, or the one in use."""
    shown = system_command(context, argument) if argument else None
    text = context.conversation.system
    # In the settings, a first @ names a file.
    return _save(context, {("defaults", "system"): f"@{text}" if text.startswith("@") else text}, shown)


@saves("set")
def save_parameter(context: CommandContext, argument: str) -> Outcome:
    """Keep the parameter KEY for the model in use, or all that are set."""
    words = argument.removeprefix("parameter ").split(maxsplit=1)
    if words[:1] == ["system"]:
        return save_system(context, "".join(words[1:]))
    if words and words[0].startswith("ui."):
        return save_setting(context, argument)
    model, options = _model_in_use(context), context.conversation.options
    shown = set_command(context, argument) if len(words) == 2 else None
    keys = words[:1] or list(options)
    if not keys or keys[0] not in options:
        what = _("`{key}` is not set", key=keys[0]) if keys else _("no parameters are set")
        raise UsageError(what, hint=_("/set --save KEY VALUE saves one"))
    return _save(context, {_place(("models", model), key): options[key] for key in keys}, shown)


@saves("template")
def save_template(context: CommandContext, argument: str) -> Outcome:
    """Keep system prompt, parameters and examples of this chat as the template NAME."""
    name = argument.strip()
    if not name:
        raise UsageError(_("the template has no name"), hint="/template --save NAME")
    if name in (known for known, *_rest in context.settings.templates()):
        key = dotted(("templates", name))
        hint = _("choose another name; `chat config unset {key}` removes one of yours", key=key)
        raise UsageError(_("template {name} already exists", name=name), hint=hint)
    chat = context.conversation
    examples = [{"user": question, "assistant": answer} for question, answer in chat.examples]
    values: Mapping[str, Any] = {"system": chat.system, "params": dict(chat.options), "examples": examples}
    if not any(values.values()):
        what = _("no system prompt and no parameters are set")
        raise UsageError(what, hint=_("/system TEXT and /set KEY VALUE set some"))
    return _save(context, {("templates", name, key): value for key, value in values.items() if value})


def _model_in_use(context: CommandContext) -> str:
    """Return the model to save something for; raises UsageError if only the guide answers, or it is not known yet."""
    if context.endpoint.info.provider == GUIDE:
        raise UsageError(_("no model is connected"), kept=_("not saved"), hint=_("/connect sets one up"))
    if not context.session.binding.model:
        hint = _("/model --save NAME chooses and saves one")
        raise UsageError(_("no model is chosen yet"), kept=_("not saved"), hint=hint)
    return context.session.binding.model


def _place(model: Name, key: str) -> Name:
    """Return the setting that holds the parameter *key* of a model."""
    return (*model, "extra_body", key.removeprefix(_EXTRA)) if key.startswith(_EXTRA) else (*model, "params", key)


def _in_use(context: CommandContext, key: str) -> object:
    """Return the value of a setting in this run."""
    import tomllib  # needed only to save a value again

    check_key(key)
    shown = {name: value for name, value, _ignored in context.settings.rows()}
    if not shown.get(key):
        hint = _("/config --save {key} VALUE sets it", key=key)
        raise UsageError(_("`{key}` is not set", key=key), hint=hint)
    if MASK in shown[key]:
        raise ConfigError(
            _("{key} holds values that are not shown", key=key),
            kept=_("not saved"),
            hint=_("/config edit opens the file"),
        )
    return tomllib.loads(f"value = {shown[key]}")["value"]


def _save(context: CommandContext, values: Mapping[Name, object], shown: Outcome | None = None) -> Outcome:
    """Save *values*, and add where to what the command has *shown*."""
    saved = context.settings.save(values)
    before = f"{shown.markdown}\n\n" if isinstance(shown, Say) else ""
    keys = _(", ").join(code(dotted(name)) for name in values)
    told = _("Saved {keys} to {path}.", keys=keys, path=code(saved[0]))
    return Say(before + join_sentences(told, *map(punctuate, saved[1:])))
