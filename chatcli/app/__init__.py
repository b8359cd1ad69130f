"""Builds what a run needs from the settings; the only room that imports both `api` and the terminal side."""
