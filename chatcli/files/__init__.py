"""Our own directories and private files."""
