"""What a server or the network said instead of an answer, as one error."""
