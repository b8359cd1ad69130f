"""What an `@` names goes along; a slip is pointed out, and a word stays a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatcli.app.attachment_loader import AttachmentLoader
from chatcli.app.mention_loader import MentionLoader
from chatcli.conversation.messages import ImagePart
from chatcli.errors import UsageError
from chatcli.text.draft import Draft, join
from tests.support.hints import hint_of


@pytest.fixture
def loader(tmp_path: Path) -> MentionLoader:
    for name in ("LICENSE", "notes.txt", "my notes.txt", "src/main.py", "src/deep/x.py", "a,b"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("text\n")
    return MentionLoader(AttachmentLoader(tmp_path, {"HOME": str(tmp_path)}))


def names(loader: MentionLoader, text: str) -> list[str]:
    return [attachment.name for attachment in loader.load(Draft.by_keys(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@LICENSE, and @./LICENSE.", ["LICENSE"]),
        ('(@src/main.py) @"my notes.txt" @a,b', ["src/main.py", "my notes.txt", "a,b"]),
        ("@~/notes.txt @src", ["~/notes.txt", "src"]),
        ("@someone says @dataclass; @media, @types/node @angular/core @@LICENCE", []),
        (f"@{'x' * 5000} @\0", []),
        ("@'my notes.txt'", ["my notes.txt"]),
        ("see @my\\ notes.txt.", ["my notes.txt"]),
        ("总结@notes.txt的内容", ["notes.txt"]),
        ("总结@张三的话", []),
        ("对比“@notes.txt”、@src/main.py和@LICENSE，再总结。", ["notes.txt", "src/main.py", "LICENSE"]),
    ],
)
def test_files_go_along_and_words_stay_words(loader: MentionLoader, text: str, expected: list[str]) -> None:
    assert names(loader, text) == expected


def test_only_files_are_reported_as_pasted(loader: MentionLoader) -> None:
    for pasted, files in (("notes.txt", ["notes.txt"]), ("src/main.py, and", ["src/main.py"]), ("someone", [])):
        assert loader.pasted_files(join([Draft.by_keys("see @"), Draft(pasted)])) == files
    assert loader.pasted_files(Draft.by_keys("see @notes.txt")) == []


@pytest.mark.parametrize("sentence", ["see @{}, please", "请看@{}，然后总结。"])
@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("LICENCE", "@LICENSE"),
        ("license", "@LICENSE"),
        ("notes", "@notes.txt"),
        ("scr/main.py", "@src/main.py"),
        ("src/mian.py", "@src/main.py"),
        ("./src/deep/y.py", "@./src/deep/x.py"),
        ("~/note.txt", "@~/notes.txt"),
        ("my_notes.txt", '@"my notes.txt"'),
        ("src/other.go", "@@src/other.go"),
    ],
)
def test_a_slip_is_pointed_out(loader: MentionLoader, sentence: str, name: str, meant: str) -> None:
    with pytest.raises(UsageError, match=name) as caught:
        names(loader, sentence.format(name))

    assert caught.value.kept == "nothing was sent"
    assert meant in hint_of(caught.value)
    assert f"@@{name} sends it as text" in hint_of(caught.value)


def test_an_address_is_a_pictures_or_refused(loader: MentionLoader) -> None:
    for sentence in ("see @https://x.example/a.png.", "请看@https://x.example/a.png，谢谢"):
        (picture,) = loader.load(Draft.by_keys(sentence))
        assert picture.parts == (ImagePart("https://x.example/a.png"),)

    with pytest.raises(UsageError, match=r"https://x\.example/page is not the URL of an image"):
        names(loader, "see @https://x.example/page.")
