"""WeChat's pushes: verify, decrypt, read and keep them; the worker replies later.

May import clients and what all doors share.
"""
