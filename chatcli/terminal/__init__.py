"""Drives the terminal: line discipline, key sequences, cell widths, clipboard and editor."""
