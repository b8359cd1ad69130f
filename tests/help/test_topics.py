from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from importlib.resources import files
from itertools import pairwise
from pkgutil import iter_modules
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

import chatcli.commands
from chatcli.cli.parser import build_parser
from chatcli.commands.table import commands
from chatcli.commands.table import find_command as find_command
from chatcli.guide.answering import answer_question
from chatcli.help.search import rank_sections, stem, terms
from chatcli.help.topics import NAMES, find_topic, load_topics, parse_topic
from chatcli.settings.definition import SETTINGS
from tests.conftest import Chat

TABLES: defaultdict[str, str] = defaultdict(lambda: "| a | table |")
TOPICS = load_topics(TABLES)
BY_NAME = {topic.name: topic for topic in TOPICS}
IS_NO_MODEL = "not a language model"


def test_every_packaged_file_is_a_topic_and_every_topic_a_file() -> None:
    packaged = {path.name for path in files("chatcli.help").joinpath("pages").iterdir() if path.name.endswith(".md")}

    assert packaged == {f"{name}.md" for name in NAMES}


@pytest.mark.parametrize("topic", TOPICS, ids=NAMES)
def test_topic_is_whole(topic) -> None:
    assert topic.title
    assert topic.summary.endswith(".")
    assert "\n" not in topic.summary
    assert topic.keywords
    assert topic.sections
    for section in topic.sections:
        assert section.body, section.heading
        assert section.keywords, section.heading


@pytest.mark.parametrize("topic", TOPICS, ids=NAMES)
def test_text_shows_everything_but_the_keywords(topic) -> None:
    assert topic.text.startswith(f"# {topic.title}\n\n{topic.summary}\n\n## ")
    assert topic.text.endswith("\n")
    assert all(section.body in topic.text for section in topic.sections)
    assert "<!--" not in topic.text
    assert not re.search(r"^\{\{\w+\}\}$", topic.text, re.MULTILINE)


@pytest.mark.parametrize("topic", TOPICS, ids=NAMES)
def test_prose_fits_an_unrendered_terminal(topic) -> None:
    prose = [line for line in topic.text.splitlines() if not line.startswith("|")]

    assert max(map(len, prose)) <= 80


def test_tables_stand_where_the_topics_want_them() -> None:
    tables = {name: f"| {name} |\n" for name in TABLES} | {"unused": "x"}

    texts = {topic.name: topic.text for topic in load_topics(tables)}

    wanted = {"commands": "commands", "keys": "keys", "config": "settings", "exit-codes": "exit_codes"}
    wanted |= {"providers": "providers", "params": "parameters"}
    for name, table in wanted.items():
        assert f"\n\n| {table} |\n" in texts[name]
    assert "| flags |" in texts["commands"]
    assert not any("unused" in text for text in texts.values())


def test_missing_table_is_named() -> None:
    with pytest.raises(KeyError, match="exit_codes"):
        load_topics({name: "" for name in TABLES if name != "exit_codes"})


def test_braces_inside_a_line_are_text() -> None:
    topic = parse_topic("x", "# T\n\nS.\n\n## H\n\nUse `{{name}}` here.\n", {})

    assert topic.sections[0].body == "Use `{{name}}` here."
    assert (topic.keywords, topic.sections[0].keywords) == ((), ())


def test_settings_that_topics_name_exist() -> None:
    """A dotted name, or `name = value` in an example, is a setting."""
    known = {setting.name[-1] for setting in SETTINGS}
    text = "\n".join(topic.text for topic in TOPICS)

    assigned = re.findall(r"(?:`|^)([a-z_]+) = ", text, re.MULTILINE)
    dotted = re.findall(r"`(?:ui|defaults)\.([a-z_]+)", text)

    assert len(assigned) + len(dotted) > 10
    assert {*assigned, *dotted} <= known


def test_commands_that_topics_name_exist() -> None:
    for module in iter_modules(chatcli.commands.__path__):
        import_module(f"chatcli.commands.{module.name}")
    quoted = [words for topic in TOPICS for words in re.findall(r"`([^`\n]+)`", topic.text)]
    named = {found[1] for words in quoted if (found := re.match(r"/([a-z]+)(?![/a-z0-9])", words))}

    assert len(named) > 10
    assert {word for word in named if find_command(word) is None} == set()


@pytest.mark.parametrize("group", [(), ("config",), ("sessions",), ("templates",), ("keys",)], ids="-".join)
def test_no_summary_is_cut_in_a_list_of_commands(chat: Chat, group: tuple[str, ...]) -> None:
    rows = chat(*group, "--help").stdout.rpartition("Commands:\n")[2].splitlines()

    assert rows
    assert not [row for row in rows if row.endswith("...")]


def test_flags_that_topics_name_exist() -> None:
    known = {name for command in shell_commands() for option in command.params for name in option.opts} | {"--help"}
    chatcli.commands.load_all()
    known |= {flag for command in commands() for flag in re.findall(r"--[a-z]+", command.synopsis)}
    named = {word for topic in TOPICS for word in re.findall(r"(?<=[` ])--?[a-z][a-z-]*", prose_of_ours(topic.text))}

    assert len(named) > 10
    assert named - known == set()


