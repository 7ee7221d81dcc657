"""The WeChat chat, subscription messages, notices and dead letters.

May import phones, staff, texts and lower packages.
"""
