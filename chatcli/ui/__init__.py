"""All that knows a terminal."""
