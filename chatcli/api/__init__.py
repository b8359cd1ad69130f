"""Sends Chat Completions requests and returns events. Knows no terminal, no store and no settings."""
