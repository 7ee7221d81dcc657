"""The copy of one's own data: gathered, drawn, sealed, fetched for a day.

May import matters, tickets, accounts, sheets and the packages below them.
"""
