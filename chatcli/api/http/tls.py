"""Loads certificate authorities, and explains TLS failures in plain words."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from chatcli.errors import ConfigError
from chatcli.files.foreign import ForeignReader
from chatcli.language import N_, _

_READER = ForeignReader()
_NO_FILE = N_("{name} points to {path}, which is a folder")
_NO_FOLDER = N_("{name} points to {path}, which is a file")


def make_context(ca_file: str | None, environ: Mapping[str, str]) -> ssl.SSLContext:
    """Return a context that verifies servers.

    The authorities are those of *ca_file*, else of SSL_CERT_FILE and SSL_CERT_DIR, else the system's (a directory
    that is looked into by hash where there is one: 1 ms to load; a bundle takes 20 to 30), else certifi's.

    Raises ConfigError naming the setting or the variable that points nowhere.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        _load(made, "`ca_file`", Path(ca_file).expanduser(), "file")
        return made
    if environ.get("SSL_CERT_FILE"):
        _load(made, "SSL_CERT_FILE", Path(environ["SSL_CERT_FILE"]), "file")
    if environ.get("SSL_CERT_DIR"):
        _load(made, "SSL_CERT_DIR", Path(environ["SSL_CERT_DIR"]), "folder")
    if not (environ.get("SSL_CERT_FILE") or environ.get("SSL_CERT_DIR")):
        _load_system(made)
    return made


def explain_tls_error(error: ssl.SSLError, host: str) -> str:
    """Return the fault of the certificate or the handshake, as the end of a sentence about *host*."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        if "WRONG_VERSION_NUMBER" in str(error) or "record layer failure" in str(error):
            return _("it does not speak TLS on this port (is the base_url http:// or another port?)")
        return _("the TLS handshake failed ({reason})", reason=getattr(error, "reason", None) or error)
    match error.verify_code:
        case 10:
            return _("its certificate has expired")
        case 18:
            return _("its certificate is self-signed")
        case 19 | 20 | 21:
            return _("its certificate was issued by an authority that this machine does not trust")
        case 62 | 64:
            return _("its certificate is for another name than {host}", host=host)
        case _:
            return _("its certificate is not accepted ({reason})", reason=error.verify_message)


def _load(made: ssl.SSLContext, name: str, path: Path, wanted: Literal["file", "folder"]) -> None:
    _check(name, path, wanted)
    try:
        made.load_verify_locations(str(path) if wanted == "file" else None, str(path) if wanted == "folder" else None)
    except (ssl.SSLError, OSError) as error:
        message = _("{name} points to {path}, which does not contain readable certificates", name=name, path=path)
        raise ConfigError(message, hint=_("use a file of PEM certificates")) from error


def _check(name: str, path: Path, wanted: Literal["file", "folder"]) -> None:
    """Raise ConfigError unless *path* can be read and is what is *wanted*: OpenSSL would wait for a pipe forever."""
    try:
        found = _READER.kind(path)
        if found == wanted == "file":
            _READER.read_beginning(path, 1)
    except ConfigError as error:
        raise ConfigError(_("{name}: {problem}", name=name, problem=error.what), hint=error.hint) from error
    if found == "missing":
        raise ConfigError(
            _("{name} points to {path}, which does not exist", name=name, path=path), hint=_("correct it or remove it")
        )
    if found != wanted:
        message, hint = (_NO_FILE, _("use a file")) if wanted == "file" else (_NO_FOLDER, _("use a folder"))
        raise ConfigError(_(message, name=name, path=path), hint=hint)


def _load_system(made: ssl.SSLContext) -> None:
    paths = ssl.get_default_verify_paths()
    if paths.capath and any(Path(paths.capath).glob("*.0")):
        made.load_verify_locations(capath=paths.capath)
    elif paths.cafile:
        made.load_verify_locations(paths.cafile)
    else:
        import certifi  # reading its bundle takes 30 ms

        made.load_verify_locations(certifi.where())
