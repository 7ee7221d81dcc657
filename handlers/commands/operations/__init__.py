"""Commands for migrations, backups, keys and health. May import what the commands share."""
