"""What the service costs, measured: ``python -m benchmarks`` (see README.md)."""
