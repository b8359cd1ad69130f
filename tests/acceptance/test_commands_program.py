"""Slash commands about the program: help, state, settings, colours."""

from __future__ import annotations

import re
from pathlib import Path

from chatcli.commands.table import commands
from chatcli.output.records import with_records
from tests.acceptance.conftest import OpenDialogue
from tests.acceptance.dialogue import configure, echo, sent, types
from tests.acceptance.talk import is_at_prompt
from tests.conftest import OpenServer, OpenTerminal
from tests.support.answers import answer

COLOUR = re.compile(rb"\x1b\[(?:\d+;)*(?:3[0-7]|9[0-7]|38;[25];[\d;]+)m")


@types("help")
def test_help_names_every_command_and_tells_of_each(server: OpenServer, dialogue: OpenDialogue) -> None:
    opened = dialogue(server())

    listed = opened.enter("/help")
    assert opened.enter("?").partition("\n")[2] == listed.partition("\n")[2]
    everything = opened.enter("/help all")
    assert not [command.name for command in commands() if f"\n/{command.name}: " not in everything]
    assert "/undrop" not in opened.enter("/help pin")
    for command in commands():
        assert with_records(command.summary, is_ours=True) in " ".join(opened.enter(f"/help {command.name}").split())
    topics = re.findall(r"[\w-]+", listed.partition("/help TOPIC:")[2].partition(".")[0])
    assert len(topics) > 5
    for topic in topics:
        assert "\n## " in opened.enter(f"/help {topic}")
    opened.refuse("/help nothing-of-the-kind")


@types("status")
def test_status_tells_what_is_asked_and_never_the_key(server: OpenServer, dialogue: OpenDialogue, home: Path) -> None:
    scripted = server(always=echo)
    configure(
        home,
        f'[defaults]\nprovider = "mine"\n[providers.mine]\nbase_url = "{scripted.url}"\napi_key_env = "MY_KEY"\n'
        "[models.m]\ncontext = 4321\n",
    )
    opened = dialogue(None, "-s", "Be brief.", env={"MY_KEY": "sk-0123456789abcdef"})
    opened.enter("/set seed 7")
    opened.enter("A?")

    told = opened.enter("/status")

    assert scripted.posts[0].headers["authorization"] == "Bearer sk-0123456789abcdef"
    for fact in (scripted.url, "model: m\n", "mine", "MY_KEY", "seed=7", "4321", "9 characters", "A?."):
        assert fact in told, fact
    assert "0123456789" not in opened.shown.raw.decode()


@types("config")
def test_a_setting_is_changed_for_this_run(server: OpenServer, dialogue: OpenDialogue, home: Path) -> None:
    configure(home, "[defaults]\ntimeout = 77\n")
    scripted = server(always=echo)
    opened = dialogue(scripted)
    shown = opened.enter("/config").partition("setting: defaults.timeout\n")[2]
    assert shown.startswith("value: 77\nfrom: ")
    assert "config.toml" in " ".join(shown.split("\n\n")[0].split())
    assert "ui.theme" not in opened.enter("/config defaults")

    opened.enter("/config defaults.stream false")
    opened.enter("A?")

    assert not scripted.posts[-1].json.get("stream")
    opened.refuse("/config defaults.stream maybe")
    opened.refuse("/config defaults.nothing")
    assert "stream" not in (home / ".config" / "chatcli" / "config.toml").read_text()


def test_settings_are_kept_in_the_file_and_edited_from_the_conversation(
    server: OpenServer, dialogue: OpenDialogue, home: Path
) -> None:
    """The file keeps its comments; what the editor leaves is in effect, or refused with the place of the mistake."""
    editor = home / "editor"
    editor.write_text("""#!/bin/sh\nsed -i 's/nord/dracula/; s/# tail/# end\\n[x/' "$1"\n""")
    editor.chmod(0o755)
    configure(home, "# head\n[ui]\n# the colours\ntheme = 'dark' # mine\n# tail\n")
    file = home / ".config" / "chatcli" / "config.toml"
    opened = dialogue(server(always=echo), env={"VISUAL": str(editor)})

    told = opened.enter("/theme --save nord")
    opened.enter("/config --save defaults.stream no")
    opened.enter("/set --save temperature 0.5")
    kept = file.read_text()
    refused = opened.refuse("/config edit")
    file.write_text(file.read_text().replace("[x", ""))
    opened.enter("/config edit")

    assert str(file) in told.replace("\n", "")
    assert kept == (
        '# head\n[ui]\n# the colours\ntheme = "nord" # mine\n# tail\n'
        "\n[defaults]\nstream = false\n\n[models.m.params]\ntemperature = 0.5\n"
    )
    assert "line 6" in refused
    assert "nord" in opened.enter("/config ui.theme")  # as chosen for this run
    assert "false" in opened.enter("/config defaults.stream")
    assert "dracula" in file.read_text()


