"""Chinese text: normal forms, syllables, clustering, grammar."""
