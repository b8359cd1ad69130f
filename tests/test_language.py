"""Messages in the user's language: every one is translated, none is stale, and the places survive."""

from __future__ import annotations

import ast
import re
import tomllib
from concurrent.futures import ThreadPoolExecutor
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from struct import pack

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo

from chatcli.catalogue import MessageCatalogue
from chatcli.language import (
    ENGLISH,
    N_,
    _,
    current_language,
    in_english,
    language_of,
    locale_language,
    ngettext,
    reworded,
    use_language,
)
from chatcli.settings.definition import SETTINGS
from tests.tooling import catalogue
from tests.tooling.untranslated import untranslated

_PLACE = re.compile(r"\{([a-z_][a-z_0-9]*)(![rs])?(:[^{}]*)?\}")
_CODE = re.compile(r"`[^`]+`")
# Names of commands, flags, settings and hosts may hold a term.
_NAMES = re.compile(rf"{_CODE.pattern}|{_PLACE.pattern}|/[a-z]+|--?[a-z][-\w]*|\w+(?:\.\w+)+")

each_locale = pytest.mark.parametrize("locale", catalogue.locales())


def forms(message: Message) -> tuple[str, ...]:
    return tuple(message.id) if isinstance(message.id, tuple | list) else (message.id,)


@each_locale
def test_the_catalogue_has_just_the_messages_of_the_code(locale):
    assert catalogue.catalogue_file(locale).read_bytes() == catalogue.text_of(catalogue.updated(locale)), (
        "run python -m tests.tooling.catalogue"
    )


@each_locale
def test_every_message_is_translated(locale):
    assert [message.id for message in catalogue.translated(locale) if not catalogue.all_strings(message)] == []


@each_locale
def test_places_and_commands_survive_translation(locale):
    """A plural form may write its number as a word; everything else stands in each form."""
    for message in catalogue.translated(locale):
        english = forms(message)[-1]
        for string in catalogue.all_strings(message):
            assert {place[1] for place in _PLACE.finditer(string)} == {place[1] for place in _PLACE.finditer(english)}
            assert sorted(_CODE.findall(string)) == sorted(_CODE.findall(english)), message.id


@each_locale
def test_keys_are_named_alike_in_every_message(locale):
    texts = [
        text for message in catalogue.translated(locale) for text in (*forms(message), *catalogue.all_strings(message))
    ]
    assert [text for text in texts if re.search(r"\b(?:Ctrl|Alt|Shift)-\w", text)] == []


@each_locale
def test_terms_are_those_of_the_glossary(locale):
    glossary = tomllib.loads((catalogue.LOCALES / locale / "glossary.toml").read_text("utf-8"))
    wrong = [
        (term, message.id)
        for message in catalogue.translated(locale)
        for term, words in glossary.items()
        if re.search(rf"\b{term}s?\b", _NAMES.sub("", forms(message)[0]))
        and not any(word in string for word in words for string in catalogue.all_strings(message))
    ]
    assert wrong == []


@each_locale
def test_the_name_of_the_program_stands_before_a_message_as_in_english(locale):
    wrong = [
        (message.id, string)
        for message in catalogue.translated(locale)
        for string in catalogue.all_strings(message)
        if forms(message)[0].startswith("chat: ") != string.startswith("chat: ")
    ]
    assert wrong == []


@each_locale
def test_a_translation_names_only_values_that_a_setting_has(locale):
    """A value stands in brackets behind its meaning: what stands there can be typed."""
    choices = {setting.about.help: setting.about.kind.choices for setting in SETTINGS if setting.about.kind.choices}
    named = {
        (string, word)
        for message in catalogue.translated(locale)
        if (allowed := choices.get(forms(message)[0]))
        for string in catalogue.all_strings(message)
        for word in re.findall(r"（(\w+)）", string, re.ASCII)
        if word not in allowed
    }
    assert named == set()


def test_lists_that_are_shown_are_joined_in_the_language():
    """What is joined by a comma in a module that words messages is shown; what is stored or hashed is not."""
    joined = {
        path.name
        for path in sorted(catalogue.PACKAGE.rglob("*.py"))
        if '", ".join' in (text := path.read_text("utf-8")) and _imports_it(tree := ast.parse(text))
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "join"
        if isinstance(node.value, ast.Constant) and node.value.value == ", "
    }
    assert joined <= {"job.py", "journal.py", "salvage.py"}


