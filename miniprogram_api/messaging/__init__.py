"""The WeChat chat, subscription messages, notices and dead letters.

May import phones, registrars, staff and what lies below.
"""
