"""Checking, reviewing and publishing: the whole draft, one entry, and what is planned.

May import handlers.admin.frame, faq and miniprogram_api, and from the folder above what entries,
answers and progress share.
"""
