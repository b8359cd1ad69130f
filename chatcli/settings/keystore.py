"""Stores keys saved with `chat keys set`, and the user's consent to send keys to further hosts.

A saved key is bound to the scheme, host and port it was saved for. It is that of a provider or of an MCP server.
"""

from __future__ import annotations

from chatcli.errors import ConfigError
from chatcli.files.own import AppDirs
from chatcli.files.private_json import DurableRecords
from chatcli.language import N_, _
from chatcli.records import frozen
from chatcli.settings.names import format_for_message
from chatcli.settings.urls import Origin
from chatcli.text.redactor import Secret

SERVER_PREFIX = "mcp:"  # of the names of MCP servers, because a provider may have the same name


@frozen
class SavedKey:
    """The public details of a saved key: the name of its provider or server, and the only origin it is sent to."""

    name: str
    origin: str


@frozen
class KeyStore:
    """The saved keys, one per provider or server, by its name."""

    ledger: DurableRecords

    def set_key(self, name: str, *, origin: Origin, key: str) -> SavedKey:
        """Save *key* for *name* at *origin*. Raises ConfigError for an invalid key or a damaged store."""
        cleaned = clean_key(key, source=_("the input"))
        if cleaned is None:
            raise ConfigError(_("the key is empty"), hint=_("Nothing was saved"))
        self.ledger.add(name, origin=str(origin), key=cleaned.reveal())
        return SavedKey(name, str(origin))

    def list_keys(self) -> tuple[SavedKey, ...]:
        """Return the saved entries, without the keys."""
        return tuple(SavedKey(name, record["origin"]) for name, record in sorted(self.ledger.read().items()))

    def providers(self) -> tuple[str, ...]:
        """Return the names of the providers with a saved key."""
        return tuple(saved.name for saved in self.list_keys() if not saved.name.startswith(SERVER_PREFIX))

    def remove_key(self, name: str) -> None:
        """Remove a key. Raises ConfigError if there is none."""
        if not self.ledger.remove(name):
            names = _(", ").join(saved.name for saved in self.list_keys())
            raise ConfigError(
                _("no key is saved for {name}", name=format_for_message(name)),
                hint=_("Saved keys: {names}", names=names) if names else _("Saved keys: none"),
            )

    def find(self, name: str, origin: Origin) -> Secret | str:
        """Return the key of *name* for *origin*, or why there is none."""
        record = self.ledger.read().get(name)
        if record is None:
            return _("no key is saved for {name}", name=name)
        if record["origin"] != str(origin):
            return _("the saved key is for {own}, not {origin}", own=record["origin"], origin=origin)
        return clean_key(record["key"], source=_("the key store")) or _("the saved key is empty")


@frozen
class Confirmations:
    """The origins that the user has allowed for the key of each variable."""

    ledger: DurableRecords

    def holds(self, variable: str, origin: Origin) -> bool:
        """Return whether the user has agreed."""
        return _binding(variable, origin) in self.ledger.read()

    def add(self, variable: str, origin: Origin) -> None:
        """Record the user's consent."""
        self.ledger.add(_binding(variable, origin))


def key_store(where: AppDirs) -> KeyStore:
    """Return the user's key store."""
    return KeyStore(DurableRecords(where.key_store, N_("the key store"), frozenset({"origin", "key"})))


def confirmations(where: AppDirs) -> Confirmations:
    """Return the user's recorded consents."""
    return Confirmations(DurableRecords(where.confirmed, N_("the list of confirmed hosts"), frozenset()))


def clean_key(text: str, *, source: str) -> Secret | None:
    """Return the key in *text* without surrounding white space, None if it is empty.

    Raises ConfigError for quotes around it, which env files of containers keep, and for a character that is invalid in
    headers; it names the character and its position, from 1.
    """
    key = text.strip()
    if len(key) > 1 and key[0] == key[-1] and key[0] in "\"'`":
        what = _("the key from {source} has quotes around it", source=source)
        raise ConfigError(what, hint=_("remove the quotes"))
    for position, character in enumerate(key, start=1):
        if not "!" <= character <= "~":
            raise ConfigError(
                _(
                    "the key from {source} contains {character} at position {position}",
                    source=source,
                    character=f"U+{ord(character):04X}",
                    position=position,
                ),
                hint=_("Copy the key again, as plain text"),
            )
    return Secret(key) if key else None


def _binding(variable: str, origin: Origin) -> str:
    return f"{variable} {origin.scheme}://{origin.host}:{origin.port}"
