"""The ground the tests stand on: a network, a terminal and a command line that tests write and read.

    answers     bytes that a server sends: streams, chunks, whole answers, error bodies; pure
    server      a loopback server that follows a script and keeps what it was sent and when
    program     `chat` as a subprocess in a clean environment: stdout, stderr, exit code
    screen      what a terminal would show, from the bytes a program wrote
    rows        tables row by row: which of them no example needs
    scripted    a client that answers from a list, and the judge of what is sent: for tests of sessions
    terminal    a program in a pseudo-terminal: type, press, paste, wait for the screen

The fixtures `server`, `home`, `chat` and `terminal` in `tests/conftest.py` are the usual way in. Rules: nothing here
knows how `chat` works inside, but for `scripted` and `rows`; every wait has a deadline and says on failure what it saw;
everything ends with its test.
"""
