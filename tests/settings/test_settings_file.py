"""The settings file is changed as a whole or not at all, and only into one that would be accepted at start."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from chatcli.errors import ConfigError
from chatcli.files.own import app_dirs
from chatcli.settings.loading import SettingsSources, user_layer
from chatcli.settings.names import Name
from chatcli.settings.settings_file import SettingsFile, parse_assignment

THEME: Name = ("ui", "theme")
TEXT = '# mine\n[ui]\ntheme = "light"  # by day\n'

OpenFile: TypeAlias = Callable[..., SettingsFile]


@pytest.fixture
def sources(home: Path) -> SettingsSources:
    return SettingsSources({}, app_dirs({"HOME": str(home)}), home, {})


@pytest.fixture
def open_file(sources: SettingsSources) -> OpenFile:
    """Write the settings file, and open it for changes."""

    def open_with(text: str | None = TEXT) -> SettingsFile:
        sources.dirs.config.mkdir(parents=True, mode=0o700)
        if text is not None:
            sources.dirs.config_file.write_text(text, newline="")
        return SettingsFile.of(sources)

    return open_with


def test_a_first_setting_creates_a_private_file(sources: SettingsSources) -> None:
    SettingsFile.of(sources).save({THEME: "dark"})

    file = sources.dirs.config_file
    assert file.read_text() == '[ui]\ntheme = "dark"\n'
    assert [path.stat().st_mode & 0o777 for path in (file, file.parent)] == [0o600, 0o700]


def test_a_linked_file_is_changed_in_its_place_with_its_permissions(
    sources: SettingsSources, open_file: OpenFile, tmp_path: Path
) -> None:
    file, kept = open_file(None), tmp_path / "dotfiles"
    kept.write_text(TEXT)
    kept.chmod(0o640)
    file.path.symlink_to(kept)

    SettingsFile.of(sources).save({THEME: "dark"})

    assert file.path.readlink() == kept
    assert kept.read_text() == TEXT.replace("light", "dark")
    assert kept.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["dotfiles"]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        pytest.param("x = [", "line 1", id="not TOML"),
        pytest.param('[ui]\ntheme = "drak"\n', "drak", id="another value is wrong"),
        pytest.param("[ui]\nthem = 1\n", "ui.theme", id="another name is unknown"),
    ],
)
def test_a_file_with_a_mistake_is_not_touched(open_file: OpenFile, text: str, part: str) -> None:
    file = open_file(text)

    with pytest.raises(ConfigError) as error:
        file.save({("ui", "ascii"): True})
    with pytest.raises(ConfigError):
        file.remove(THEME)

    assert part in error.value.sentence()
    assert file.path.read_text() == text


def test_a_value_that_makes_a_table_wrong_is_not_written(open_file: OpenFile) -> None:
    file = open_file("[models.x]\nprice = {input = 1, output = 2}\n")

    with pytest.raises(ConfigError) as error:
        file.save({("models", "x", "price", "input"): "cheap"})

    assert "models.x.price" in error.value.what
    assert file.path.read_text() == "[models.x]\nprice = {input = 1, output = 2}\n"


def test_a_read_only_file_stays_as_it_is(open_file: OpenFile) -> None:
    file = open_file()
    file.path.chmod(0o400)

    with pytest.raises(ConfigError, match="read-only"):
        file.save({THEME: "dark"})

    assert file.path.read_text() == TEXT


@pytest.mark.parametrize("text", ["\ufeff" + TEXT, TEXT.replace("\n", "\r\n")], ids=["byte order mark", "CRLF"])
def test_marks_of_other_editors_stay(open_file: OpenFile, sources: SettingsSources, text: str) -> None:
    open_file(text).save({("ui", "ascii"): True})

    changed = sources.dirs.config_file.read_bytes().decode()
    assert changed.replace("ascii = true", "").split() == text.split()
    assert changed.count("\r\n") == changed.count("\n") * ("\r" in text)
    assert {entry.name[-1]: entry.value for entry in user_layer(sources).entries} == {"theme": "light", "ascii": True}


def test_what_is_not_set_is_not_removed(open_file: OpenFile) -> None:
    file = open_file()

    assert not file.remove(("ui", "ascii"))
    assert not file.remove(())
    assert file.path.read_text() == TEXT
    assert file.remove(THEME)
    assert file.path.read_text() == "# mine\n"


def test_programs_that_save_at_once_wait_for_each_other(open_file: OpenFile) -> None:
    """Each child keeps the folder locked from reading to writing, so that none loses what another saved."""
    file = open_file()
    names = ["ascii", "plain", "markdown", "ctrl_c_exit"]
    children = []
    for name in names:
        if (child := os.fork()) == 0:
            file.save({("ui", name): True})
            os._exit(0)
        children.append(child)

    assert [os.waitpid(child, 0)[1] for child in children] == [0] * len(names)
    assert all(f"{name} = true" in file.path.read_text() for name in names)


ASSIGNMENTS = [
    ("defaults.model", "gpt", (("defaults", "model"), "gpt")),
    ("ui.ascii", "yes", (("ui", "ascii"), True)),
    ("tools.enabled", "now, run", (("tools", "enabled"), ["now", "run"])),
    ('models."a.b".params.seed', "7", (("models", "a.b", "params", "seed"), 7)),
    ("models.m.params.user", "ann", (("models", "m", "params", "user"), "ann")),
    ("models.m.price.input", "2.5", (("models", "m", "price", "input"), 2.5)),
    ("providers.p.headers.X-Title", "7", (("providers", "p", "headers", "X-Title"), "7")),
]


@pytest.mark.parametrize(("key", "text", "wanted"), ASSIGNMENTS, ids=[row[0] for row in ASSIGNMENTS])
def test_a_value_is_read_by_its_setting(key: str, text: str, wanted: tuple[Name, object]) -> None:
    assert parse_assignment(key, text) == wanted


@pytest.mark.parametrize(
    ("key", "text", "part"),
    [
        ("model", "x", "defaults.model"),
        ("ui.theme", "drak", '"dark"'),
        ("models.m.params", '{"stop": null}', "null"),
        ("models.m.extra_body.a", '[{"b": null}]', "null"),
        ("tools.enabled", "[now", "tools.enabled"),
        ("a..b", "x", "a..b"),
    ],
)
def test_a_wrong_assignment_names_key_value_and_remedy(key: str, text: str, part: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_assignment(key, text)

    assert part in error.value.sentence()


def test_a_key_that_stands_in_the_wrong_place_is_not_repeated() -> None:
    with pytest.raises(ConfigError) as error:
        parse_assignment("providers.openai.api_key", "sk-1234567890")

    assert "sk-1234567890" not in error.value.sentence()
