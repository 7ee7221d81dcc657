"""State of matters and their lines, guard, loss of lines.

Every function runs in the caller's transaction. Locks are always taken in this order: the row of an
account, the persons (``registrars.watches.lock_persons``), the row of a matter.
"""
