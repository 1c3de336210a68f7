"""Benchmarks: speed side by side with other tools, never asserted on. `make bench REPOS="PATH …"` prints one table."""
