"""Tokens counted and reported, logit bias by word, and what tokens cost."""
