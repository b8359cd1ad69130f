"""Events and Markdown drawn on a terminal, each row written once."""
