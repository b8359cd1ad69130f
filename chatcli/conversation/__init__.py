"""Messages, replies, the tree of a chat, its context window, and the course of a turn."""
