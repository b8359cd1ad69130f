"""Keys that other programs keep: a command's output, and the system's keyring."""

from __future__ import annotations

from chatcli.errors import ConfigError
from chatcli.process.installation import install_command
from chatcli.settings.keystore import clean_key
from chatcli.settings.names import format_for_message
from chatcli.settings.urls import Origin
from chatcli.text.redactor import Secret

COMMAND_TIMEOUT_S = 10.0
_COMPLAINT_MAX = 200


def key_from_command(command: tuple[str, ...], *, timeout_s: float = COMMAND_TIMEOUT_S) -> Secret:
    """Run *command*, without a shell, and return the first line that it prints.

    Password managers print the password first and notes after it. Raises ConfigError for a command that fails, hangs
    or prints nothing; what it printed on stdout is never shown.
    """
    import subprocess  # only users of such a command pay for it

    name = f"api_key_cmd {format_for_message(command[0])}"
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired:
        # Not chained: the exception carries what was printed so far.
        raise ConfigError(f"{name} did not end within {timeout_s:g} s") from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{name} cannot be run: {getattr(error, 'strerror', None) or error}") from error
    if done.returncode:
        complaint = _first_line(done.stderr)[:_COMPLAINT_MAX]
        raise ConfigError(f"{name} failed with status {done.returncode}" + (f": {complaint}" if complaint else ""))
    key = clean_key(_first_line(done.stdout), source=name)
    if key is None:
        raise ConfigError(f"{name} printed nothing")
    return key


def _first_line(output: bytes) -> str:
    return next(iter(output.decode(errors="replace").strip().splitlines()), "").strip()


def key_from_keyring(provider: str, origin: Origin) -> Secret | str:
    """Return the key that the system's keyring has for *provider* at *origin*, or why there is none.

    Raises ConfigError when the keyring cannot be asked.
    """
    from importlib import import_module

    try:
        keyring = import_module("keyring")
    except ImportError as error:
        hint = f"Install it (`{install_command('keyring')}`), or remove api_key_keyring"
        raise ConfigError("api_key_keyring needs the Python package keyring", hint=hint) from error
    service = keyring_service(origin)
    try:
        text = keyring.get_password(service, provider)
    except keyring.errors.KeyringError as error:
        raise ConfigError(f"the keyring cannot be read: {error}") from error
    key = clean_key(text or "", source="the keyring")
    return key or f"the keyring has nothing for service {service}, user {provider}"


def keyring_service(origin: Origin) -> str:
    """Return the name under which the keyring has a key: the origin is part of it, so that the key is bound to it."""
    return f"chatcli {origin}"