@pytest.mark.usefixtures("chinese")
def test_the_compiled_catalogue_is_that_of_the_source():
    for message in catalogue.translated("zh_CN"):
        if isinstance(message.id, str):
            assert _(message.id) == message.string


@each_locale
def test_a_compiled_catalogue_says_nothing_of_when_it_was_compiled(locale):
    """Builds of one source are the same bytes."""
    with catalogue.catalogue_file(locale).with_suffix(".mo").open("rb") as file:
        about = GNUTranslations(file).info()

    assert {value[:4] for name, value in about.items() if "date" in name} == {"1970"}


def test_a_catalogue_is_read_as_the_standard_library_reads_it():
    """Of each number of forms, in either order of bytes; what it does not have stays English."""
    for locale in ("zh_CN", "de", "ru"):  # one, two and three forms
        written = Catalog(locale=locale, charset="utf-8")
        for number in range(40):
            written.add(f"message {number % 7}{number}é", f"сообщение {number}")
            written.add(
                (f"{{n}} file {number}", f"{{n}} files {number}"),
                [f"{form}/{number}" for form in range(written.num_plurals)],
            )
        file = BytesIO()
        write_mo(file, written)
        theirs, ours = GNUTranslations(BytesIO(file.getvalue())), MessageCatalogue(file.getvalue())
        for number in range(45):
            message = f"message {number % 7}{number}é"
            assert ours.gettext(message) == theirs.gettext(message)
            for count in (0, 1, 2, 5, 21):
                asked = f"{{n}} file {number}", f"{{n}} files {number}", count
                assert ours.ngettext(*asked) == theirs.ngettext(*asked)


def test_a_catalogue_of_the_other_order_of_bytes_is_read():
    data = pack(">7I", 0x950412DE, 0, 1, 28, 36, 0, 0) + pack(">4I", 2, 44, 6, 47) + "hi\0你好\0".encode()
    assert [MessageCatalogue(data).gettext(message) for message in ("hi", "ho", "")] == ["你好", "ho", ""]


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_TW"}, "zh"),
        ({"LANG": "zh-Hans"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "fr:zh_HK:en"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "en_GB:zh"}, "en"),
        ({"LANG": "C", "LANGUAGE": "zh"}, "en"),
        ({"LANG": "zhuang"}, "en"),
    ],
)
def test_the_locale_chooses_as_gettext_does(environ, language):
    assert locale_language(environ) == language


def test_only_our_languages_are_languages():
    assert [language_of(name) for name in ("zh", "ZH_cn", "en-GB", "de", "", "auto")] == ["zh", "zh", "en"] + [None] * 3


def test_messages_fill_their_places_and_choose_their_form():
    assert current_language() == ENGLISH
    assert _("{a} and {b}", a=1, b="{a}") == "1 and {a}"
    assert _("a table such as { x = 1 }") == N_("a table such as { x = 1 }")
    assert [ngettext("{count} turn of {all}", "{count} turns of {all}", n, all=9) for n in (0, 1, 2)] == [
        "0 turns of 9",
        "1 turn of 9",
        "2 turns of 9",
    ]


@pytest.mark.usefixtures("chinese")
def test_what_models_read_is_english_also_in_other_threads_meanwhile():
    """A tool runs on a thread of its own, while the rest of the program speaks the user's language."""
    with in_english():
        inside = _("just now"), ngettext("{count} line, {size}", "{count} lines, {size}", 2, size="1 B")
        with ThreadPoolExecutor(1) as pool:
            outside = pool.submit(lambda: (_("just now"), current_language())).result()
        assert (*inside, current_language()) == ("just now", "2 lines, 1 B", ENGLISH)
    assert outside == (_("just now"), "zh") != ("just now", "zh")


@pytest.mark.usefixtures("chinese")
def test_what_was_worded_in_english_can_be_worded_for_the_user_with_all_that_stands_in_it() -> None:
    with in_english():
        foreign = _("{sentence}. {following}", sentence=_("just now"), following="`x`")
    assert (foreign, str(foreign)) == ("just now. `x`",) * 2
    assert reworded(foreign) == f"{_('just now')}。`x`"
    assert reworded("as it is") == "as it is"
    assert type(str(foreign)) is str
    assert type(_("just now")) is str


