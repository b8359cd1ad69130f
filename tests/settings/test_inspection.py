"""What `chat config` shows, writes, opens and finds."""

import re
import stat
from pathlib import Path

import pytest

from chatcli.errors import ConfigError
from chatcli.settings.definition import NAMED, SETTINGS, Ui
from chatcli.settings.example import example
from chatcli.settings.inspection import SettingRow, check_config, file_to_edit, list_settings, write_example
from chatcli.settings.keystore import key_store
from chatcli.settings.layers import SettingEntry
from chatcli.settings.loading import SettingsSources, config_file, load_settings
from chatcli.settings.trust import trust_ledger, trust_project
from chatcli.settings.urls import origin_of
from tests.settings.conftest import Around

ROOT = Path(__file__).parents[2]


def rows(here: SettingsSources, *flags: SettingEntry) -> dict[str, SettingRow]:
    return {row.key: row for row in list_settings(load_settings(here, flags=flags).resolved)}


def test_every_setting_is_shown_with_its_origin(around: Around) -> None:
    shown = rows(
        around('[models."m.1"]\ncontext = 8192', CHAT_PLAIN="1"), SettingEntry(("defaults", "model"), "m", "flag -m")
    )

    assert shown["defaults.model"] == SettingRow("defaults.model", '"m"', "flag -m")
    assert shown["ui.plain"] == SettingRow("ui.plain", "true", "environment CHAT_PLAIN")
    assert shown['models."m.1".context'] == SettingRow('models."m.1".context', "8192", "config.toml")
    assert shown["ui.theme"] == SettingRow("ui.theme", '"auto"', "default")
    assert shown["defaults.temperature"].value == ""
    assert {key for key in shown if not key.startswith("models")} == {
        ".".join(setting.name) for setting in SETTINGS if setting.name[0] not in NAMED
    }


def test_nothing_that_is_shown_is_a_secret(around: Around) -> None:
    here = around(
        '[providers.x]\nbase_url = "https://x.example"\nheaders = { X-Tenant = "hidden-1" }\n'
        'api_key_cmd = ["echo", "sk-hidden-222222"]',
        OPENAI_API_KEY="hidden-3",
    )
    key_store(here.dirs).set_key("x", origin=origin_of("https://x.example"), key="hidden-4")

    text = "\n".join(row.value for row in rows(here).values())

    assert "hidden" not in text
    assert '{ X-Tenant = "***" }' in text


def test_the_layers_are_gathered_in_order(around: Around) -> None:
    here = around('[defaults]\nmodel = "user"\nsystem = "user"\nprovider = "user"\nmax_wait = 1', CHAT_PROVIDER="env")
    (here.directory / ".chat.toml").write_text('[defaults]\nmodel = "project"\nsystem = "project"')
    trust_project(here.directory, trust_ledger(here.dirs))

    loaded = load_settings(here, flags=(SettingEntry(("defaults", "model"), "flag", "flag --model"),)).resolved

    assert loaded.settings.defaults.model == "flag"
    assert loaded.settings.defaults.provider == "env"
    assert loaded.settings.defaults.system == "project"
    assert loaded.settings.defaults.max_wait == 1


def test_another_file_can_be_named(around: Around, tmp_path: Path) -> None:
    (tmp_path / "home" / "mine.toml").write_text("[ui]\nascii = true")
    here = around("[ui]\nplain = true", CHAT_CONFIG="~/mine.toml")

    assert config_file(here) == tmp_path / "home" / "mine.toml"
    assert load_settings(here).resolved.settings.ui == Ui(ascii=True)
    assert load_settings(here).resolved.source("ui.ascii") == "mine.toml"


def test_a_named_file_must_exist(around: Around) -> None:
    with pytest.raises(ConfigError, match="environment CHAT_CONFIG names /nowhere/x, which does not exist"):
        load_settings(around(CHAT_CONFIG="/nowhere/x"))


