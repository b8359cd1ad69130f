"""Words each remedy for its surface: as slash commands in a conversation, as flags and commands on the command line.

Lower rooms only name the kind of remedy; this table alone knows commands and flags.
"""

from __future__ import annotations

from chatcli.errors import Remedy

# kind: (in a conversation, on the command line). Empty if the surface has nothing to add.
REMEDIES: dict[str, tuple[str, str]] = {
    "ask_again": ("/retry asks again", "run the command again"),
    "ask_unanswered": ("Enter asks it again", ""),
    "continue_answer": ("/continue resumes it, /retry asks again", ""),
    "allow_silence": ("/config defaults.timeout SECONDS allows more", "--timeout SECONDS allows more"),
    "allow_wait": ("/config defaults.max_wait SECONDS allows it", "--max-wait SECONDS allows it"),
    "list_models": ("/models lists them", "`chat models` lists them"),
    "name_model": ("/model NAME sets one", "-m NAME sets one"),
    "choose_vision_model": ("/model NAME picks one that accepts images", "-m NAME picks one that accepts images"),
    "drop_parameter": ("/unset {name} stops sending it", "drop -o {name}, or remove it from the settings"),
    "turn_off_streaming": (
        "/config defaults.stream false requests whole answers",
        "--no-stream requests a whole answer",
    ),
    "limit_answer": ("/set max_tokens {name} fits", "--max-tokens {name} fits"),
    "more_tokens": (
        "/set max_tokens N allows more, /effort low reasons less",
        "--max-tokens N allows more, --effort low reasons less",
    ),
    "see_context": ("/context shows · /pin N keeps · /compact shortens", ""),
    "make_room": ("/undo, /compact or /new makes room", "shorten it, or start a new chat"),
    "drop_tools": (
        "/model NAME picks a model that supports tools, /tools NAME off offers none",
        "-m NAME picks a model that supports tools; without --tools and tools.enabled, none are offered",
    ),
    "tools_without_reasoning": (
        "/effort none turns reasoning off; /model NAME picks another model",
        "--effort none turns reasoning off; -m NAME picks another model",
    ),
    "more_rounds": (
        "/continue resumes it; tools.rounds in the settings sets the limit",
        "raise tools.rounds in the settings",
    ),
    "allow_tool": ("", "--yes {name} allows it"),
    "review_tools": ("`chat tools check` shows the change and asks", "`chat tools check` shows the change and asks"),
    "sign_in": ("`chat tools login {name}` in a shell signs in", "`chat tools login {name}` signs in"),
    "spend_more": (
        "/config defaults.budget_stop USD allows more today",
        "raise --max-cost, or defaults.budget_stop in the settings",
    ),
    "see_cost": ("/cost shows details", ""),
    "attach_text": ("/file attaches text", "-f attaches text"),
    "fetch_page": (
        "/file {name} fetches it as text; /image attaches an image by URL",
        "--fetch fetches it as text; -i attaches an image by URL",
    ),
    "attach_copy": (
        "save the page to a file, and /file PATH attaches that",
        "fetch it with another program and pipe it in: curl URL | chat ask",
    ),
    "allow_host": ("", "--yes {name} allows it"),
    "attach_from_stdin": ("", "-i - attaches it as an image"),
    "strip_invisible": ("", "--strip-invisible removes them"),
    "connect": (
        "`chat connect` sets one up",
        "run `chat connect`, set a key such as $OPENAI_API_KEY, or use -p guide for the built-in guide",
    ),
    "save_key": ("`chat keys set {name}` saves one", "`chat keys set {name}` saves one"),
    "name_key_variable": (
        "--key-env NAME names the variable that holds one",
        "--key-env NAME names the variable that holds one",
    ),
    "run_doctor": ("`chat doctor` finds the cause", "`chat doctor` finds the cause"),
    "turn_off_storing": ("", "--no-log turns saving off"),
    "fork_chat": ("/fork continues in a copy that is saved", "--no-log asks without saving"),
    "resume_chat": ("/resume {name} opens it", "`chat -r {name}` opens it"),
    "list_chats": ("/sessions lists them", "`chat sessions` lists them"),
    "list_templates": ("/template lists them", "`chat templates` lists them"),
    "give_template_text": ("type it after the template", "pipe it in, attach it with -f, or pass it as arguments"),
    "set_variable": ("", "--var {name}=VALUE sets it"),
    "show_settings": ("/config lists them", "`chat config show` lists all settings"),
    "edit_settings": ("`chat config edit` opens it", "`chat config edit` opens it"),
    "write_settings": ("`chat config init` writes one there", "`chat config init` writes one there"),
    "skip_bad": ("", "--skip-bad leaves them out"),
    "retry_failed": ("", "--retry-failed asks them again; the same command continues with the other rows"),
    "print_rows": ("", "without --out, the rows go to stdout"),
    "restart_batch": ("", "choose another --out, or start over with --restart"),
    "batch_here": ("", "`chat batch FILE` asks from this computer"),
    "submit_batch": ("", "`chat batch submit FILE` submits one"),
    "list_batches": ("", "`chat batch status` lists them"),
    "watch_batch": ("", "`chat batch watch {name}` waits for it and fetches the answers"),
    "watch_or_restart_batch": (
        "",
        "`chat batch watch {name}` waits for it and fetches the answers; --restart submits them again",
    ),
    "resume_submission": ("", "run the same command again to continue"),
    "finish_batch": ("", "run `chat batch submit` again to submit the rest, or `chat batch` to ask it from here"),
    "trust_project": ("`chat trust` accepts it", "`chat trust` accepts it"),
}


def word_in_conversation(remedy: Remedy) -> str:
    """Word *remedy* as slash commands."""
    return _word(remedy, 0)


def word_on_command_line(remedy: Remedy) -> str:
    """Word *remedy* as flags and shell commands."""
    return _word(remedy, 1)


def _word(remedy: Remedy, column: int) -> str:
    words = REMEDIES[remedy.kind][column].format_map(dict(remedy.values))
    return words or remedy.words
