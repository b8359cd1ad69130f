"""What is known of each provider and model: data, and what reads it."""
