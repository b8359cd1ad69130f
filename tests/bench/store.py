"""What the store costs: `python -m tests.bench.store [--messages 100000] [--peer llm=PATH]`.

A file of that many messages is filled, one in three in Chinese, among them one chat of 2 000 turns. Each row is the
median of its runs in this process, the file cached by the system as it is in daily use. The turn's commits are
timed on the same file; *begin* alone is what a question waits for before it is sent.

Another program is looked for on the PATH, or taken from `--peer`: llm, which is given the same messages and measured as
whole processes, as ours is then: listing, and searching for a word.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sqlite3
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from chatcli.conversation.messages import Text, Usage, text_message
from chatcli.conversation.tree import AnswerFacts, ChatState, Node, Tree
from chatcli.store.database import Database
from chatcli.store.journal import ChatJournal
from chatcli.store.leases import Owner
from chatcli.store.library import Library
from tests.support.program import CHAT, environment

LONG_TURNS = 2_000
SHORT_TURNS = 10
LONG = "01ZZZZ"
RARE = "xylophone"
LISTED = 200  # as many as a list shows at once
SEARCHES = (
    ("a rare word", RARE),
    ("two common words", "wizards tea"),
    ("two Chinese characters", "换行"),
    ("the beginning of a word", RARE[:6]),
    ("a part of a word", RARE[2:7]),
    ("a part of many words", "izard"),
    ("a part of a word that is nowhere", "nowher"),
)
_SENTENCE = (
    "the quick brown fox jumps over a lazy dog while seven wizards boil their tea and nobody in town knows why it "
    "takes so long to write one short sentence about streams of text"
)
_WORDS = _SENTENCE.split()
_CJK = "这是一个用来测试换行的中文段落因为没有空格所以可以在任何字符之间断开"


def sentence(chance: random.Random, letters: int) -> str:
    """Return about *letters* letters of text; one in three is Chinese."""
    if chance.random() < 1 / 3:
        return "".join(chance.choice(_CJK) for _ in range(letters // 2))
    return " ".join(chance.choice(_WORDS) for _ in range(letters // 5))


def chat_of(turns: int, chance: random.Random) -> Tree:
    """Return a chat of questions and longer answers."""
    tree = Tree()
    for number in range(turns):
        question = f"{number}: {sentence(chance, 100)}"
        tree.head = tree.add(text_message("user", question), parent=tree.head).id
        answer = sentence(chance, 1000)
        usage = Usage(50 * number + 40, len(answer) // 4, cost=0.01)
        facts = AnswerFacts("m", "openai", "127.0.0.1", f"chatcmpl-{number}", usage, took_s=1.5, sent_turns=number + 1)
        tree.head = tree.add(text_message("assistant", answer), parent=tree.head, facts=facts).id
    return tree


def fill(path: Path, messages: int) -> None:
    """Fill the file at *path* with as many messages, the long chat among them."""
    chance = random.Random(1)
    database, owner = Database(path), Owner.here()
    rest = (messages - 2 * LONG_TURNS) // (2 * SHORT_TURNS)
    for number in range(rest):
        tree = chat_of(SHORT_TURNS, chance)
        if number == rest // 2:
            tree.head = tree.add(text_message("user", f"where is the {RARE}?"), parent=tree.head).id
            tree.head = tree.add(text_message("assistant", "window unknown"), parent=tree.head).id
        ChatJournal(database, f"01{number:06}", owner).adopt(tree.nodes, ChatState(tree.head, "m"))
    tree = chat_of(LONG_TURNS, chance)
    ChatJournal(database, LONG, owner).adopt(tree.nodes, ChatState(tree.head, "m"))
    database.close()


def median_ms(run: Callable[[], object], runs: int = 15) -> float:
    """Return the median time of *run*; the first is thrown away."""
    times = []
    for _ in range(runs + 1):
        began = time.perf_counter()
        run()
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times[1:])


def rows(path: Path) -> list[tuple[str, float, str]]:
    """Return what was measured on the file: what, milliseconds, and the aim."""
    library = Library(Database(path), Owner.here())
    long = library.find(LONG)

    def opened() -> None:
        database = Database(path)
        Library(database, Owner.here()).recover()
        database.close()

    return [
        ("open, and look for what a crash left", median_ms(opened), ""),
        (f"list the last {LISTED} chats", median_ms(lambda: library.entries(most=LISTED)), "20"),
        ("list all chats", median_ms(library.entries), "20"),
        (f"read a chat of {LONG_TURNS} turns", median_ms(lambda: library.read(long)), "100"),
        *((f"search for {what}", median_ms(partial(library.search, typed)), "20") for what, typed in SEARCHES),
        *commits(path),
    ]


def commits(path: Path, turns: int = 50) -> list[tuple[str, float, str]]:
    """Return what a turn's commits take at the end of the long chat: the first, and all of them."""
    database = Database(path)
    library = Library(database, Owner.here())
    opened = library.open(library.find(LONG))
    journal, tree, chance = ChatJournal(database, LONG, Owner.here()), opened.tree, random.Random(2)
    begun, whole = [], []
    for _ in range(turns):
        question = tree.add(text_message("user", sentence(chance, 100)), parent=tree.head)
        place = tree.add(text_message("assistant", "", status="streaming"), parent=question.id)
        state, text = ChatState(tree.head, "m"), sentence(chance, 1000)
        began = time.perf_counter()
        journal.begin(question, place, state)
        begun.append(1000 * (time.perf_counter() - began))
        piece = piece_ms(journal, place, text)
        answer = tree.put(Node(place.id, place.parent, text_message("assistant", text), AnswerFacts(model="m")))
        tree.head = answer.id
        began = time.perf_counter()
        journal.finish([answer], ChatState(tree.head, "m"))
        whole.append(begun[-1] + piece + 1000 * (time.perf_counter() - began))
    return [("keep a question before it is sent", statistics.median(begun), ""),
            ("keep a turn, and index it: four commits", statistics.median(whole), "5")]  # fmt: skip


