"""Stores conversations in one SQLite file, which is never assumed to be intact."""
