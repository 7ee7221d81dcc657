"""Running the service: maintenance, backups, keys, figures, outages, errors on phones."""
