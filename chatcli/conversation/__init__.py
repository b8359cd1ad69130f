"""Messages, replies, the tree of a chat, its window, and the way of a turn."""
