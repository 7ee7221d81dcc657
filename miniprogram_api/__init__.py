"""The business rules, one module for each noun of the field; they know nothing of HTTP."""
