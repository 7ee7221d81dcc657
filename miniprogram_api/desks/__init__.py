"""What window and centre share: people, queue, evidence, ticket acts.

May import proofing, enrolment, tickets, accounts and what lies below.
"""
