"""Words each remedy for its surface: as slash commands in a conversation, as flags and commands on the command line.

Lower rooms only name the kind of remedy; this table alone knows commands and flags.
"""

from __future__ import annotations

from chatcli.errors import Remedy
from chatcli.language import N_, _

# kind: (in a conversation, on the command line). Empty if the surface has nothing to add.
REMEDIES: dict[str, tuple[str, str]] = {
    "ask_again": (N_("/retry asks again"), N_("run the command again")),
    "ask_unanswered": (N_("Enter asks it again"), ""),
    "continue_answer": (N_("/continue resumes it, /retry asks again"), ""),
    "allow_silence": (N_("/config defaults.timeout SECONDS allows more"), N_("--timeout SECONDS allows more")),
    "allow_wait": (N_("/config defaults.max_wait SECONDS allows it"), N_("--max-wait SECONDS allows it")),
    "list_models": (N_("/models lists them"), N_("`chat models` lists them")),
    "name_model": (N_("/model NAME sets one"), N_("-m NAME sets one")),
    "choose_vision_model": (
        N_("/model NAME picks one that accepts images"),
        N_("-m NAME picks one that accepts images"),
    ),
    "drop_parameter": (N_("/unset {name} stops sending it"), N_("drop -o {name}, or remove it from the settings")),
    "turn_off_streaming": (
        N_("/config defaults.stream false requests whole answers"),
        N_("--no-stream requests a whole answer"),
    ),
    "limit_answer": (N_("/set max_tokens {name} fits"), N_("--max-tokens {name} fits")),
    "more_tokens": (
        N_("/set max_tokens N allows more, /effort low reasons less"),
        N_("--max-tokens N allows more, --effort low reasons less"),
    ),
    "see_context": (N_("/context shows · /pin N keeps · /compact shortens"), ""),
    "make_room": (N_("/undo, /compact or /new makes room"), N_("shorten it, or start a new chat")),
    "drop_tools": (
        N_("/model NAME picks a model that supports tools, /tools NAME off offers none"),
        N_("-m NAME picks a model that supports tools; without --tools and tools.enabled, none are offered"),
    ),
    "tools_without_reasoning": (
        N_("/effort none turns reasoning off; /model NAME picks another model"),
        N_("--effort none turns reasoning off; -m NAME picks another model"),
    ),
    "more_rounds": (
        N_("/continue resumes it; tools.rounds in the settings sets the limit"),
        N_("raise tools.rounds in the settings"),
    ),
    "allow_tool": ("", N_("--yes {name} allows it")),
    "review_tools": (
        N_("`chat tools check` shows the change and asks"),
        N_("`chat tools check` shows the change and asks"),
    ),
    "sign_in": (N_("`chat tools login {name}` in a shell signs in"), N_("`chat tools login {name}` signs in")),
    "spend_more": (
        N_("/config defaults.budget_stop USD allows more today"),
        N_("raise --max-cost, or defaults.budget_stop in the settings"),
    ),
    "see_cost": (N_("/cost shows details"), ""),
    "attach_text": (N_("/file attaches text"), N_("-f attaches text")),
    "fetch_page": (
        N_("/file {name} fetches it as text; /image attaches an image by URL"),
        N_("--fetch fetches it as text; -i attaches an image by URL"),
    ),
    "attach_copy": (
        N_("save the page to a file, and /file PATH attaches that"),
        N_("fetch it with another program and pipe it in: curl URL | chat ask"),
    ),
    "allow_host": ("", N_("--yes {name} allows it")),
    "attach_from_stdin": ("", N_("-i - attaches it as an image")),
    "name_encoding": (N_("convert it to UTF-8 first"), N_("--encoding NAME sets its encoding, for example gbk")),
    "strip_invisible": ("", N_("--strip-invisible removes them")),
    "connect": (
        N_("`chat connect` sets one up"),
        N_("run `chat connect`, set a key such as $OPENAI_API_KEY, or use -p guide for the built-in guide"),
    ),
    "save_key": (N_("`chat keys set {name}` saves one"), N_("`chat keys set {name}` saves one")),
    "name_endpoint": (N_("/model PROVIDER/NAME chooses another"), N_("-p NAME or --base-url URL chooses another")),
    "name_key_variable": (
        N_("--key-env NAME names the variable that holds one"),
        N_("--key-env NAME names the variable that holds one"),
    ),
    "run_doctor": (N_("`chat doctor` finds the cause"), N_("`chat doctor` finds the cause")),
    "turn_off_storing": ("", N_("--no-log turns saving off")),
    "fork_chat": (N_("/fork continues in a copy that is saved"), N_("--no-log asks without saving")),
    "resume_chat": (N_("/resume {name} opens it"), N_("`chat -r {name}` opens it")),
    "list_chats": (N_("/sessions lists them"), N_("`chat sessions` lists them")),
    "list_templates": (N_("/template lists them"), N_("`chat templates` lists them")),
    "give_template_text": (
        N_("type it after the template"),
        N_("pipe it in, attach it with -f, or pass it as arguments"),
    ),
    "set_variable": ("", N_("--var {name}=VALUE sets it")),
    "show_settings": (N_("/config lists them"), N_("`chat config show` lists all settings")),
    "edit_settings": (N_("`chat config edit` opens it"), N_("`chat config edit` opens it")),
    "write_settings": (N_("`chat config init` writes one there"), N_("`chat config init` writes one there")),
    "skip_bad": ("", N_("--skip-bad leaves them out")),
    "retry_failed": ("", N_("--retry-failed asks them again; the same command continues with the other rows")),
    "print_rows": ("", N_("without --out, the rows go to stdout")),
    "restart_batch": ("", N_("choose another --out, or start over with --restart")),
    "batch_here": ("", N_("`chat batch FILE` asks from this computer")),
    "submit_batch": ("", N_("`chat batch submit FILE` submits one")),
    "list_batches": ("", N_("`chat batch status` lists them")),
    "watch_batch": ("", N_("`chat batch watch {name}` waits for it and fetches the answers")),
    "watch_or_restart_batch": (
        "",
        N_("`chat batch watch {name}` waits for it and fetches the answers; --restart submits them again"),
    ),
    "resume_submission": ("", N_("run the same command again to continue")),
    "finish_batch": ("", N_("run `chat batch submit` again to submit the rest, or `chat batch` to ask it from here")),
    "trust_project": (N_("`chat trust` accepts it"), N_("`chat trust` accepts it")),
}


def word_in_conversation(remedy: Remedy) -> str:
    """Word *remedy* as slash commands."""
    return _word(remedy, 0)


def word_on_command_line(remedy: Remedy) -> str:
    """Word *remedy* as flags and shell commands."""
    return _word(remedy, 1)


def _word(remedy: Remedy, column: int) -> str:
    return _(REMEDIES[remedy.kind][column], **dict(remedy.values)) or remedy.words
