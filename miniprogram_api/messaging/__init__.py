"""The WeChat chat, subscription messages and notices, stored to be sent.

May import phones, staff, texts and lower packages.
"""
