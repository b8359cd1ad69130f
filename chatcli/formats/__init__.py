"""Stored chats as documents, and documents of other programs as chats."""
