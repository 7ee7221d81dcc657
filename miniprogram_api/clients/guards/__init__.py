"""What stands between this service and a failing vendor: slots for threads, and a breaker.

Every call to a vendor passes one ``Guard``.
"""
