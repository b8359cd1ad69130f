"""Keys that were saved with `chat keys set`, and the hosts a key may go to beyond its own.

A saved key is bound to the scheme, host and port it was saved for, and is not found for any other.
"""

from __future__ import annotations

from chatcli.errors import ConfigError
from chatcli.files.own import AppDirs
from chatcli.files.private_json import DurableRecords
from chatcli.records import frozen
from chatcli.settings.names import format_for_message
from chatcli.settings.urls import Origin
from chatcli.text.redactor import Secret


@frozen
class SavedKey:
    """What may be shown of a saved key: the provider it is for, and the only origin it goes to."""

    provider: str
    origin: str


@frozen
class KeyStore:
    """The saved keys, one a provider."""

    ledger: DurableRecords

    def set_key(self, provider: str, *, origin: Origin, key: str) -> SavedKey:
        """Save *key* for *provider* at *origin*. Raises ConfigError for an impossible key or a damaged store."""
        cleaned = clean_key(key, source="the input")
        if cleaned is None:
            raise ConfigError("there is no key in the input", hint="Nothing was saved")
        self.ledger.add(provider, origin=str(origin), key=cleaned.reveal())
        return SavedKey(provider, str(origin))

    def list_keys(self) -> tuple[SavedKey, ...]:
        """Return what is saved, without the keys."""
        return tuple(SavedKey(name, record["origin"]) for name, record in sorted(self.ledger.read().items()))

    def remove_key(self, provider: str) -> None:
        """Forget a key. Raises ConfigError when there is none."""
        if not self.ledger.remove(provider):
            names = ", ".join(saved.provider for saved in self.list_keys())
            raise ConfigError(
                f"no key is saved for {format_for_message(provider)}", hint=f"Saved are: {names or 'none'}"
            )

    def find(self, provider: str, origin: Origin) -> Secret | str:
        """Return the key of *provider* for *origin*, or why there is none."""
        record = self.ledger.read().get(provider)
        if record is None:
            return f"no key is saved for {provider}"
        if record["origin"] != str(origin):
            return f"the saved key is for {record['origin']}, not for {origin}"
        return clean_key(record["key"], source="the key store") or "the saved key is empty"


@frozen
class Confirmations:
    """Which variable's key the user has let go to which origin."""

    ledger: DurableRecords

    def holds(self, variable: str, origin: Origin) -> bool:
        """Tell whether the user has agreed."""
        return _binding(variable, origin) in self.ledger.read()

    def add(self, variable: str, origin: Origin) -> None:
        """Remember that the user agrees."""
        self.ledger.add(_binding(variable, origin))


def key_store(where: AppDirs) -> KeyStore:
    """Return the user's key store."""
    return KeyStore(DurableRecords(where.key_store, "the key store", frozenset({"origin", "key"})))


def confirmations(where: AppDirs) -> Confirmations:
    """Return what the user has agreed to."""
    return Confirmations(DurableRecords(where.confirmed, "the list of confirmed hosts", frozenset()))


def clean_key(text: str, *, source: str) -> Secret | None:
    """Return the key in *text* without outer white space, None where there is nothing.

    Raises ConfigError for a character that no header can carry, naming it and its place (from 1), never the key.
    """
    key = text.strip()
    for position, character in enumerate(key, start=1):
        if not "!" <= character <= "~":
            raise ConfigError(
                f"the key from {source} contains U+{ord(character):04X} at position {position}",
                hint="Copy the key again, as plain text",
            )
    return Secret(key) if key else None


def _binding(variable: str, origin: Origin) -> str:
    return f"{variable} {origin.scheme}://{origin.host}:{origin.port}"
