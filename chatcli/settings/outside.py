"""Reads keys from other programs: the output of a command, and the system keyring."""

from __future__ import annotations

from chatcli.errors import ConfigError
from chatcli.language import N_, _
from chatcli.process.installation import install_command
from chatcli.settings.keystore import clean_key
from chatcli.settings.names import format_for_message
from chatcli.settings.urls import Origin
from chatcli.text.redactor import Secret
from chatcli.text.system_errors import system_reason

COMMAND_TIMEOUT_S = 10.0
_COMPLAINT_MAX = 200


def key_from_command(
    command: tuple[str, ...], *, setting: str = "api_key_cmd", timeout_s: float = COMMAND_TIMEOUT_S
) -> Secret:
    """Run *command*, the value of *setting*, without a shell, and return the first line of its output.

    Password managers print the password first, then notes. Raises ConfigError if the command fails, hangs or prints
    nothing; its stdout is never shown.
    """
    import subprocess  # imported only if such a command is configured

    name = f"{setting} {format_for_message(command[0])}"
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired:
        # Not chained: the exception contains the output so far.
        raise ConfigError(
            _("{command} did not finish within {seconds} s", command=name, seconds=f"{timeout_s:g}")
        ) from None
    except (OSError, ValueError) as error:
        raise ConfigError(_("cannot run {command}: {reason}", command=name, reason=system_reason(error))) from error
    if done.returncode:
        complaint = _first_line(done.stderr)[:_COMPLAINT_MAX]
        bare, explained = (
            N_("{command} failed with status {status}"),
            N_("{command} failed with status {status}: {complaint}"),
        )
        what = explained if complaint else bare
        raise ConfigError(_(what, command=name, status=done.returncode, complaint=complaint))
    key = clean_key(_first_line(done.stdout), source=name)
    if key is None:
        raise ConfigError(_("{command} printed nothing", command=name))
    return key


def _first_line(output: bytes) -> str:
    return next(iter(output.decode(errors="replace").strip().splitlines()), "").strip()


def key_from_keyring(provider: str, origin: Origin) -> Secret | str:
    """Return the key for *provider* at *origin* from the system keyring, or why there is none.

    Raises ConfigError if the keyring is not available.
    """
    from importlib import import_module

    try:
        keyring = import_module("keyring")
    except ImportError as error:
        hint = _("Install it ({command}), or remove api_key_keyring", command=f"`{install_command('keyring')}`")
        raise ConfigError(_("api_key_keyring requires the Python package keyring"), hint=hint) from error
    service = keyring_service(origin)
    try:
        text = keyring.get_password(service, provider)
    except keyring.errors.KeyringError as error:
        raise ConfigError(_("cannot read the keyring: {reason}", reason=error)) from error
    key = clean_key(text or "", source=_("the keyring"))
    return key or _("the keyring has no entry for service {service}, user {user}", service=service, user=provider)


def keyring_service(origin: Origin) -> str:
    """Return the keyring's service name, which contains the origin so that the key is bound to it."""
    return f"chatcli {origin}"
