"""Everything that is sent: claim, send, outcome, retry, give up; one adapter a channel.

A rule inserts a row with ``due_at`` in the transaction of its cause; the worker sends it. One-time
codes are sent inside the request instead.
"""
