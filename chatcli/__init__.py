"""A terminal chat client for every endpoint that speaks the Chat Completions protocol."""
