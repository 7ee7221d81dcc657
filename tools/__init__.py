"""Commands for developers that `make` calls: audit, bill of materials, form of commits."""
