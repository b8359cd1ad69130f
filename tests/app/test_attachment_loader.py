"""Files, folders and pictures go along with a question, from the command line and from a conversation."""

from __future__ import annotations

import base64
import json
import os
import re
import threading
from pathlib import Path
from typing import Any

import pytest

from chatcli.app import attachment_loader
from chatcli.app.attachment_loader import AttachmentLoader
from chatcli.conversation.messages import FilePart, ImagePart, TextPart
from chatcli.errors import ConfigError, UsageError
from chatcli.files.foreign import ForeignReader
from chatcli.records import replace
from chatcli.request.attachments import of_text
from tests.acceptance.talk import is_at_prompt
from tests.conftest import Chat, OpenServer, OpenTerminal
from tests.request.test_images import png
from tests.support.answers import answer
from tests.support.hints import hint_of
from tests.support.server import Server


def question(server: Server, place: int = -1) -> Any:
    """Return the content of the last message of a request."""
    asked = [request.body for request in server.requests if request.body]
    return json.loads(asked[place])["messages"][-1]["content"]


@pytest.fixture
def desk(tmp_path: Path) -> AttachmentLoader:
    return AttachmentLoader(tmp_path, {"HOME": str(tmp_path)})


def texts(loader: AttachmentLoader, name: str) -> list[str]:
    return [part.source or "" for one in loader.file(name) for part in one.parts if isinstance(part, TextPart)]


def test_a_folder_is_its_texts_in_order_and_says_what_it_left_out(desk: AttachmentLoader, tmp_path: Path) -> None:
    for name in ("src/b.py", "src/a/z.md", "src/.hidden", "src/node_modules/x.js", "src/a/.git/config"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("text\n")
    (tmp_path / "src/pixel.png").write_bytes(png(1, 1))
    (tmp_path / "src/core").write_bytes(b"\0\1")

    (attachment,) = desk.file("src")

    assert [part.source for part in attachment.parts if isinstance(part, TextPart)] == ["src/b.py", "src/a/z.md"]
    assert attachment.description == "2 files, 10 B: b.py, z.md"
    assert [notice.message for notice in attachment.warnings] == ["files in src not attached: 2 not text"]


def test_backslashes_that_a_shell_would_need_are_not_part_of_a_name(desk: AttachmentLoader, tmp_path: Path) -> None:
    """A file that is dropped on a terminal is named so."""
    for name in ("a (1) b.txt", "c\\ d.txt", "c d.txt"):
        (tmp_path / name).write_text("text\n")

    assert texts(desk, "a\\ \\(1\\)\\ b.txt") == ["a (1) b.txt"]
    assert texts(desk, "c\\ d.txt") == ["c\\ d.txt"]


def test_a_folder_has_a_budget(desk: AttachmentLoader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachment_loader, "FOLDER_BYTES", 25)
    for number in range(12):
        (tmp_path / f"{number:02}.txt").write_text("12345")

    (attachment,) = desk.file(".")

    assert attachment.description == "5 files, 25 B: 00.txt, 01.txt, 02.txt, 03.txt, 04.txt"
    assert [notice.message for notice in attachment.warnings] == [
        "files in . not attached: 7 over the limit of 200 files or 25 B"
    ]


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that even root cannot read")
def test_a_file_that_cannot_be_read_does_not_keep_the_others_of_a_folder(
    desk: AttachmentLoader, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("text\n")
    (tmp_path / "memory").symlink_to("/proc/self/mem")

    (attachment,) = desk.file(".")

    assert attachment.description == "1 file, 5 B: a.txt"
    assert [notice.message for notice in attachment.warnings] == ["files in . not attached: 1 unreadable"]


def test_what_is_far_too_large_is_not_read_whole(desk: AttachmentLoader, tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as file:
        file.truncate(1 << 36)

    with pytest.raises(UsageError, match=r"log is larger than 21\.0 MB"):
        desk.file("log")


def test_what_comes_through_a_pipe_is_read_to_its_end(desk: AttachmentLoader, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_text("line\n" * 20_000))
    writer.start()

    loader = replace(desk, reader=ForeignReader(notice=lambda _sentence: None))
    (attachment,) = loader.file("pipe")

    writer.join()
    assert attachment.kind == "20000 lines, 100.0 kB"


def test_patterns_home_and_links_are_understood(desk: AttachmentLoader, tmp_path: Path) -> None:
    for name in ("b.md", "a.md", "c.py"):
        (tmp_path / name).write_text(name)

    assert [one.name for one in desk.file("*.md")] == ["a.md", "b.md"]
    for start in ("./", "~/", f"{tmp_path}/"):
        assert [one.name.rpartition("/")[2] for one in desk.file(f"{start}*.md")] == ["a.md", "b.md"]
    assert texts(desk, f"file://{tmp_path}/c.py") == [f"{tmp_path}/c.py"]
    assert texts(desk, "~/c.py") == ["~/c.py"]
    assert desk.image("https://x.example/a.png", "low")[0].parts == (ImagePart("https://x.example/a.png", "low"),)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("nowhere", "cannot read .*nowhere: No such file"),
        ("*.none", r"no file matches \*\.none"),
        ("empty", "no text to attach"),
        ("file:///nowhere/a%20b", "cannot read /nowhere/a b"),
        ("file://elsewhere/a", "file://elsewhere/a is not the URL of an image"),
        ("~nobody-of-that-name/x", "cannot read .*~nobody-of-that-name/x"),
    ],
)
def test_what_is_not_there_is_named(desk: AttachmentLoader, tmp_path: Path, name: str, what: str) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises((ConfigError, UsageError), match=what):
        desk.file(name)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("note.txt", "did you mean `notes.txt` or `my notes.txt`?"),
        ("'my notes.txt'", "`my notes.txt`"),
        ("notes.txt.", "`notes.txt`"),
        ("NOTES.TXT", "did you mean `notes.txt`?"),
        ("scr/main.py", "`src/main.py`"),
        ("zzz", "check the name"),
        ("www.x.example/a.png", "a URL starts with https://"),
    ],
)
def test_the_name_that_was_meant_is_offered(desk: AttachmentLoader, tmp_path: Path, name: str, hint: str) -> None:
    for known in ("notes.txt", "my notes.txt", "src/main.py"):
        (tmp_path / known).parent.mkdir(exist_ok=True)
        (tmp_path / known).write_text("text\n")

    with pytest.raises(ConfigError) as caught:
        desk.file(name)

    assert hint in hint_of(caught.value)


