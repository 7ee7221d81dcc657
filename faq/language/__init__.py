"""Chinese text: normal forms, syllables, clustering, grammar.

May import no other package of the bot.
"""
