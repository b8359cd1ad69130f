"""Words messages in the user's language, from gettext catalogues.

English stands in the code, so nothing is imported or read for it. A message is a whole sentence with named places:

    _("no key for {host}", host=host)
    ngettext("{count} turn left out", "{count} turns left out", count)

Constants are marked with `N_` and translated where they are shown. Catalogues stand in `chatcli/locale`; how to change
one, or add another language, is told in `docs/translating.md`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextvars import ContextVar
    from typing import TypeVar

    from chatcli.catalogue import MessageCatalogue

    Constant = TypeVar("Constant", bound=str)

ENGLISH = "en"
CATALOGUES: Mapping[str, str] = {"zh": "zh_CN"}  # language, and the folder of its catalogue
LANGUAGES = (ENGLISH, *CATALOGUES)

_NO_LOCALE = ("", "C", "POSIX")


class _Foreign(str):
    """A message that is not worded in the user's language; it knows what it says, so that it can be."""

    message = ""
    places: Mapping[str, object] = {}


class _Current:
    """The language of this process, set once at the start: every message of the program depends on it."""

    language = ENGLISH
    catalogues: Mapping[str, MessageCatalogue | None] = {}  # of the languages that are spoken; English has none
    spoken: ContextVar[str] | None = None  # made for the first other language: English does without


def use_language(language: str) -> None:
    """Word messages in *language* from now on: one of LANGUAGES."""
    _load(language)
    _Current.language = language


def current_language() -> str:
    """Return the language in use, one of LANGUAGES."""
    return (_Current.spoken and _Current.spoken.get()) or _Current.language


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Word in *language* what is worded inside, and in tasks begun there."""
    _load(language)
    spoken = _Current.spoken
    token = spoken.set(language) if spoken else None
    try:
        yield
    finally:
        if spoken and token:
            spoken.reset(token)


def in_english() -> AbstractContextManager[None]:
    """Word in English what is worded inside, and in tasks begun there: results of tools, which models read."""
    return speaking(ENGLISH)


def language_of(locale: str) -> str | None:
    """Return the language of a locale or a language tag: zh for `zh_TW.UTF-8`, `zh-Hans` and `zh`; None: we lack it."""
    word = locale.replace("-", "_").partition("_")[0].partition(".")[0].lower()
    return word if word in LANGUAGES else None


def locale_language(environ: Mapping[str, str]) -> str:
    """Return the language that the locale in *environ* asks for, by the rules of gettext."""
    names = (environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next(filter(None, names), "")
    if locale.partition(".")[0] in _NO_LOCALE:
        return ENGLISH
    wished = (*environ.get("LANGUAGE", "").split(":"), locale)
    return next(filter(None, map(language_of, wished)), ENGLISH)


def N_(message: Constant) -> Constant:
    """Mark a constant for translation; `_` translates it where it is shown."""
    return message


def _(message: str, /, **places: object) -> str:
    """Return *message* in the user's language, with its places filled in."""
    if not _Current.catalogues:
        return message.format_map(places) if places else message
    catalogue = _catalogue()
    text = catalogue.gettext(message) if catalogue and message else message
    text = text.format_map(places) if places else text
    return text if current_language() == _Current.language else _foreign(text, message, places)


def reworded(text: str) -> str:
    """Return *text* in the user's language if it is a message that was worded in another, as it is otherwise."""
    if not isinstance(text, _Foreign):
        return text
    places = {name: reworded(place) if isinstance(place, str) else place for name, place in text.places.items()}
    return _(text.message, **places)


def _foreign(text: str, message: str, places: Mapping[str, object]) -> _Foreign:
    foreign = _Foreign(text)
    foreign.message, foreign.places = message, places
    return foreign


def ngettext(one: str, many: str, count: int, /, **places: object) -> str:
    """Return the form of a message that fits *count*, which fills the place of that name."""
    catalogue = _catalogue() if _Current.catalogues else None
    english = one if count == 1 else many
    text = catalogue.ngettext(one, many, count) if catalogue else english
    return text.format_map({"count": count, **places})


def _catalogue() -> MessageCatalogue | None:
    return _Current.catalogues.get(current_language())


def _load(language: str) -> None:
    if language in CATALOGUES and language not in _Current.catalogues:
        from contextvars import ContextVar

        _Current.spoken = _Current.spoken or ContextVar("spoken", default="")
        _Current.catalogues = {**_Current.catalogues, language: _read_catalogue(CATALOGUES[language])}


def _read_catalogue(folder: str) -> MessageCatalogue | None:
    """Return the catalogue in *folder*; None if it was never compiled, as in a checkout that is not installed."""
    from pathlib import Path

    from chatcli.catalogue import MessageCatalogue

    path = Path(__file__).with_name("locale") / folder / "LC_MESSAGES" / "chatcli.mo"
    try:
        return MessageCatalogue(path.read_bytes())
    except FileNotFoundError:
        return None
