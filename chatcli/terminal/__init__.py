"""The device: its line discipline, key sequences, cell widths, clipboard and editor."""
