"""The business rules, one package for each noun of the field."""
