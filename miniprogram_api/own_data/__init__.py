"""The copy of one's own data: gathered, drawn, sealed, fetched for a day."""
