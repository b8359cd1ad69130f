"""A key may go unencrypted, a proxy is passed by, and a refusal is final, only where the host is this machine."""

import pytest

from chatcli.text.hosts import is_loopback, is_possible, mixes_scripts

OURS = "localhost LOCALHOST LOCALHOST. 127.0.0.1 127.9.9.9 127.255.0.3 ::1 [::1]"
OTHERS = "localhost.evil.example 127.0.0.1.evil.example 127.0.0.256 127.1 1270.0.0.1 127.0.0.x 127.0.0.² 0.0.0.0 ::2"


@pytest.mark.parametrize("host", OURS.split())
def test_this_machine_is_known_by_its_name(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "example.com", "10.0.0.1", *OTHERS.split()])
def test_everything_else_is_another_machine(host: str) -> None:
    assert not is_loopback(host)


LONGEST = ".".join(["a" * 63] * 3 + ["a" * 61])  # 253 letters, as many as a name may have


@pytest.mark.parametrize(
    ("host", "possible"),
    [
        ("example.com", True),
        ("example.com.", True),  # the root of all names is named too
        ("example.com..", False),
        (".example.com", False),
        ("a..b", False),
        ("", False),
        (LONGEST, True),
        (f"{LONGEST}.", True),
        (f"{LONGEST}a", False),
        ("a" * 63, True),
        ("a" * 64, False),
        ("127.0.0.1", True),
        ("127.0.0.256", False),
        ("[::1]", True),
        ("[::g]", False),
    ],
)
def test_what_could_never_be_resolved_is_no_host(host: str, possible: bool) -> None:
    assert is_possible(host) == possible


@pytest.mark.parametrize(
    ("host", "mixes"),
    [
        ("apple.com", False),
        ("xn--pple-43d.com", True),  # its first letter is Cyrillic
        ("аpple.com", True),
        ("xn--80ak6aa92e.com", False),  # all Cyrillic
        ("пример.example", False),  # a script a label
        ("日本語テスト.jp", False),
        ("日本abc.jp", False),
        ("münchen-1.de", False),
        ("xn--\u00e9.com", False),
        ("", False),
    ],
)
def test_scripts_that_are_not_written_together_are_found(host: str, mixes: bool) -> None:
    assert mixes_scripts(host) == mixes
