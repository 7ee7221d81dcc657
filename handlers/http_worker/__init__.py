"""gunicorn's thread worker, changed so that no thread waits for a client; see ADR 29."""
