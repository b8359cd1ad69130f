"""Certificates: which authorities are trusted, and what was wrong with a certificate in words for people."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path

from chatcli.errors import ConfigError


def make_context(ca_file: str | None, environ: Mapping[str, str]) -> ssl.SSLContext:
    """Return a context that verifies servers.

    The authorities are those of *ca_file*, else of SSL_CERT_FILE and SSL_CERT_DIR, else the system's (a directory
    that is looked into by hash where there is one: 1 ms to load; a bundle takes 20 to 30), else certifi's.

    Raises ConfigError naming the setting or the variable that points nowhere.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        _load(made, "`ca_file`", file=str(Path(ca_file).expanduser()))
        return made
    named = {name: environ[name] for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if environ.get(name)}
    for name, path in named.items():
        _load(made, name, **{"file" if name == "SSL_CERT_FILE" else "folder": path})
    if not named:
        _load_system(made)
    return made


def explain_tls_error(error: ssl.SSLError, host: str) -> str:
    """Return what is wrong with the certificate or the handshake, as the end of a sentence about *host*."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        if "WRONG_VERSION_NUMBER" in str(error) or "record layer failure" in str(error):
            return "it does not speak TLS on this port (is the base_url http:// or another port?)"
        return f"the TLS handshake failed ({getattr(error, 'reason', None) or error})"
    match error.verify_code:
        case 10:
            return "its certificate has expired"
        case 18:
            return "its certificate is self-signed"
        case 19 | 20 | 21:
            return "its certificate was issued by an authority that is not known here"
        case 62 | 64:
            return f"its certificate is for another name than {host}"
        case _:
            return f"its certificate is not accepted ({error.verify_message})"


def _load(made: ssl.SSLContext, name: str, *, file: str | None = None, folder: str | None = None) -> None:
    path = Path(file or folder or "")
    if not (path.is_file() if file else path.is_dir()):
        what = f"{name} points to {path}, which does not exist" if not path.exists() else f"{name} cannot use {path}"
        raise ConfigError(what, hint="correct it or remove it")
    try:
        made.load_verify_locations(file, folder)
    except (ssl.SSLError, OSError) as error:
        message = f"{name} points to {path}, which holds no certificates that can be read"
        raise ConfigError(message, hint="it must be a file of PEM certificates") from error


def _load_system(made: ssl.SSLContext) -> None:
    paths = ssl.get_default_verify_paths()
    if paths.capath and any(Path(paths.capath).glob("*.0")):
        made.load_verify_locations(capath=paths.capath)
    elif paths.cafile:
        made.load_verify_locations(paths.cafile)
    else:
        import certifi  # reading its bundle takes 30 ms

        made.load_verify_locations(certifi.where())
