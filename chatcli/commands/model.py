"""Commands about the model: name, system prompt, parameters."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from chatcli.commands.context import CommandContext
from chatcli.commands.markdown import code, table
from chatcli.commands.table import Completion, Outcome, Pick, Say, command
from chatcli.conversation.model_info import ModelInfo
from chatcli.errors import ChatError, UsageError
from chatcli.input.choices import ChoiceList, ChoiceRow
from chatcli.language import N_, _, ngettext
from chatcli.request.parameters import EFFORTS, PARAMETERS, parse_parameter, sampling_advice
from chatcli.settings.definition import find_setting
from chatcli.settings.names import split_dotted
from chatcli.settings.option import Counts
from chatcli.text.phrases import join_sentences, join_words, punctuate
from chatcli.text.similar import similar
from chatcli.text.units import format_number

GROUP = "Model"
_MOST_NAMED = 3  # models of an endpoint whose name resembles none of them
MODEL_HEAD = (N_("model"), N_("window"), N_("$ per million in / out"), N_("capabilities"))
_COUNTS: Mapping[Counts, str] = {
    "now": "",
    "next chat": N_("This chat keeps its value; `/new` starts one with the new value."),
    "next start": N_("This is read when `chat` starts: `/config --save` keeps it for then."),
}


def model_names(context: CommandContext) -> Iterable[str]:
    """Return the known models of the endpoint in use, and those of others with their provider."""
    in_use = context.endpoint.info.provider
    others = (f"{provider}/{info.name}" for provider, info in context.endpoint.known_models() if provider != in_use)
    return [*context.endpoint.model_names(), *others]


@command("model", "[NAME]", group=GROUP, complete=model_names)
def model_command(context: CommandContext, argument: str) -> Outcome:
    """Show and choose the model, or switch to NAME.

    `/model provider/name` switches the provider too, unless this endpoint has a model of that very name. The list holds
    the models of this endpoint, and those of other providers as they were when last listed; type to search it. A NAME
    that the endpoint does not list is used as well, because some accept more than they list.
    `/model --save` makes the model the default.
    """
    endpoint = context.endpoint.info
    in_use = _(
        "{model} at {provider} ({url})",
        model=model_in_use(context),
        provider=endpoint.provider,
        url=endpoint.base_url,
    )
    if not argument:
        list_own_models(context)
        known = context.endpoint.known_models()
        return _pick_model(context, known, in_use) if len(known) > 1 else Say(in_use)
    context.endpoint.use_model(argument)
    return _from_next_turn(context, doubt=_doubt(context))


def _doubt(context: CommandContext) -> str:
    """Say that the endpoint does not list the model in use, which some accept all the same; "" if it does."""
    model = context.session.binding.model
    if not (listed := context.endpoint.unlisted(model)):
        return ""
    named = [code(name) for name in (similar(model, listed) or (listed if len(listed) <= _MOST_NAMED else ()))]
    if not named:
        return _("The provider does not list this model.")
    return _("The provider does not list this model, but {names}.", names=join_words(named, "and"))


def list_own_models(context: CommandContext) -> None:
    """Ask the endpoint for its models if none of them is known; one that does not answer leaves it so."""
    if not context.endpoint.model_names():
        with suppress(ChatError):
            context.endpoint.list_models()


def _pick_model(context: CommandContext, known: Sequence[tuple[str, ModelInfo]], in_use: str) -> Outcome:
    has_others = len({provider for provider, _ignored in known}) > 1
    rows = [
        ChoiceRow(f"{provider}/{info.name}", f"{provider}/{info.name}" if has_others else info.name, _figures(info))
        for provider, info in known
    ]
    current = f"{context.endpoint.info.provider}/{context.session.binding.model}"
    title = _("Now {in_use}. Which model?", in_use=in_use.replace(chr(96), ""))
    places = {row.key: (provider, info.name) for row, (provider, info) in zip(rows, known, strict=True)}
    return Pick(ChoiceList(title, rows, current=current), lambda key: _use(context, *places[key]))


def _figures(info: ModelInfo) -> str:
    """Return window, price and abilities of a model, as far as they are known."""
    window = _("{count} tokens", count=format_window(info)) if info.window_tokens else ""
    price = f"${info.price.input:g} / ${info.price.output:g}" if info.price else ""
    return " · ".join(filter(None, (window, price, _abilities(info))))


def _use(context: CommandContext, provider: str, name: str) -> Outcome:
    """Switch to the model *name* of *provider*."""
    context.endpoint.use_model(name, provider)
    return _from_next_turn(context)


def _from_next_turn(context: CommandContext, *, doubt: str = "") -> Say:
    model, provider = code(context.session.binding.model), context.endpoint.info.provider
    chosen = _("From the next turn on: {model} at {provider}.", model=model, provider=provider)
    return Say(join_sentences(chosen, doubt))


@command("models", "[FILTER]", group=GROUP, aliases=("list",))
def models_command(context: CommandContext, argument: str) -> Outcome:
    """List the models of this endpoint, filtered by part of the name."""
    rows = [row for row in context.endpoint.list_models() if argument.lower() in row.name.lower()]
    if not rows:
        missing = _("No model name contains {words}.", words=code(argument)) if argument else ""
        return Say(missing or _("The endpoint lists no models."))
    return Say(table(MODEL_HEAD, list(map(model_cells, rows)), numbers=["window"]))


@command("system", "[TEXT | @FILE]", group=GROUP, aliases=("sys", "prompt"))
def system_command(context: CommandContext, argument: str) -> Outcome:
    """Show or set the system prompt.

    It applies from the next request on. `@FILE` reads it from a file (write `@@` for a text that starts with @);
    `/unset system` removes it. `/system --save` makes it the default of new chats.
    """
    if not argument:
        return Say(context.conversation.system or _("No system prompt is set."), raw=bool(context.conversation.system))
    is_file = argument.startswith("@") and not argument.startswith("@@")
    context.conversation.system = context.files.read_text(argument[1:]) if is_file else argument.removeprefix("@")
    count = len(context.conversation.system)
    return Say(ngettext("System prompt set ({count} character).", "System prompt set ({count} characters).", count))


def _settable(context: CommandContext) -> Iterable[str]:
    return [
        *PARAMETERS,
        "system",
        *(key for key, *_rest in context.settings.rows() if key.startswith("ui.")),
    ]


def _values(_context: CommandContext, words: Sequence[str]) -> Iterable[str]:
    key, *rest = words[1:] if words[0] == "parameter" and len(words) > 1 else words
    if rest:
        return ()
    parameter = PARAMETERS.get(key)
    return setting_values(key) if parameter is None else parameter.suggestions


def setting_values(key: str) -> Iterable[str]:
    """Return the values that the setting *key* may have, none if they cannot be listed."""
    setting = find_setting(split_dotted(key))
    return setting.about.kind.choices if setting else ()


@command("set", "[KEY [VALUE]]", group=GROUP, complete=Completion(_settable, _values))
def set_command(context: CommandContext, argument: str) -> Outcome:
    """Show or set a request parameter.

    `/set` lists the parameters in use, `/set KEY` shows one and its range. `extra.NAME` sends any other field.
    `/set ui.KEY VALUE` changes the interface for this run. `/set --save KEY VALUE` keeps a parameter for this model.
    """
    words = argument.removeprefix("parameter ").split(maxsplit=1)
    if not words:
        return Say(_all_set(context))
    key, value = words[0], words[1] if len(words) == 2 else None
    if key == "system":
        return system_command(context, value or "")
    if key.startswith("ui."):
        return _set_look(context, key, value)
    if value is None:
        return Say(_one_set(context, key))
    context.conversation.options[key] = parse_parameter(key, value, ranges=context.endpoint.info.ranges)
    shown = f"{code(key)} = {code(json.dumps(context.conversation.options[key], ensure_ascii=False))}"
    word = sampling_advice(context.conversation.options)
    return Say(f"{shown}\n\n{punctuate(word)}" if word else shown)


@command("unset", "KEY", group=GROUP, complete=lambda context: [*context.conversation.options, "system"])
def unset_command(context: CommandContext, argument: str) -> Outcome:
    """Stop sending a parameter, or remove the system prompt."""
    if argument == "system":
        context.conversation.system = ""
        return Say(_("System prompt removed."))
    if argument not in context.conversation.options:
        raise UsageError(_("`{key}` is not set", key=argument), hint=_("/set lists what is set"))
    del context.conversation.options[argument]
    return Say(_("{key} unset.", key=code(argument)))


@command(
    "effort", "[LEVEL]", group=GROUP, aliases=("think", "reasoning-effort"), complete=lambda _context: [*EFFORTS, "off"]
)
def effort_command(context: CommandContext, argument: str) -> Outcome:
    """Show or set the reasoning effort.

    `off` returns to the model's default.
    """
    if argument == "off":
        context.conversation.options.pop("reasoning_effort", None)
        return Say(_("Reasoning effort: model default."))
    return set_command(context, f"reasoning_effort {argument}")


def model_in_use(context: CommandContext) -> str:
    """Return the model as Markdown; if none is set, the first question picks one from the endpoint's list."""
    return code(context.session.binding.model) if context.session.binding.model else _("the default model")


