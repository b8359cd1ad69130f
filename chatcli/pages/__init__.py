"""Conversations as pages for a browser."""