def shell_commands() -> Iterator[Any]:
    """Give all commands of the command line."""
    waiting: list[Any] = [typer.main.get_command(build_parser((), whole=True))]
    for command in waiting:
        yield command
        waiting += getattr(command, "commands", {}).values()


def prose_of_ours(text: str) -> str:
    """Return *text* without the flags of other programs."""
    return re.sub(r"\| head -1|tls", "", text)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("keys", "keys"),
        (" Keys ", "keys"),
        ("exit", "exit-codes"),
        ("p", None),
        ("trouble", "troubleshooting"),
        ("", None),
        ("nonsense", None),
    ],
)
def test_topic_is_found_by_name_or_its_beginning(wanted: str, found: str | None) -> None:
    topic = find_topic(wanted, TOPICS)

    assert (topic and topic.name) == found


ANSWERS = [
    ("How do I exit?", "start", "Quit"),
    ("quit the program", "start", "Quit"),
    ("how do I stop an answer", "keys", "Stop an answer"),
    ("cancel generation", "keys", "Stop an answer"),
    ("what does ^C do?", "keys", "Stop an answer"),
    ("how do I connect to ollama?", "connect", "A local server"),
    ("connect openai", "connect", "With a key in the environment"),
    ("conect a modle", "connect", "Guided setup"),
    ("how do I change the model?", "connect", "Choose a model"),
    ("base url", "connect", "Any other address"),
    ("how do I use claude", "providers", "Known providers"),
    ("where is my key stored", "apikeys", "Add a key"),
    ("my API key is rejected", "apikeys", "Key rejected"),
    ("401 unauthorized", "apikeys", "Key rejected"),
    ("how do I paste several lines", "keys", "Paste"),
    ("How do I write several lines?", "keys", "Write several lines"),
    ("vi mode", "keys", "vi mode"),
    ("what does ctrl+r do", "keys", "Search past prompts"),
    ("clear the screen", "keys", "Clear the line or the screen"),
    ("clear the conversation", "commands", "Start over"),
    ("regenerate the answer", "commands", "Retry and undo"),
    ("how do I set the system prompt", "commands", "System prompt"),
    ("list the commands", "commands", "In a conversation"),
    ("exit status", "exit-codes", "All codes"),
    ("pipe a file", "pipes", "Input"),
    ("summarise a file", "pipes", "Input"),
    ("set temperature to 0.2", "params", "Set a parameter"),
    ("reasoning effort", "params", "Reasoning"),
    ("how do I save the conversation", "privacy", "What is kept"),
    ("is there telemetry?", "privacy", "What leaves"),
    ("theme dark", "config", "Colours and looks"),
    ("environment variables", "config", "Environment variables"),
    ("use a proxy", "troubleshooting", "The server cannot be reached"),
    ("rate limit 429", "troubleshooting", "Too many requests"),
    ("why is it so slow?", "troubleshooting", "The answer stops or stalls"),
    ("context too long", "context", "Too long"),
    ("hello", "start", "What this is"),
    ("help", "start", "Get help"),
    ("如何退出?", "start", "Quit"),
    ("怎么连接模型", "connect", "Guided setup"),
    ("密钥放在哪里", "apikeys", "Add a key"),
    ("快捷键", "keys", "All keys"),
    ("上下文太长", "context", "Too long"),
    ("終了するには", "start", "Quit"),
    ("APIキーはどこに置く", "apikeys", "Add a key"),
    ("設定ファイルはどこですか", "config", "The file"),
    ("如何设置温度", "params", "Set a parameter"),
    ("怎么换一个模型", "connect", "Choose a model"),
    ("有哪些模型", "connect", "Choose a model"),
    ("どうやってモデルを変えますか", "connect", "Choose a model"),
    ("设置在哪里", "config", "Where settings come from"),
    ("多少钱", "providers", "What it costs"),
    ("How much does it cost?", "providers", "What it costs"),
    ("is it free", "providers", "What it costs"),
    ("the answer was cut off, what now?", "params", "Length"),
]


@pytest.mark.parametrize(("question", "topic", "heading"), ANSWERS, ids=[row[0] for row in ANSWERS])
def test_question_meets_its_section(question: str, topic: str, heading: str) -> None:
    said = answer_question([question], TOPICS)

    section = next(part for part in BY_NAME[topic].sections if part.heading == heading)
    assert said.startswith(f"**{heading}**\n\n{section.body}\n\nFrom `chat help {topic}`.")


UNRELATED = [
    "What is the capital of France?",
    "Write a poem about the sea",
    "write me a python function that sorts a list",
    "explain quantum computing",
    "who won the world cup in 2018",
    "what is the meaning of life",
    "what's the weather?",
    "translate hello to french",
    "best restaurants in Berlin",
    "fix my code",
    "tell me a joke",
    "2+2",
    "法国的首都是哪里",
    "who are you?",
    "",
    "   ",
    "?!",
]


