"""The tests mirror the tree of the package; `tests.support` is what they stand on, `tests.bench` measures."""
