"""Parses CommonMark's block structure line by line, for a stream. Pure."""
