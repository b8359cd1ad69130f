"""Packaged help: one Markdown file per topic, read offline by `chat help`, `/help` and the guide."""
