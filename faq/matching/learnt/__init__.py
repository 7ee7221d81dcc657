"""What is learnt from the examples, and how a text is scored by it.

May import content and language.
"""
