"""Running the service: maintenance, backups, keys, figures, outages.

May import texts and clients.
"""
