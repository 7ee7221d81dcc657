"""Running the service: maintenance, backups, keys, figures, outages."""
