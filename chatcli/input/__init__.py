"""Reads one message: line editor, keys, paste, prompt history, completion, pickers."""
