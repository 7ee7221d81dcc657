"""Acts of window clerks: registration, verification, matters, tickets."""