@pytest.mark.parametrize(
    "content",
    ["[ui\n", "[ui]\nplain = 3", "[iu]\na = 1", "\0", "#" * 2_000_000],
    ids=["syntax", "type", "unknown", "binary", "huge"],
)
def test_h80_a_wrong_file_is_refused_and_never_changed(around: Around, content: str) -> None:
    here = around(content)

    with pytest.raises(ConfigError, match=r"config\.toml"):
        load_settings(here)

    assert config_file(here).read_text(encoding="utf-8") == content


def test_the_example_in_the_repository_is_the_one_in_the_code() -> None:
    assert (ROOT / "config.example.toml").read_text(encoding="utf-8") == example()


def test_the_example_changes_nothing_as_it_is(around: Around) -> None:
    assert load_settings(around(example())).resolved.given == {}


def test_the_example_uncommented_sets_every_default(around: Around) -> None:
    lines = [line[1:] if line[:1] == "#" and line[1:2] != " " else line for line in example().splitlines()]

    loaded = load_settings(around("\n".join(lines))).resolved

    assert {(name[0], name[-1]) for name in loaded.given} == {(s.name[0], s.name[-1]) for s in SETTINGS}
    for setting in SETTINGS:
        given = next(
            loaded.given[name] for name in loaded.given if (name[0], name[-1]) == (setting.name[0], setting.name[-1])
        )
        assert setting.default is None or given.value == setting.default


def test_the_example_has_a_line_of_help_for_each_setting() -> None:
    settings = [line for line in example().splitlines() if line[:1] == "#" and " = " in line and line[1] != " "]

    assert len(settings) == len(SETTINGS)
    assert all("  # " in line and len(line) <= 120 for line in settings)


def test_init_writes_the_example_for_the_user_alone(around: Around) -> None:
    path = write_example(around())

    assert path.read_text() == example()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_init_never_overwrites(around: Around) -> None:
    here = around("# mine")

    with pytest.raises(ConfigError, match="already exists"):
        write_example(here)

    assert config_file(here).read_text() == "# mine"


def test_init_says_why_it_cannot_write(around: Around, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigError, match="cannot "):
        write_example(around(CHAT_CONFIG=str(tmp_path / "file" / "config.toml")))
    with pytest.raises(ConfigError, match="cannot write"):
        write_example(around(CHAT_CONFIG=str(tmp_path / ("x" * 300))))


def test_the_file_to_edit_is_there_then(around: Around) -> None:
    here = around()

    assert file_to_edit(here).read_text() == example()
    assert file_to_edit(here) == config_file(here)


def test_a_sound_setup_has_no_problems(around: Around) -> None:
    assert check_config(around()) == ()
    assert check_config(around('[defaults]\nprovider = "guide"\n[providers.x]\nbase_url = "http://box"')) == ()


def test_all_mistakes_are_found_at_once(around: Around) -> None:
    here = around("[ui]\nplain = 3\nthem = 1", CHAT_PLAIN="perhaps", CHAT_DEBUG="loud")
    store = key_store(here.dirs)
    store.set_key("x", origin=origin_of("https://x.example"), key="k")
    store.ledger.path.chmod(0o644)

    places = [re.split(": | = ", error.what)[0] for error in check_config(here)]

    assert places == [
        "environment CHAT_PLAIN",
        "config.toml, line 2",
        "config.toml, line 3",
        "environment CHAT_DEBUG",
        f"{store.ledger.path} is accessible to other users (mode 0644)",
    ]


def test_a_file_that_cannot_be_read_does_not_hide_the_rest(around: Around) -> None:
    found = check_config(around("[ui", CHAT_PLAIN="perhaps"))

    assert len(found) == 2


def test_providers_are_looked_at_when_the_rest_is_right(around: Around) -> None:
    here = around('[defaults]\nprovider = "opanai"\n[providers.x]\nrpm = 1\nca_file = "~/no.pem"')

    assert [error.sentence() for error in check_config(here)] == [
        'config.toml: unknown provider "opanai". Did you mean "openai"?',
        "provider x has no URL. Set providers.x.base_url",
        "providers.x.ca_file: no such file: ~/no.pem",
    ]
