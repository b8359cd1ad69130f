"""What happens when things go wrong: the acceptance list, one test a number, grouped by what is promised."""
