"""Acts shared by windows and centre: people, queue, evidence, tickets.

May import proofing, enrolment, tickets, accounts and the packages below them.
"""
