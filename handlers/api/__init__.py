"""The JSON API under ``/api/v1``: endpoints by user group, and the modules that they share."""
