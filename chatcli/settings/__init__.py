"""The user's settings, and where each was set."""
