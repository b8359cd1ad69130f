"""Benchmarks: whole programs, side by side in one run. They are started by hand; no test depends on their figures."""