@types("connect")
def test_a_model_is_set_up_within_the_conversation(server: OpenServer, dialogue: OpenDialogue, home: Path) -> None:
    """The rest is proven where the guide offers it; see tests/cli/test_connect_in_chat.py."""
    first, other = server(always=echo), server(answer("Hello."), always=echo, models=["tiny"])
    opened = dialogue(first)
    opened.enter("A?")

    assert "Nothing changed" in opened.enter("/connect", choose="")
    opened.refuse("/connect nosuch")
    opened.type(f"/connect {other.url}")
    opened.shown.wait_for("Name for this provider")
    opened.type("mine")
    opened.until_prompt()
    opened.enter("B?")

    assert sent(other) == ["A?", "m on A?", "B?"]
    assert 'model = "tiny"' in (home / ".config" / "chatcli" / "config.toml").read_text()


@types("theme")
def test_a_theme_is_used_for_this_run(server: OpenServer, dialogue: OpenDialogue) -> None:
    opened = dialogue(server())

    opened.enter("/theme", choose="nord")
    assert "nord" in opened.enter("/config ui.theme")
    opened.enter("/theme dark")
    assert "dark" in opened.enter("/config ui.theme")
    opened.refuse("/theme mauve")


def test_a_theme_changes_the_colours_on_the_screen(server: OpenServer, terminal: OpenTerminal) -> None:
    shown = terminal("-m", "m", server=server(), columns=100)
    samples = {}

    for theme in ("none", "dark", "nord", "contrast-light"):
        shown.wait_for(is_at_prompt)
        before = len(shown.raw)
        shown.type(f"/theme {theme}")
        shown.press("enter")
        shown.wait_for(f"The theme is {theme}")
        shown.wait_for(is_at_prompt)
        sample = shown.raw[before:].partition(b"The theme is")[2].partition(b" * 2")[0]
        samples[theme] = COLOUR.findall(sample)

    assert not samples["none"]
    assert samples["dark"]
    assert len({tuple(colours) for colours in samples.values()}) == len(samples)


@types("tools")
def test_tools_are_listed_and_switched(server: OpenServer, dialogue: OpenDialogue) -> None:
    scripted = server(always=echo)
    opened = dialogue(scripted)
    assert "calculate" in opened.enter("/tools")

    opened.enter("/tools calculate on")
    opened.enter("A?")
    opened.enter("/tools calculate off")
    opened.enter("B?")

    assert [tool["function"]["name"] for tool in scripted.posts[0].json["tools"]] == ["calculate"]
    assert "tools" not in scripted.posts[1].json
    opened.refuse("/tools calculate off")
    opened.refuse("/tools nothing-of-the-kind")


@types("queue")
def test_what_is_queued_at_the_prompt_is_sent_at_once(server: OpenServer, dialogue: OpenDialogue) -> None:
    scripted = server(always=echo)
    opened = dialogue(scripted)

    assert "queued" in opened.enter("/queue")
    opened.enter("/queue A?")

    assert sent(scripted) == ["A?"]


@types("editor")
def test_what_is_written_in_the_editor_returns_to_the_prompt(
    server: OpenServer, dialogue: OpenDialogue, home: Path
) -> None:
    script = home / "editor"
    script.write_text('#!/bin/sh\nprintf "%s, please" "$(cat "$1")" > "$1.new" && mv "$1.new" "$1"\n')
    script.chmod(0o755)
    scripted = server(always=echo)
    opened = dialogue(scripted, env={"EDITOR": str(script)})

    opened.enter("/editor", draft=", please")
    opened.clear()
    opened.enter("/editor Tea", draft="Tea, please")
    opened.enter("")

    assert sent(scripted) == ["Tea, please"]
