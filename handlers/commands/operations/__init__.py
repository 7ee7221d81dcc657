"""Commands for migrations, backups, keys and health."""
