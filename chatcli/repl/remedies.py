"""What to do, in the words of each surface: slash commands in a conversation, flags and commands on the command line.

Rooms below say what kind of remedy there is; this table alone knows how it is done.
"""

from __future__ import annotations

from chatcli.errors import Remedy

# kind: (in a conversation, on the command line). Empty where the surface has nothing to add.
REMEDIES: dict[str, tuple[str, str]] = {
    "ask_again": ("/retry asks again", "run the command again"),
    "ask_unanswered": ("Enter asks it again", ""),
    "continue_answer": ("/continue continues it, /retry asks again", ""),
    "allow_silence": ("/config defaults.timeout SECONDS allows more", "--timeout SECONDS allows more"),
    "allow_wait": ("/config defaults.max_wait SECONDS allows it", "--max-wait SECONDS allows it"),
    "list_models": ("/models lists them", "`chat models` lists them"),
    "name_model": ("/model NAME sets one", "-m NAME sets one"),
    "choose_vision_model": ("/model NAME chooses one that sees pictures", "-m NAME chooses one that sees pictures"),
    "drop_parameter": ("/unset {name} no longer sends it", "leave out -o {name}, or remove it from the settings"),
    "turn_off_streaming": (
        "/config defaults.stream false asks for whole answers",
        "--no-stream asks for a whole answer",
    ),
    "limit_answer": ("/set max_tokens {name} asks for that", "--max-tokens {name} asks for that"),
    "more_tokens": (
        "/set max_tokens N allows more, /effort low thinks less",
        "--max-tokens N allows more, --effort low thinks less",
    ),
    "see_context": ("/context shows · /pin N keeps · /compact shortens", ""),
    "make_room": ("/undo, /compact or /new makes room", "shorten it, or start a new chat"),
    "see_cost": ("/cost shows more", ""),
    "attach_text": ("/file attaches text", "-f attaches text"),
    "fetch_address": (
        "`curl -sO {name}` in a shell saves it, for /file to attach; /image attaches a picture by its address",
        "`curl -s {name} | chat ask …` sends its text; -i attaches a picture by its address",
    ),
    "attach_from_stdin": ("", "-i - attaches it as a picture"),
    "strip_invisible": ("", "--strip-invisible removes them"),
    "connect": (
        "`chat connect` sets one up",
        "`chat connect` sets one up, a key such as $OPENAI_API_KEY is enough, -p guide asks the built-in guide",
    ),
    "save_key": ("`chat keys set {name}` saves one", "`chat keys set {name}` saves one"),
    "name_key_variable": (
        "--key-env NAME names the variable that holds one",
        "--key-env NAME names the variable that holds one",
    ),
    "run_doctor": ("`chat doctor` looks for the cause", "`chat doctor` looks for the cause"),
    "turn_off_storing": ("", "--no-log stores nothing"),
    "fork_chat": ("/fork continues in a copy that is saved", "--no-log asks without saving"),
    "resume_chat": ("/resume {name} opens it", "`chat -r {name}` opens it"),
    "list_chats": ("/sessions lists them", "`chat sessions` lists them"),
    "list_templates": ("/template lists them", "`chat templates` lists them"),
    "give_template_text": ("type it after the template", "pipe it in, attach it with -f, or give it as words"),
    "set_variable": ("", "--var {name}=VALUE sets it"),
    "show_settings": ("/config lists them", "`chat config show` lists all settings"),
    "edit_settings": ("`chat config edit` opens it", "`chat config edit` opens it"),
    "write_settings": ("`chat config init` writes one there", "`chat config init` writes one there"),
    "trust_project": ("`chat trust` accepts it", "`chat trust` accepts it"),
}


def word_in_conversation(remedy: Remedy) -> str:
    """Word *remedy* for somebody at the prompt."""
    return _word(remedy, 0)


def word_on_command_line(remedy: Remedy) -> str:
    """Word *remedy* for somebody at a shell."""
    return _word(remedy, 1)


def _word(remedy: Remedy, column: int) -> str:
    words = REMEDIES[remedy.kind][column].format_map(dict(remedy.values))
    return words or remedy.words
