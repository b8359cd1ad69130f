"""Manages chat's own directories and private files."""
