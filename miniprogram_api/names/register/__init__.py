"""Keep the register of names: rows and files, imports, changes of systems, keys for look-ups."""
