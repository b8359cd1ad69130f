"""The plan of the house: every room, from the top floor down, with its law."""

# From the top floor down: each room may import from those below it and from nowhere else. A name is a package, or a
# module at the top; the longest match counts. The law is what the room does, and what it does not.
ROOMS = {
    "__main__": "starts the program: signals at rest, then `cli`",
    "cli": "the command line: words in, exit code out; the only place where an error ends the program",
    "repl": "the loop at the terminal: read, command or turn, show; an error never ends it",
    "app": "builds what a run needs from the settings; the only room that imports both `api` and the terminal side",
    "guide": "the offline model that answers from the help; opens no connection",
    "help": "help topics, and the tables that are made from code",
    "commands": "slash commands: context in, outcome out; never print",
    "api": "Chat Completions: requests out, events in; knows no terminal, no store and no settings",
    "api.failures": "what a server or the network said instead of an answer, as one error",
    "api.http": "the one place that opens connections: timeouts, TLS, proxies, server-sent events",
    "store": "chats in SQLite: never trusted to be whole, never the only copy",
    "formats": "stored chats as documents, and documents of other programs as chats",
    "input": "reads one message: line editor, keys, paste, prompt history, completion, pickers",
    "output": "where an answer goes as it comes: plain text, a terminal, JSON lines",
    "render": "events and Markdown drawn on a terminal, each row written once",
    "terminal": "the device: its line discipline, key sequences, cell widths, clipboard and editor",
    "usage": "tokens counted, logit bias by word, what tokens cost, and the budget of a day",
    "providers": "what is known of each provider and model: data, and what reads it",
    "request": "what goes into a request: parameters, attachments, schemas, templates; pure",
    "conversation": "messages, replies, the tree of a chat, its window, and the way of a turn",
    "markdown": "Markdown parsed: blocks line by line for a stream, inline text by rules on markdown-it; pure",
    "settings": "what the user set, where, and who may set it; keys and the host each belongs to",
    "files": "our own directories and private files",
    "process": "signals, standard streams and the environment of this process",
    "flags": "the table of flags",
    "errors": "the tree of errors and the exit codes",
    "text": "drafts, sanitising, redaction, Unicode repair, numbers in words; pure",
    "records": "frozen and mutable data classes, cheap to import",
}

_HEAD = """# The house

Every room of `chatcli/`, from the top floor down. A room imports only from rooms below it; `tests/test_floors.py` holds
it to that, without an exemption. Printed by `python -m tests.tooling.architecture` from the list in `tests/floors.py`.

| room | what it does |
| --- | --- |
"""

_TAIL = """
Two wings never meet below `app`: `api` is all that knows HTTP; `input`, `output`, `render` and `terminal` are all that
know a terminal.

## The way of a turn

```
keys ─ input ─► repl ─► commands.interpret ─► an outcome: say, ask, pick, quit, …
    ask ─► conversation.session
        window.fit                    system, pins, history and question within the window
        journal.begin                 on disk before anything is sent
        client.send ─► api.encode ─► httpx ─► raw bytes ─► sse ─► api.decode ─► events
        one list of listeners for every event: reply, stopwatch, journal, output
        journal.finish                the only place where the history grows
    output                            one line after the answer, and what there is to say
```

A turn is a transaction: what stands on the screen, in the history and on the disk never disagree. The page at the head
of `chatcli/conversation/session.py` says how.
"""


def document() -> str:
    """Return the plan as Markdown."""
    rows = (f"| `{name.replace('.', '/')}` | {law} |" for name, law in ROOMS.items())
    return _HEAD + "\n".join(rows) + "\n" + _TAIL
