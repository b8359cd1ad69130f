"""Packaged help: one Markdown file a topic, read offline by `chat help`, `/help` and the guide."""
