"""All that knows HTTP and models."""
