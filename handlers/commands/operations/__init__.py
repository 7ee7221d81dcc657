"""Commands of operators: migrations, backups, keys, health.

May import what the commands share.
"""
