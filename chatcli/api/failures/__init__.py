"""Turns what a server or the network reported instead of an answer into one error."""
