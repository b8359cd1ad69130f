"""CommonMark's block phase, parsed line by line for a stream. Pure."""
