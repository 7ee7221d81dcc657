"""Acts of the information centre, and faces that prove identity disputes.

May import windows and the packages below it.
"""
