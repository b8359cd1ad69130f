"""Settings files are read whole or refused with the place of the mistake, and never changed."""

import os
from pathlib import Path

import pytest

from chatcli.errors import ConfigError
from chatcli.settings.layers import SettingEntry
from chatcli.settings.toml import MAX_BYTES, entries, parse_toml, read_file

PATH = Path("/home/me/config.toml")


def test_every_setting_of_a_document_becomes_an_entry() -> None:
    document = parse_toml(
        b'\xef\xbb\xbf[ui]\nplain = true\n[models."gpt-x.1"]\nparams = { a = 1 }\n[providers.x]\n[nonsense]\na = 1\n',
        path=PATH,
    )

    assert list(entries(document, source="config.toml")) == [
        SettingEntry(("ui", "plain"), True, "config.toml"),
        SettingEntry(("models", "gpt-x.1", "params"), {"a": 1}, "config.toml"),
        SettingEntry(("nonsense",), {"a": 1}, "config.toml"),
    ]


@pytest.mark.parametrize(
    ("data", "place"),
    [
        pytest.param(b"[ui]\nplain = yes\n", "/home/me/config.toml, line 2, column 9: ", id="wrong value"),
        pytest.param(b"[ui]\nplain =", "/home/me/config.toml, line 2, column 8: ", id="end of the file"),
        pytest.param(b"a = 1\na = 2\n", "/home/me/config.toml, line 2, column 6: ", id="twice"),
        pytest.param(b"a = 1\nb = '\xff'", "/home/me/config.toml, line 2: not valid UTF-8", id="Latin-1"),
        pytest.param(b"a = 1\0", "/home/me/config.toml is a binary file", id="binary"),
        pytest.param(b"a = " + b"[" * 100_000, "/home/me/config.toml cannot be parsed as TOML", id="bottomless"),
        pytest.param(b"a = " + b"9" * 5000, "/home/me/config.toml cannot be parsed as TOML", id="huge number"),
    ],
)
def test_a_mistake_is_named_with_its_place(data: bytes, place: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_toml(data, path=PATH)

    assert caught.value.what.startswith(place)


def test_a_file_that_is_too_large_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))

    with pytest.raises(ConfigError, match=r"larger than 1\.0 MB"):
        read_file(path)

    assert path.stat().st_size == MAX_BYTES + 1


def test_no_file_is_nothing(tmp_path: Path) -> None:
    assert read_file(tmp_path / "config.toml") is None


def test_a_directory_is_not_a_settings_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder, not a file"):
        read_file(tmp_path)


def test_a_file_that_everybody_may_write_is_refused_where_it_matters(tmp_path: Path) -> None:
    path = tmp_path / "my config.toml"
    path.write_text("[ui]")
    path.chmod(0o666)

    with pytest.raises(ConfigError) as caught:
        read_file(path, guarded=True)

    assert caught.value.hint == f"Run: chmod o-w '{path}'"
    assert read_file(path) == b"[ui]"


def test_the_null_device_is_an_empty_file() -> None:
    assert read_file(Path(os.devnull), guarded=True) == b""
