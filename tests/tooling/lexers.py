"""Let every lexer of Pygments read its own examples: `python -m tests.tooling.lexers FOLDER [LANGUAGE...]`.

FOLDER is Pygments' source, which has the examples: `pip download --no-binary :all: --no-deps pygments`, unpacked. Every
line is read whole, and at every cut as if the text ended there. No letter may change, nothing may be raised, and no
line may take longer than the alarm; what only makes a block plain is counted.
"""

from __future__ import annotations

import copy
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from pygments.lexers import get_all_lexers  # type: ignore[import-untyped]  # it has no types

from chatcli.render.highlight import TAB_STOP, CodeHighlighter
from chatcli.render.look import Look
from chatcli.render.theme import console_for

ALARM_S = 2.0
MOST_LINES = 150  # of a file
MOST_CUTS = 120  # of a line

# Texts that lexers are known to stumble over, and the beginnings of many languages.
SESSION = [
    ">>> 1/0",
    "Traceback (most recent call last):",
    '  File "<stdin>", line 1, in <module>',
    "ZeroDivisionError: division by zero",
    ">>> ",
    "KeyboardInterrupt",
    "> x <- c(1, 2)",
    "[1] 1 2",
    "foo=# SELECT $$a$$;",
    "$ cat <<EOF",
]
PROGRAM = [
    "DO $$ BEGIN PERFORM 1; END $$;",
    "<?php echo 'x' /* a",
    "b */ ?>",
    "function f(x) { return `${x}`; } // é",
    "def f(x): '''doc",
    "''' + {x!r:>{w}}",
    "#include <a.h>",
    "class A<T> extends B { @x int y = 0x1F; }",
    "- key: |",
    "    text # no comment",
    "%{ (* a *) -- b ; c %}",
    "SELECT * FROM t WHERE a = $q$b$q$;",
    "\\begin{a} $x$ \\end{a}",
    "",
]


class TooLongError(BaseException):
    """A line took longer than the alarm; no guard may catch it."""


@contextmanager
def alarm(seconds: float = ALARM_S) -> Iterator[None]:
    """Raise TooLongError in the main thread after so many seconds of its own work, whatever else the machine does."""

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def aliases() -> dict[str, str]:
    """Return the first alias of every lexer that has one, and the lexer's name."""
    return {found[1][0]: found[0] for found in get_all_lexers(plugins=False) if found[1]}


def faults(language: str, lines: Sequence[str], *, at_cuts: bool = True) -> Iterator[str]:
    """Yield what goes wrong with *lines*, each whole and, with *at_cuts*, at every cut."""
    code = CodeHighlighter(language, console_for(Look()))
    for number, line in enumerate(lines):
        cuts = range(min(len(line), MOST_CUTS)) if at_cuts else ()
        for text, reader in [*((line[:cut], _copied(code)) for cut in cuts), (line, code)]:
            try:
                with alarm():
                    shown = "".join(part for part, _ in reader.line(text))
            except TooLongError:
                yield f"{language}: line {number + 1} takes longer than {ALARM_S:g} s: {text!r}"
                return
            except Exception as error:  # what is looked for
                yield f"{language}: line {number + 1} raises {error!r}: {text!r}"
                return
            if shown != text.expandtabs(TAB_STOP):
                yield f"{language}: line {number + 1} reads {shown!r} for {text!r}"


def is_plain(language: str, lines: Sequence[str]) -> bool:
    """Return whether the block became plain before its end."""
    code = CodeHighlighter(language, console_for(Look()))
    for line in lines:
        code.line(line)
    return code.is_plain


def _copied(code: CodeHighlighter) -> CodeHighlighter:
    """Return a highlighter that continues from the same state."""
    other = copy.copy(code)
    if code._lexer:
        other._lexer = copy.copy(code._lexer)
        other._lexer._watch = other._watch
    return other


def examples(folder: Path, language: str) -> Iterator[list[str]]:
    """Return the lines of each example that Pygments has for a language, and of the texts that are known to be hard."""
    yield from (SESSION, PROGRAM)
    for path in sorted((folder / "tests" / "examplefiles" / language).glob("*")):
        if path.suffix != ".output":
            yield path.read_text(encoding="utf-8", errors="replace").splitlines()[:MOST_LINES]
    for path in sorted((folder / "tests" / "snippets" / language).glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        yield text.partition("---input---\n")[2].partition("\n---tokens---")[0].splitlines()


def languages_in(folder: Path) -> set[str]:
    """Return the languages that Pygments has examples for, under whatever alias."""
    return {path.name for kind in ("examplefiles", "snippets") for path in (folder / "tests" / kind).iterdir()}


def main(folder: Path, languages: Sequence[str]) -> int:
    """Print what goes wrong, and a line for all that did not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    counts: Counter[str] = Counter()
    for language in languages or sorted(languages_in(folder) | aliases().keys()):
        for lines in examples(folder, language):
            found = list(faults(language, lines))
            counts.update(examples=1, lines=len(lines), faults=len(found), plain=is_plain(language, lines))
            print(*found[:5], sep="\n", end="\n" if found else "", flush=True)
    print(", ".join(f"{count} {what}" for what, count in counts.items()))
    return 1 if counts["faults"] else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
