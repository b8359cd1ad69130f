"""Finds a provider's key, and decides which host it may be sent to.

The sources, in order: the variable named by api_key_env, the command api_key_cmd, the key store, the system keyring,
and the provider's own variable, which is used only if the first two are not set: an unintended key would send text to
a different account.

A key is sent only to the host it was given for. A built-in provider's variable is meant for that provider's hosts, or
for the address named by the environment. It is sent to any other host only after the user has agreed once; a saved key
never is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from chatcli.errors import ConfigError, Hint, Remedy
from chatcli.language import _
from chatcli.records import frozen
from chatcli.settings.endpoints import ProviderAddress, refuse_insecure
from chatcli.settings.keystore import Confirmations, KeyStore, clean_key
from chatcli.settings.names import dotted
from chatcli.settings.presets import Preset, Presets, home_hosts, is_home
from chatcli.settings.urls import Origin
from chatcli.text.phrases import join_words
from chatcli.text.redactor import Secret


@frozen
class FoundKey:
    """A key that may be sent to the endpoint; *source* is for display: "$OPENAI_API_KEY", "the key store"."""

    secret: Secret
    source: str


@frozen
class Unconfirmed:
    """*variable* holds a key of *owner*, and the user has not agreed to send it to *origin*."""

    variable: str
    origin: Origin
    owner: str

    @property
    def question(self) -> str:
        """The question for the user; after a yes, call `Confirmations.add` and look again."""
        return _(
            "${variable} is the key of {owner}. Send it to {origin}?",
            variable=self.variable,
            owner=self.owner,
            origin=self.origin,
        )

    def refusal(self) -> ConfigError:
        """Return the error for a refusal, or for when the user cannot be asked."""
        return ConfigError(
            _(
                "${variable} is the key of {owner} and is not sent to {origin} without your consent",
                variable=self.variable,
                owner=self.owner,
                origin=self.origin,
            ),
            hint=(
                _("start chat on a terminal once to allow it, or save a key for {origin}", origin=self.origin),
                Remedy("save_key", values={"name": "PROVIDER"}),
            ),
        )


@frozen
class NoKey:
    """No source has a key; *tried* says why, source by source."""

    tried: tuple[str, ...]

    @property
    def reason(self) -> str:
        """All reasons, on one line."""
        return _("; ").join(self.tried)


KeySearch: TypeAlias = FoundKey | Unconfirmed | NoKey


@frozen
class KeySources:
    """All sources of keys; *key_env* is the variable named on the command line."""

    env: Mapping[str, str]
    presets: Presets
    store: KeyStore
    confirmed: Confirmations
    key_env: str = ""


def find_key(endpoint: ProviderAddress, sources: KeySources) -> KeySearch:
    """Return the key for *endpoint*, or why there is none.

    Raises ConfigError if a configured source fails, if the key is invalid, or if it would be sent unencrypted.
    """
    tried = []
    for outcome in _outcomes(endpoint, sources):
        if not isinstance(outcome, str):
            refuse_insecure(endpoint)
            return outcome
        tried.append(outcome)
    return NoKey(tuple(tried))


def key_variable(endpoint: ProviderAddress, presets: Presets) -> str:
    """Return the variable that a key for *endpoint* is read from first, empty if there is none by default."""
    preset = presets.get(endpoint.provider)
    return endpoint.options.api_key_env or next(iter(preset.key_envs if preset else ()), "")


def key_hint(endpoint: ProviderAddress, presets: Presets, env: Mapping[str, str]) -> Hint:
    """Return the hint on how to provide a key for *endpoint*, naming a key that is set but not sent to it."""
    if endpoint.given_by == "flag":
        kept = _kept_keys(presets, env)
        return (*kept, Remedy("name_key_variable")) if kept else Remedy("name_key_variable")
    own = presets.get(endpoint.provider)
    if own and not endpoint.options.api_key_env and (kept := _kept_keys({endpoint.provider: own}, env)):
        key = dotted(("providers", endpoint.provider, "api_key_env"))
        return (
            *kept,
            _("{setting} names a variable whose key may go to {origin}", setting=key, origin=endpoint.origin),
        )
    variable = key_variable(endpoint, presets)
    save = Remedy("save_key", values={"name": endpoint.provider})
    return (_("set ${variable}", variable=variable), save) if variable else save


def _kept_keys(presets: Presets, env: Mapping[str, str]) -> tuple[str, ...]:
    """Return a sentence on the first key in *env* that goes to its provider's own hosts alone."""
    for preset in presets.values():
        for variable in preset.key_envs:
            if env.get(variable, "").strip() and (homes := home_hosts(preset)):
                return (_("${variable} is only sent to {hosts}", variable=variable, hosts=join_words(homes)),)
    return ()