def test_messages_are_constants_and_no_module_hides_the_function_that_translates():
    """What is or stands in an f-string is not in the catalogue, and a loop over `_` would make it a local variable."""
    for path in sorted(catalogue.PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        if _imports_it(tree):
            nodes = list(ast.walk(tree))
            assert not any(_assigns_it(node) for node in nodes), path
            assert not [ast.unparse(node) for node in nodes if _translates_an_fstring(node)], path


def test_every_message_that_is_marked_is_found():
    """One within an f-string, or between the arguments of another call, is not, in some versions of Python."""
    known = {form for message in catalogue.messages() if message.id for form in forms(message)}
    marked = {
        (path.name, argument.value)
        for path in sorted(catalogue.PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and (name := _called(node)) in catalogue.KEYWORDS
        for place in catalogue.KEYWORDS[name] or (1,)
        if isinstance(argument := dict(enumerate(node.args, 1)).get(place), ast.Constant) and argument.value
    }
    assert {(name, message) for name, message in marked if message not in known} == set()


def _imports_it(tree: ast.Module) -> bool:
    found = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "chatcli.language")
    return any(alias.name == "_" for node in found for alias in node.names)


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _assigns_it(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "_" and isinstance(node.ctx, ast.Store)


def _translates_an_fstring(node: ast.AST) -> bool:
    if isinstance(node, ast.JoinedStr):  # the calls in it are not found either
        return any(_is_message(inner) for inner in ast.walk(node))
    if not isinstance(node, ast.Call) or _called(node) not in catalogue.KEYWORDS:
        return False
    return any(isinstance(argument, ast.JoinedStr) for argument in node.args[:2])


def _is_message(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or _called(node) not in ("_", "ngettext"):
        return False
    return bool(node.args) and isinstance(node.args[0], ast.Constant)


def test_a_checkout_without_compiled_catalogues_speaks_english(tmp_path, monkeypatch):
    monkeypatch.setattr("chatcli.language.__file__", str(Path(tmp_path, "language.py")))
    monkeypatch.setattr("chatcli.language._Current.catalogues", {})
    use_language("zh")
    try:
        assert _("just now") == "just now"
    finally:
        use_language(ENGLISH)


# What models, other programs or the parser read is not translated.
FOR_OTHERS = {
    "cli/why.py": "the question that a model is asked",
    "conversation/tool_images.py": "names of images, for models",
    "formats": "documents",
    "input/prompt_layout.py": "names of styles",
    "settings/outside.py": "the name of a service in the keyring",
    "tools": "results of tools, for models",
}


def test_no_words_for_people_go_round_the_translation():
    found = dict[str, str]()
    for path in sorted(catalogue.PACKAGE.rglob("*.py")):
        name = path.relative_to(catalogue.PACKAGE).as_posix()
        if not any(name == other or name.startswith(f"{other}/") for other in FOR_OTHERS):
            found |= {f"{name}:{line}": text for line, text in untranslated(path)}
    assert found == {}


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ('raise UsageError("the key is empty")', ["the key is empty"]),
        ('raise UsageError(_("the key is empty"), hint="set it first")', ["set it first"]),
        ('raise ConfigError(f"{path} is closed")', ["… is closed"]),
        ('output.note(f"chat: {sentence}")', []),
        ('output.say("none are there" if rows else _("some are there"))', ["none are there"]),
        ('what = "nothing was " "sent"', ["nothing was sent"]),
        ('def name() -> str:\n    return f"{count} lines left"', ["… lines left"]),
        ('note = _("nothing was sent", name=f"{a} and {b}")', []),
        ('option(help="Show the version.")', ["Show the version."]),
        ('hint = "`chat sessions list`"', []),
        ('Notice("lost_turns", "turns were left out")', ["turns were left out"]),
    ],
)
def test_words_that_go_round_the_translation_are_found(tmp_path, code, texts):
    path = tmp_path / "module.py"
    path.write_text(code)
    assert [text for _line, text in untranslated(path)] == texts
