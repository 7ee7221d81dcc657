"""The WeChat chat, subscription messages, notices and dead letters."""