def test_data_is_attached_as_what_it_is(desk: AttachmentLoader) -> None:
    picture = f"data:image/png;base64,{base64.b64encode(png(3, 2)).decode()}"

    assert desk.image(picture)[0].kind.startswith("PNG image, 3 x 2")
    assert desk.file("data:text/plain,a%20b")[0].parts == of_text("a b", "data:text/plain").parts
    for broken in ("data:image/png;base64,@@", "data:image/png;base64,iVBOR"):
        with pytest.raises(UsageError, match="data:image/png;base64 is not valid base64"):
            desk.image(broken)


def test_text_is_no_picture(desk: AttachmentLoader, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("a")

    with pytest.raises(UsageError, match=r"a\.md is not an image"):
        desk.image("a.md")


@pytest.mark.parametrize(("sees", "warned"), [(True, False), (False, True), (None, False)])
def test_a_model_that_is_known_to_be_blind_is_told_of(tmp_path: Path, sees: bool | None, warned: bool) -> None:
    (tmp_path / "a.png").write_bytes(png(1, 1))

    (attachment,) = AttachmentLoader(tmp_path, {}, sees=lambda: sees).image("a.png")

    assert bool(attachment.warnings) == warned


def pdf(text: str) -> bytes:
    """Return a document with one page of *text*."""
    stream = f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj%sendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        table,
        len(body),
    )


def test_a_pdf_goes_as_it_is_where_the_endpoint_reads_it_and_as_text_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf("Hello from a page"))

    whole = AttachmentLoader(tmp_path, {}, takes_documents=lambda: True).file("a.pdf")[0]
    text = AttachmentLoader(tmp_path, {}).file("a.pdf")[0]

    assert whole.parts[0] == FilePart(
        "a.pdf", "data:application/pdf;base64," + base64.b64encode(pdf("Hello from a page")).decode()
    )
    assert isinstance(text.parts[0], TextPart)
    assert "Hello from a page" in text.parts[0].text
    assert text.kind.startswith("text of a PDF")


@pytest.mark.parametrize("content", [pdf(""), b"%PDF-broken"], ids=["pictures alone", "damaged"])
def test_a_pdf_without_text_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.pdf").write_bytes(content)

    with pytest.raises(UsageError, match=r"a\.pdf"):
        AttachmentLoader(tmp_path, {}).file("a.pdf")


def test_files_follow_the_question_and_what_is_piped(chat: Chat, server: OpenServer, tmp_path: Path) -> None:
    (tmp_path / "n.md").write_text("notes\n")
    model = server(answer("Yes"))

    ran = chat("ask", "-m", "m", "-f", str(tmp_path / "n.md"), "Compare", stdin="piped", server=model)

    name = tmp_path / "n.md"
    assert ran.exit_code == 0
    assert re.fullmatch(rf"attached: {re.escape(str(name))} \(1 line, 6 B, ~\d+ tokens\)\n", ran.stderr)
    assert question(model) == (f'Compare\n\n<stdin>\npiped\n</stdin>\n\n<file name="{name}">\nnotes\n</file>')


def test_a_picture_may_come_by_stdin(chat: Chat, server: OpenServer) -> None:
    model = server(answer("A pixel"))

    ran = chat("ask", "-m", "m", "-i", "-", "--detail", "low", "What is it?", stdin=png(1, 1), server=model)

    assert ran.exit_code == 0
    url = f"data:image/png;base64,{base64.b64encode(png(1, 1)).decode()}"
    assert question(model) == [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": url, "detail": "low"}},
    ]


