"""Writes an answer as it arrives: as plain text, on a terminal, or as JSON Lines."""
