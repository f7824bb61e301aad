"""Benchmarks: programs, not tests. `make bench`, or `make bench ONLY=freeze N=100000`."""
