"""Tables and their queries, one package for each aggregate.

May import nothing of the other rooms.
"""
