"""Registration, activation and the import of accounts."""
