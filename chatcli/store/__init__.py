"""Conversations on the disk: one SQLite file that is never trusted to be well, and never the only copy of a word."""
