"""Benchmarks of the service: ``python -m benchmarks`` (see README.md)."""
