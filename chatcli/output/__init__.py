"""Where an answer goes as it comes: plain text, a terminal, JSON lines."""
