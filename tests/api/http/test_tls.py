"""Which authorities are trusted is what was named, and a certificate that is not accepted is explained."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from chatcli.api.http.tls import explain_tls_error, make_context
from chatcli.errors import ConfigError

HOST = "api.example.com"


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def shake_hands(client: ssl.SSLContext, server: ssl.SSLContext, host: str = HOST) -> None:
    """Let both sides talk in memory until they agree; raises what the client says where they do not."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(to_client, to_server, server_hostname=host)
    answering = server.wrap_bio(to_server, to_client, server_side=True)
    for side in (asking, answering, asking, answering):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue


def server_of(certificate: trustme.LeafCert) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(made)
    return made


def complaint(certificate: trustme.LeafCert, ca_file: Path, host: str = HOST) -> str:
    with pytest.raises(ssl.SSLError) as caught:
        shake_hands(make_context(str(ca_file), {}), server_of(certificate), host)
    return explain_tls_error(caught.value, host)


def test_a_certificate_of_the_named_authority_is_accepted(authority: trustme.CA, ca_file: Path) -> None:
    server = server_of(authority.issue_cert(HOST))

    shake_hands(make_context(str(ca_file), {}), server)
    shake_hands(make_context(None, {"SSL_CERT_FILE": str(ca_file)}), server)


def test_the_setting_goes_before_the_variable(authority: trustme.CA, ca_file: Path) -> None:
    shake_hands(make_context(str(ca_file), {"SSL_CERT_FILE": "/nope"}), server_of(authority.issue_cert(HOST)))


def test_an_expired_certificate_is_explained(authority: trustme.CA, ca_file: Path) -> None:
    past = datetime.now(UTC) - timedelta(days=1)
    expired = authority.issue_cert(HOST, not_before=past - timedelta(days=9), not_after=past)

    assert complaint(expired, ca_file) == "its certificate has expired"


@pytest.mark.parametrize("host", ["other.example.com", "192.0.2.1"], ids=["name", "address"])
def test_a_certificate_for_another_name_is_explained(authority: trustme.CA, ca_file: Path, host: str) -> None:
    said = complaint(authority.issue_cert(HOST), ca_file, host)

    assert said == f"its certificate is for another name than {host}"


def test_an_unknown_authority_is_explained(ca_file: Path) -> None:
    said = complaint(trustme.CA().issue_cert(HOST), ca_file)

    assert said == "its certificate was issued by an authority that this machine does not trust"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (18, "its certificate is self-signed"),
        (19, "its certificate was issued by an authority that this machine does not trust"),
        (23, "its certificate is not accepted (certificate revoked)"),
    ],
    ids=["self-signed", "self-signed authority", "another reason"],
)
def test_other_reasons_are_explained(code: int, said: str) -> None:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, "certificate revoked"

    assert explain_tls_error(error, HOST) == said


def test_a_server_without_tls_is_recognised() -> None:
    answer = ssl.MemoryBIO()
    asking = make_context(None, {}).wrap_bio(answer, ssl.MemoryBIO(), server_hostname=HOST)
    answer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with pytest.raises(ssl.SSLError) as caught:
        asking.do_handshake()

    assert explain_tls_error(caught.value, HOST).startswith("it does not speak TLS on this port")


def test_any_other_failure_keeps_the_library_s_word() -> None:
    assert explain_tls_error(ssl.SSLError("odd"), HOST).startswith("the TLS handshake failed (")


@pytest.mark.parametrize("name", ["`ca_file`", "SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_what_points_nowhere_is_named(name: str, tmp_path: Path) -> None:
    path = str(tmp_path / "nope")
    setting, environ = (path, {}) if name == "`ca_file`" else (None, {name: path})

    with pytest.raises(ConfigError) as caught:
        make_context(setting, environ)

    assert caught.value.what == f"{name} points to {path}, which does not exist"


def test_a_file_and_a_folder_are_not_the_same(tmp_path: Path, ca_file: Path) -> None:
    with pytest.raises(ConfigError, match=r"`ca_file` .* a folder"):
        make_context(str(tmp_path), {})
    with pytest.raises(ConfigError, match=r"SSL_CERT_DIR .* a file"):
        make_context(None, {"SSL_CERT_DIR": str(ca_file)})


def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


def _circle(folder: Path) -> Path:
    (folder / "circle").symlink_to(folder / "circle")
    return folder / "circle"


UNUSABLE: dict[str, Callable[[Path], Path]] = {
    "pipe": _pipe,
    "circle": _circle,
    "endless": lambda _: Path("/dev/zero"),
    "long": lambda folder: folder / ("x" * 300),
}


@pytest.mark.parametrize("kind", UNUSABLE)
@pytest.mark.parametrize("name", ["`ca_file`", "SSL_CERT_FILE"])
def test_what_cannot_be_read_is_named_and_never_waited_for(name: str, kind: str, tmp_path: Path) -> None:
    path = str(UNUSABLE[kind](tmp_path))
    setting, environ = (path, {}) if name == "`ca_file`" else (None, {name: path})

    with pytest.raises(ConfigError) as caught:
        make_context(setting, environ)

    assert name in caught.value.what
    assert path in caught.value.what


def test_a_file_without_certificates_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.pem"
    path.write_text("nothing")

    with pytest.raises(ConfigError, match="certificates"):
        make_context(str(path), {})


def test_a_home_may_be_written_as_a_tilde(ca_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(ca_file.parent))

    assert make_context("~/ca.pem", {}).cert_store_stats()["x509_ca"] == 1


def test_old_versions_of_tls_are_not_spoken() -> None:
    made = make_context(None, {})

    assert made.minimum_version == ssl.TLSVersion.TLSv1_2
    assert (made.verify_mode, made.check_hostname) == (ssl.CERT_REQUIRED, True)
