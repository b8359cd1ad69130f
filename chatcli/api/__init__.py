"""Chat Completions: requests out, events in. Knows no terminal, no store and no settings."""