def piece_ms(journal: ChatJournal, place: Node, text: str) -> float:
    """Return what it takes to write a piece of an answer, which a thread does while more of it comes."""
    began = time.perf_counter()
    journal.write_pieces(place, [Text(text)])
    return 1000 * (time.perf_counter() - began)


def whole_programs(path: Path, home: Path, llm: str) -> list[tuple[str, float, float]]:
    """Return what ours and llm take as whole processes on the same messages."""
    ours = environment(home) | {"XDG_DATA_HOME": str(path.parent.parent)}
    theirs = ours | {"LLM_USER_PATH": str(home / "llm")}
    fill_llm(path, home / "llm", llm, theirs)

    def took(*command: str, env: dict[str, str]) -> float:
        def run() -> None:
            assert subprocess.run(command, env=env, check=True, capture_output=True).stdout, (
                f"{command[0]} found nothing"
            )

        return median_ms(run, runs=7)

    pairs = (
        ("list the last 20", ("list", "--most", "20"), ("-n", "20")),
        ("search for a rare word", ("search", RARE), ("-q", RARE)),
    )
    return [
        (what, took(*CHAT, "sessions", *mine, env=ours), took(llm, "logs", "list", *its, env=theirs))
        for what, mine, its in pairs
    ]


def fill_llm(path: Path, folder: Path, llm: str, env: dict[str, str]) -> None:
    """Give llm the same messages, in a file that it made itself."""
    folder.mkdir()
    subprocess.run([llm, "logs", "on"], env=env, check=True)
    source, target = sqlite3.connect(path), sqlite3.connect(folder / "logs.db")
    subprocess.run([llm, "logs", "list"], env=env, check=False, capture_output=True)  # makes the tables
    for id, title in source.execute("SELECT id, title FROM conversation"):
        target.execute("INSERT INTO conversations(id, name, model) VALUES(?, ?, 'm')", (id, title))
    asked = source.execute(
        "SELECT q.conversation_id, q.seq, qp.text, ap.text FROM message q JOIN part qp ON qp.message_id = q.id"
        " JOIN message a ON a.conversation_id = q.conversation_id AND a.parent_seq = q.seq"
        " JOIN part ap ON ap.message_id = a.id WHERE q.role = 'user'"
    )
    target.executemany(
        "INSERT INTO responses(id, model, prompt, response, conversation_id, datetime_utc)"
        " VALUES(?, 'm', ?, ?, ?, '2026-01-01T00:00:00')",
        ((f"{home}-{seq:06}", question, answer, home) for home, seq, question, answer in asked),
    )
    target.commit()


def main() -> None:
    """Measure and print tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--peer", metavar="llm=PATH", default="")
    given = parser.parse_args()
    llm = given.peer.partition("=")[2] or shutil.which("llm")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data" / "chatcli" / "history.db"
        began = time.perf_counter()
        fill(path, given.messages)
        size_mb = path.stat().st_size / 1e6
        print(f"{given.messages} messages, {size_mb:.0f} MB, written in {time.perf_counter() - began:.0f} s;"
              f" SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores\n")  # fmt: skip
        print("| what | ms | aim |\n|-|-|-|")
        for what, took_ms, aim in rows(path):
            print(f"| {what} | {took_ms:.1f} | {aim} |")
        if llm:
            print("\n| whole program | chat, ms | llm, ms | ratio |\n|-|-|-|-|")
            for what, ours_ms, theirs_ms in whole_programs(path, Path(folder), llm):
                print(f"| {what} | {ours_ms:.0f} | {theirs_ms:.0f} | {ours_ms / theirs_ms:.2f} |")


if __name__ == "__main__":
    main()
