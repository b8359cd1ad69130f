"""The loop at the terminal: read, command or turn, show. An error never ends it."""
