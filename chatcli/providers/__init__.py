"""Data on providers and models, and its readers."""
