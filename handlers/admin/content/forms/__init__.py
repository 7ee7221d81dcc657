"""Forms of the content pages: from the draft to form fields, and back.

May import faq and miniprogram_api; nothing else of handlers.
"""
