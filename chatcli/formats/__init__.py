"""Exports chats to documents, and imports documents of other programs."""
