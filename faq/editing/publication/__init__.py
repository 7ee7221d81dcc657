"""Reviews of what is to be published, and plans for a time.

May import the rest of faq.editing except background, and what lies below it.
"""
