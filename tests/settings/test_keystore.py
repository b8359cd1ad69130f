"""Saved keys are bound to a host, shown to no one, and never lost to a damaged file."""

import json
from pathlib import Path

import pytest

from chatcli.errors import ConfigError
from chatcli.settings.keystore import Confirmations, KeyStore, SavedKey, clean_key, confirmations, key_store
from chatcli.settings.urls import Origin, origin_of
from chatcli.text.redactor import Secret
from tests.settings.conftest import Around

OPENAI = origin_of("https://api.openai.com/v1")
KEY = "sk-proj-0123456789"


@pytest.fixture
def store(around: Around) -> KeyStore:
    return key_store(around().dirs)


def test_a_saved_key_is_found_for_its_host(store: KeyStore) -> None:
    assert store.set_key("openai", origin=OPENAI, key=f" {KEY}\r\n") == SavedKey("openai", "https://api.openai.com")

    assert store.find("openai", OPENAI) == Secret(KEY)


@pytest.mark.parametrize(
    "other",
    [
        Origin("https", "evil.example", 443),
        Origin("https", "api.openai.com", 8443),
        Origin("http", "api.openai.com", 443),
        Origin("https", "api.openai.com.evil.example", 443),
    ],
    ids=str,
)
def test_a_saved_key_is_found_for_no_other_host(store: KeyStore, other: Origin) -> None:
    store.set_key("openai", origin=OPENAI, key=KEY)

    assert store.find("openai", other) == f"the saved key is for https://api.openai.com, not {other}"
    assert store.find("work", OPENAI) == "no key is saved for work"


def test_lists_show_names_and_hosts_only(store: KeyStore) -> None:
    store.set_key("work", origin=Origin("http", "box", 1), key=KEY)
    store.set_key("openai", origin=OPENAI, key=KEY)

    assert store.list_keys() == (SavedKey("openai", "https://api.openai.com"), SavedKey("work", "http://box:1"))


def test_a_key_is_replaced_and_removed(store: KeyStore) -> None:
    store.set_key("openai", origin=OPENAI, key="first-key")
    store.set_key("openai", origin=OPENAI, key="second-key")
    assert store.find("openai", OPENAI) == Secret("second-key")

    store.remove_key("openai")

    assert not store.list_keys()


def test_removing_what_is_not_there_says_what_is(store: KeyStore) -> None:
    with pytest.raises(ConfigError, match='no key is saved for "work"') as nothing:
        store.remove_key("work")
    store.set_key("openai", origin=OPENAI, key=KEY)
    with pytest.raises(ConfigError) as something:
        store.remove_key("work")

    assert nothing.value.hint == "Saved keys: none"
    assert something.value.hint == "Saved keys: openai"


def test_nothing_is_not_a_key(store: KeyStore) -> None:
    with pytest.raises(ConfigError, match="the key is empty"):
        store.set_key("openai", origin=OPENAI, key=" \n")

    assert not store.ledger.path.exists()


WHOLE = json.dumps({"version": 1, "records": {"openai": {"origin": "https://api.openai.com", "key": KEY}}})


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(WHOLE[:-3], id="cut"),
        pytest.param("", id="empty"),
        pytest.param("[]", id="another shape"),
        pytest.param('{"version": 1, "records": []}', id="no records"),
        pytest.param('{"version": 1, "records": {"openai": {"key": "k"}}}', id="key without host"),
        pytest.param('{"version": 1, "records": {"openai": {"origin": "o", "key": 3}}}', id="key that is no text"),
        pytest.param('{"version": 1, "records": {"openai": "k"}}', id="record that is none"),
        pytest.param("[" * 100_000, id="bottomless"),
        pytest.param("\0\xff", id="binary"),
        pytest.param('{"version": 2, "records": {}}', id="newer"),
    ],
)
def test_h81_a_store_that_cannot_be_read_is_left_as_it_is(store: KeyStore, text: str) -> None:
    path = store.ledger.path
    path.parent.mkdir(parents=True, mode=0o700)
    path.write_bytes(text.encode("latin-1"))
    path.chmod(0o600)

    with pytest.raises(ConfigError) as caught:
        store.set_key("groq", origin=OPENAI, key=KEY)

    assert path.read_bytes() == text.encode("latin-1")
    assert str(path) in caught.value.sentence()
    assert KEY not in caught.value.sentence()


def test_a_store_that_others_can_read_is_refused(store: KeyStore) -> None:
    store.set_key("openai", origin=OPENAI, key=KEY)
    store.ledger.path.chmod(0o644)

    with pytest.raises(ConfigError) as caught:
        store.find("openai", OPENAI)

    assert caught.value.hint == f"Run: chmod 600 {store.ledger.path}"


@pytest.mark.parametrize("around_it", ["\n", "\r\n", "  ", "\t"], ids=repr)
def test_white_space_around_a_key_is_taken_off(around_it: str) -> None:
    assert clean_key(f"{around_it}{KEY}{around_it}", source="x") == Secret(KEY)


@pytest.mark.parametrize(
    ("key", "name", "place"),
    [
        ("sk-123456\u201c7", "U+201C", 10),
        ("sk-1 2", "U+0020", 5),
        ("sk-1\x002", "U+0000", 5),
        ("\ufeffsk-12", "U+FEFF", 1),
        ("sk-1\n2", "U+000A", 5),
        ("sk-😀", "U+1F600", 4),
    ],
)
def test_a_character_no_header_can_carry_is_named_without_the_key(key: str, name: str, place: int) -> None:
    with pytest.raises(ConfigError) as caught:
        clean_key(key, source="$X")

    assert caught.value.what == f"the key from $X contains {name} at position {place}"
    assert "sk-" not in caught.value.sentence()


def test_an_emptied_record_gives_no_key(store: KeyStore) -> None:
    store.ledger.add("openai", origin=str(OPENAI), key="")

    assert store.find("openai", OPENAI) == "the saved key is empty"


def test_confirmations_hold_for_one_variable_and_one_host(around: Around, tmp_path: Path) -> None:
    agreed: Confirmations = confirmations(around().dirs)
    box = Origin("http", "box", 8080)

    agreed.add("OPENAI_API_KEY", box)

    assert agreed.holds("OPENAI_API_KEY", box)
    assert not agreed.holds("OPENAI_API_KEY", Origin("http", "box", 80))
    assert not agreed.holds("OPENAI_API_KEY", Origin("https", "box", 8080))
    assert not agreed.holds("XAI_API_KEY", box)
