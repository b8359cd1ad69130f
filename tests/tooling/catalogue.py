"""Brings the catalogues of messages up to date with the code: `python -m tests.tooling.catalogue [NEW_LOCALE]`.

New messages are added untranslated, those that are gone are removed, and the result is compiled. With the name of a
locale, such as `ja`, its catalogue is begun.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import redirect_stderr
from datetime import UTC, datetime
from io import BytesIO, StringIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from chatcli.commands import load_all
from chatcli.commands.table import commands
from tests.tooling.tables import ROOT

PACKAGE = ROOT / "chatcli"
LOCALES = PACKAGE / "locale"
KEYWORDS = {
    "_": None,
    "N_": None,
    "ngettext": (1, 2),
    "Flag": (3,),
    "_option": (3,),
    "Subcommand": (2,),
    "Parameter": (3,),
    "Mark": (1,),
}  # and which of their arguments are messages
_DOMAIN = "chatcli"
_HEADER = """msgid ""
msgstr ""
"Plural-Forms: {plurals}\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""  # without a date, so that equal catalogues are equal files


def catalogue_file(locale: str) -> Path:
    """Return the catalogue of *locale*."""
    return LOCALES / locale / "LC_MESSAGES" / f"{_DOMAIN}.po"


def locales() -> list[str]:
    """Return the locales that have a catalogue."""
    return sorted(path.parents[1].name for path in LOCALES.rglob("*.po"))


def messages() -> Catalog:
    """Return all messages of the code."""
    found = Catalog(domain=_DOMAIN, project="chat", charset="utf-8")
    with redirect_stderr(StringIO()):  # Babel takes a place that is an f-string for the message, and warns
        for path in sorted(PACKAGE.rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            for _line, message, _comments, _context in extract_from_file("python", path, keywords=KEYWORDS):
                if message:
                    found.add(message, locations=[(name, 0)])
    load_all()
    for entry in commands():
        for paragraph in entry.paragraphs:  # of its docstring
            found.add(paragraph, locations=[(f"{entry.run.__module__.replace('.', '/')}.py", 0)])
    return found


def read_catalogue(locale: str) -> Catalog:
    """Return the catalogue of *locale*, an empty one if it has none yet."""
    path = catalogue_file(locale)
    return read_po(BytesIO(path.read_bytes() if path.exists() else b""), locale=locale, domain=_DOMAIN)


def translated(locale: str) -> Iterator[Message]:
    """Yield the messages of *locale*, without the header."""
    return (message for message in read_catalogue(locale) if message.id)


def updated(locale: str) -> Catalog:
    """Return the catalogue of *locale* with just the messages that the code has."""
    old = {message.id: message.string for message in translated(locale)}
    new = Catalog(locale=locale, domain=_DOMAIN, project="chat", charset="utf-8")
    for message in messages():
        if message.id:
            string = old.get(message.id) or (("",) * new.num_plurals if message.pluralizable else "")
            new.add(message.id, string, locations=message.locations)
    for message in new:
        message.flags.clear()  # of Python's formats: places are checked by a test
    return new


def text_of(catalogue: Catalog) -> bytes:
    """Return *catalogue* as the text of a file, sorted, so that two changes rarely meet in one line."""
    file = BytesIO()
    write_po(file, catalogue, width=120, sort_output=True, include_lineno=False, omit_header=True)
    return _HEADER.format(plurals=catalogue.plural_forms).encode() + file.getvalue()


def compile_catalogue(locale: str) -> None:
    """Compile the catalogue of *locale*, as hatch_build.py does."""
    compiled = read_catalogue(locale)
    compiled.creation_date = compiled.revision_date = datetime.fromtimestamp(0, UTC)
    with catalogue_file(locale).with_suffix(".mo").open("wb") as file:
        write_mo(file, compiled)


def main() -> None:
    """Update and compile all, and tell what is left to translate."""
    for locale in sorted({*locales(), *sys.argv[1:]}):
        path = catalogue_file(locale)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text_of(updated(locale)))
        compile_catalogue(locale)
        missing = [message.id for message in translated(locale) if not all_strings(message)]
        print(f"{locale}: {len(list(translated(locale)))} messages, {len(missing)} not translated")


def all_strings(message: Message) -> tuple[str, ...]:
    """Return the translations of *message*, one for each plural form; empty if one is missing."""
    string = message.string
    strings = tuple(string) if isinstance(string, tuple | list) else (string or "",)
    return strings if all(strings) else ()


if __name__ == "__main__":
    main()
