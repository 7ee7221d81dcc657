"""The bot: content of the FAQ, the matcher over it, its publication, and the answers."""
