"""The bot: content, matching, diagnosis, conversation and publishing.

May import miniprogram_api and models.
"""
