"""Acts of window clerks: registration, verification, reviews, tickets."""
