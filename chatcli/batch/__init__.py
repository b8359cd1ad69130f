"""Many prompts: read as rows, asked at a pace, and written in order; a run that ends early is continued."""
