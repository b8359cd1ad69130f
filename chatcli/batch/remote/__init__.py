"""Batches at a provider: submitted as jobs, watched, and fetched into the journal of the same work here."""
