"""What the user has set, and where it was set."""
