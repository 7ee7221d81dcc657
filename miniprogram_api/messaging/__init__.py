"""The WeChat chat, subscription messages and notices, stored to be sent."""
