"""What is learnt from the examples, and how a text is scored by it."""
