"""Token counts, logit bias by word, costs, and the daily budget."""