@pytest.mark.parametrize("question", UNRELATED)
def test_anything_else_is_told_what_the_guide_is_and_how_to_connect(question: str) -> None:
    said = answer_question([question], TOPICS)

    assert IS_NO_MODEL in said
    assert "`chat connect`" in said
    assert "OPENAI_API_KEY" in said
    assert all(f"`{name}`" in said for name in NAMES)


def test_without_a_question_the_guide_introduces_itself() -> None:
    assert IS_NO_MODEL in answer_question([], TOPICS)
    assert IS_NO_MODEL in answer_question(["more"], TOPICS)


def test_more_goes_on_through_what_fits_and_then_says_so() -> None:
    questions = ["how do I change the model?"]
    said = [answer_question(questions, TOPICS)]
    while "Say `more`" in said[-1]:
        questions.append("more")
        said.append(answer_question(questions, TOPICS))

    assert len(said) > 1
    assert len(set(said)) == len(said)
    assert answer_question([*questions, "what else?"], TOPICS).startswith("That is all")


def test_more_speaks_of_the_last_question_only() -> None:
    once = answer_question(["how do I exit?", "clear the screen", "go on"], TOPICS)

    assert once == answer_question(["clear the screen", "more"], TOPICS)


def test_more_after_something_unrelated_has_nothing_to_add() -> None:
    assert answer_question(["tell me a joke", "more"], TOPICS).startswith("That is all")


LEANING = [
    ("clear the screen", "and the conversation?", "Start over"),
    ("how do I store an API key", "and remove one?", "List and remove"),
    ("how do I write several lines", "What about vi mode?", "vi mode"),
]


@pytest.mark.parametrize(("before", "question", "heading"), LEANING, ids=[row[1] for row in LEANING])
def test_question_that_leans_on_the_one_before_is_read_with_it(before: str, question: str, heading: str) -> None:
    assert answer_question([before, question], TOPICS).startswith(f"**{heading}**")


def test_question_that_does_not_lean_stands_alone() -> None:
    alone = answer_question(["the conversation?"], TOPICS)

    assert answer_question(["clear the screen", "the conversation?"], TOPICS) == alone
    assert alone != answer_question(["clear the screen", "and the conversation?"], TOPICS)


def test_only_the_beginning_of_a_long_message_is_the_question() -> None:
    attached = "how do I exit? " + " " * 500 + "capital of France " * 100_000

    assert answer_question([attached], TOPICS) == answer_question(["how do I exit?"], TOPICS)


@given(st.text())
def test_any_text_is_answered_and_always_the_same(question: str) -> None:
    assert answer_question([question], TOPICS) == answer_question([question], TOPICS) != ""


@given(st.text(), st.text())
def test_hits_are_in_order_and_account_for_no_more_than_the_whole(question: str, earlier: str) -> None:
    hits = rank_sections(question, TOPICS, earlier=earlier)

    assert all(0 <= hit.coverage <= 1.000001 for hit in hits)
    values = [hit.score * hit.coverage for hit in hits]
    assert all(better >= worse for better, worse in pairwise(values))


@given(st.text(st.characters(max_codepoint=127)))
def test_case_makes_no_difference(question: str) -> None:
    assert rank_sections(question.upper(), TOPICS) == rank_sections(question.lower(), TOPICS)


@pytest.mark.parametrize(
    "forms",
    [
        ("stop", "stops", "stopped", "stopping"),
        ("paste", "pastes", "pasted", "pasting"),
        ("model", "models"),
        ("connect", "connects", "connected", "connecting"),
        ("set", "sets", "setting"),
        ("store", "stored", "stores"),
    ],
)
def test_forms_of_a_word_share_a_stem(forms: tuple[str, ...]) -> None:
    assert len({stem(form) for form in forms}) == 1


@pytest.mark.parametrize("spelling", ["ctrl-c", "Ctrl+C", "CTRL C", "^C", "control-c", "Strg+C"])
def test_spellings_of_a_control_key_are_one(spelling: str) -> None:
    assert terms(spelling) == terms("ctrl-c")


@pytest.mark.parametrize(
    "text", ["host's", "host’s", "hosts'", "what's a host?", "the host'll", "it doesn't host", "can't host"]
)
def test_what_an_apostrophe_ties_to_a_word_is_no_word(text: str) -> None:
    """A stray `s` would make every "what's" ask for the section that has one."""
    assert terms(text) == ["host"]


@given(st.sampled_from(["s", "t", "d", "m", "ll", "re", "ve"]), st.sampled_from("'’"))
def test_a_question_shares_no_ending_with_a_section(ending: str, apostrophe: str) -> None:
    topic = parse_topic("x", f"# Topic\n\nSummary.\n\n## Heading\n\nThe server{apostrophe}{ending} door.\n", {})

    assert rank_sections(f"weather{apostrophe}{ending}", [topic]) == []


def test_words_that_say_nothing_are_left_out() -> None:
    assert terms("How do I use the --base-url?") == ["base-url", "bas", "url"]
