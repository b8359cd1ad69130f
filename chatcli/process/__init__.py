"""Signals, standard streams and the environment of this process."""
