"""The tests mirror the tree of the package; `tests.ground` is what they stand on, `tests.bench` measures."""
