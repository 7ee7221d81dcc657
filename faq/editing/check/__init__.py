"""The check before a publication: which questions are asked, and what the draft answers."""