def test_words_of_a_command_line_name_no_file(chat: Chat, server: OpenServer, tmp_path: Path) -> None:
    """They may come from anywhere, as in `chat ask "$(cat issue.txt)"`."""
    (tmp_path / "n.md").write_text("SECRET")
    model = server(answer("Yes"))
    words = f"Read @{tmp_path / 'n.md'} and @n.md"

    ran = chat("ask", "-m", "m", words, stdin="@n.md", server=model, cwd=tmp_path)

    assert ran.exit_code == 0
    assert question(model) == f"{words}\n\n<stdin>\n@n.md\n</stdin>"


@pytest.mark.parametrize(
    ("arguments", "code", "what"),
    [
        (["-f", "nowhere", "q"], 3, "cannot read"),
        (["-i", "n.md", "q"], 2, "is not an image"),
        (["-f", "https://x.example/page", "q"], 2, "--fetch fetches it as text"),
        (["-i", "ftp://x.example/a.png", "q"], 2, "not the URL of an image"),
        (["--detail", "huge", "q"], 2, "unknown value `huge` for --detail"),
    ],
)
def test_what_cannot_be_attached_is_told_and_nothing_is_sent(
    chat: Chat, server: OpenServer, tmp_path: Path, arguments: list[str], code: int, what: str
) -> None:
    (tmp_path / "n.md").write_text("notes")
    model = server()

    ran = chat("ask", "-m", "m", *arguments, server=model, cwd=tmp_path)

    assert ran.exit_code == code
    assert what in ran.stderr
    assert model.requests == []


def test_what_does_not_fit_is_cut_only_when_that_is_wanted(chat: Chat, server: OpenServer, home: Path) -> None:
    folder = home / ".config" / "chatcli"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "config.toml").write_text('models."m".context = 2000\n')
    (folder / "config.toml").chmod(0o600)
    piped = "".join(f"line {number}\n" for number in range(700))
    model = server(answer("Yes"))

    assert chat("ask", "-m", "m", "Sum up", stdin=piped, server=model).exit_code == 8
    assert model.requests == []

    for where, kept in (("head", "line 0\n"), ("tail", "line 699\n"), ("middle", "line 0\nline 1\n")):
        model = server(answer("Yes"))
        cut = chat("ask", "-m", "m", "Sum up", "--truncate", where, stdin=piped, server=model)

        assert (cut.exit_code, len(model.requests)) == (0, 1)
        assert "characters to fit the window" in cut.stderr
        sent = question(model)
        assert kept in sent
        assert "characters left out ...]" in sent
        assert sent.startswith("Sum up\n\n<stdin>\n")
        assert sent.endswith("\n</stdin>")


def test_hidden_words_in_a_file_are_told_and_taken_out(chat: Chat, server: OpenServer) -> None:
    model = server(answer("Yes"), answer("Yes"))

    told = chat("ask", "-m", "m", "q", stdin="a\u202eb", server=model)
    chat("ask", "-m", "m", "q", "--strip-invisible", stdin="a\u202eb", server=model)

    assert "stdin contains 1 invisible character" in told.stderr
    assert ["\u202e" in question(model, place) for place in (0, 1)] == [True, False]


def test_what_goes_along_is_named_unless_only_the_answer_is_wanted(
    chat: Chat, server: OpenServer, tmp_path: Path
) -> None:
    (tmp_path / "n.md").write_text("notes\n")
    (tmp_path / "a.png").write_bytes(png(3, 2))
    model = server(answer("Yes"), answer("Yes"))
    words = ("ask", "-m", "m", "-f", "n.md", "-i", "a.png", "-f", "https://x.example/b.png", "q")

    named = chat(*words, server=model, cwd=tmp_path).stderr.splitlines()
    quiet = chat(*words, "-q", server=model, cwd=tmp_path)

    assert [line.partition(" (")[0] for line in named] == [
        "attached: n.md",
        "attached: https://x.example/b.png",
        "attached: a.png",
    ]
    assert all(re.search(r", ~[\d.]+k? tokens\)$", line) for line in named)
    assert (quiet.exit_code, quiet.stderr) == (0, "")


def test_in_a_conversation_files_wait_are_shown_and_go_along_once(
    terminal: OpenTerminal, server: OpenServer, tmp_path: Path
) -> None:
    (tmp_path / "n.md").write_text("notes")
    model = server(answer("First."), answer("Second."), models=["m"])
    screen = terminal("-m", "m", server=model, cwd=tmp_path)

    for line, awaited in (("/file n.md", "1 attached"), ("one @n.md", "First."), ("two", "Second.")):
        screen.wait_for(is_at_prompt)
        screen.type(line)
        screen.press("enter")
        screen.wait_for(awaited)

    assert question(model, 0) == 'one @n.md\n\n<file name="n.md">\nnotes\n</file>'
    assert question(model, 1) == "two"