def when_it_counts(key: str) -> str:
    """Return a paragraph about a setting that does not take effect at once; empty for one that does."""
    setting = find_setting(split_dotted(key))
    when = _(_COUNTS[setting.about.counts]) if setting else ""
    return f"\n\n{when}" if when else ""


def model_cells(row: ModelInfo) -> tuple[str, str, str, str]:
    """Return the table row of a model under MODEL_HEAD, with `?` for unknown values."""
    price = f"{row.price.input:g} / {row.price.output:g}" if row.price else "?"
    return code(row.name), format_window(row), price, _abilities(row)


def _abilities(row: ModelInfo) -> str:
    return _(", ").join(map(_, row.abilities))


def format_window(row: ModelInfo) -> str:
    """Return the window of a model for a table, `?` if unknown."""
    return format_number(row.window_tokens) if row.window_tokens else "?"


def _all_set(context: CommandContext) -> str:
    if not context.conversation.options:
        return _("No parameters are set. `/set KEY VALUE` sets one; `/help set` explains.")
    rows = [
        (code(key), code(json.dumps(value, ensure_ascii=False))) for key, value in context.conversation.options.items()
    ]
    return table((N_("parameter"), N_("value")), rows)


def _one_set(context: CommandContext, key: str) -> str:
    options = context.conversation.options
    known = PARAMETERS.get(key)
    if known is None:
        parse_parameter(key, "")  # raises for an unknown name
    if key in options:
        state = _("{key} is {value}.", key=code(key), value=code(json.dumps(options[key], ensure_ascii=False)))
    else:
        state = _("{key} is not set.", key=code(key))
    if known is None:
        return state
    return _("{state} {meaning}. Values: {values}.", state=state, meaning=_(known.help), values=_(known.range))


def _set_look(context: CommandContext, key: str, value: str | None) -> Outcome:
    if value is not None:
        context.settings.change(key, value)
    shown = {name: text for name, text, _ignored in context.settings.rows()}
    if key not in shown:
        raise UsageError(_("unknown setting `{key}`", key=key), hint=_("/config lists them"))
    return Say(f"{code(key)} = {code(shown[key])}" + (when_it_counts(key) if value is not None else ""))
