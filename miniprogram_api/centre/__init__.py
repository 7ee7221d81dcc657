"""Acts of the information centre, approvals and identity disputes.

May import every other package.
"""
