"""Chinese text: normal forms, syllables, clustering, phrases of users.

May import no other package of the bot.
"""