def _outcomes(endpoint: ProviderAddress, sources: KeySources) -> Iterator[FoundKey | Unconfirmed | str]:
    """Yield the result of each source in order, lazily, so that later sources are read only if needed."""
    options = endpoint.options
    if sources.key_env or endpoint.given_by == "flag":
        yield _flagged(endpoint, sources)
        return
    if options.api_key_env:
        yield _from_variable(options.api_key_env, endpoint, sources)
    if options.api_key_cmd:
        yield _from_command(endpoint, sources)
    yield _named(sources.store.find(endpoint.provider, endpoint.origin), _("the key store"))
    if options.api_key_keyring:
        from chatcli.settings.outside import key_from_keyring  # few keys come from other programs

        yield _named(key_from_keyring(endpoint.provider, endpoint.origin), _("the keyring"))
    preset = sources.presets.get(endpoint.provider)
    if preset and not (options.api_key_env or options.api_key_cmd):
        yield from (_from_own_variable(name, preset, endpoint, sources) for name in preset.key_envs)


def _flagged(endpoint: ProviderAddress, sources: KeySources) -> FoundKey | Unconfirmed | str:
    """Read the variable named on the command line; if the address was too, the key is meant for it."""
    if not sources.key_env:
        return _("an address given for one run gets no key unless a variable is named for it")
    if endpoint.given_by == "flag":
        return _read(sources.key_env, sources)
    return _from_variable(sources.key_env, endpoint, sources)


def _from_variable(variable: str, endpoint: ProviderAddress, sources: KeySources) -> FoundKey | Unconfirmed | str:
    found = _read(variable, sources)
    owners = {name: preset for name, preset in sources.presets.items() if variable in preset.key_envs}
    if isinstance(found, str) or not owners or any(_is_meant(endpoint, name, owners[name]) for name in owners):
        return found
    if sources.confirmed.holds(variable, endpoint.origin):
        return found
    return Unconfirmed(variable, endpoint.origin, join_words([_(preset.title) for preset in owners.values()]))


def _from_own_variable(variable: str, preset: Preset, endpoint: ProviderAddress, sources: KeySources) -> FoundKey | str:
    found = _read(variable, sources)
    if isinstance(found, str) or _is_meant(endpoint, endpoint.provider, preset):
        return found
    return _(
        "${variable} is not used for {origin} unless api_key_env names it", variable=variable, origin=endpoint.origin
    )


def _from_command(endpoint: ProviderAddress, sources: KeySources) -> FoundKey | str:
    """Run the user's command, unless the environment overrides the address it was configured with."""
    preset = sources.presets.get(endpoint.provider)
    if endpoint.given_by == "environment" and not (preset and is_home(preset, endpoint.origin)):
        return _("api_key_cmd is not used for {origin}, which comes from the environment", origin=endpoint.origin)
    from chatcli.settings.outside import key_from_command  # few keys come from other programs

    command = endpoint.options.api_key_cmd
    return FoundKey(key_from_command(command), f"api_key_cmd {command[0]}")


def _is_meant(endpoint: ProviderAddress, owner: str, preset: Preset) -> bool:
    """Return whether the key of *owner* is meant for the endpoint's address."""
    named_by_environment = endpoint.given_by == "environment" and endpoint.provider == owner
    return named_by_environment or is_home(preset, endpoint.origin)


def _read(variable: str, sources: KeySources) -> FoundKey | str:
    secret = clean_key(sources.env.get(variable, ""), source=f"${variable}")
    return FoundKey(secret, f"${variable}") if secret else _("${variable} is not set", variable=variable)


def _named(secret: Secret | str, source: str) -> FoundKey | str:
    return secret if isinstance(secret, str) else FoundKey(secret, source)
