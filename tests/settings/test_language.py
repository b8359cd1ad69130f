"""The language is chosen before the settings are read."""

from __future__ import annotations

import pytest

from chatcli.language import ENGLISH, current_language, use_language
from chatcli.settings.kinds import LANGUAGE
from chatcli.settings.language import use_wished_language
from chatcli.settings.names import WrongValueError


@pytest.fixture
def _english():
    yield
    use_language(ENGLISH)


@pytest.mark.usefixtures("_english")
@pytest.mark.parametrize(
    ("text", "environ", "language"),
    [
        ('[ui]\nlanguage = "zh"', {}, "zh"),
        ("ui.language = 'zh_CN'", {}, "zh"),
        ('ui = { language = "zh" }', {}, "zh"),
        ('ui = { plain = true, language = "zh" }', {}, "zh"),
        ('ui = { sublanguage = "zh" }', {}, "en"),
        ('[ui]\nlanguage = "zh"', {"CHAT_LANG": "en"}, "en"),
        ('[ui]\nlanguage = "en"', {"LANG": "zh_CN.UTF-8"}, "en"),
        ('[ui]\nlanguage = "auto"', {"LANG": "zh_CN.UTF-8"}, "zh"),
        ('[ui]\nlanguage = "zh"', {"LC_ALL": "C"}, "zh"),
        ('[ui]\nlanguage = "klingon"', {"LANG": "zh_CN.UTF-8"}, "zh"),
        ('[ui]\nlanguage = "zh"\nplain = ]broken', {}, "zh"),
        ('[models.m.params]\nlanguage = "zh"', {}, "en"),
        ('language = "zh"', {}, "en"),
        ("", {"CHAT_LANG": "zh"}, "zh"),
        ("", {"CHAT_LANG": "klingon"}, "en"),
    ],
)
def test_variable_settings_and_locale_choose_in_this_order(tmp_path, text, environ, language):
    (tmp_path / "chatcli").mkdir()
    (tmp_path / "chatcli" / "config.toml").write_text(text)
    use_wished_language({"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), **environ})
    assert current_language() == language


@pytest.mark.usefixtures("_english")
@pytest.mark.parametrize("config", ["/nowhere/at/all.toml", "/", "\0"])
def test_an_unreadable_settings_file_leaves_it_to_the_locale(tmp_path, config):
    use_wished_language({"HOME": str(tmp_path), "CHAT_CONFIG": config, "LANG": "zh_CN.UTF-8"})
    assert current_language() == "zh"


def test_a_language_is_one_of_ours_or_a_locale_of_it():
    assert [LANGUAGE.check(value) for value in ("auto", "en", "zh", "zh_CN.UTF-8")] == [
        "auto",
        "en",
        "zh",
        "zh_CN.UTF-8",
    ]
    with pytest.raises(WrongValueError, match="auto, en or zh"):
        LANGUAGE.check("de")
