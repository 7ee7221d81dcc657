"""Calls about matters: creation, versions, acceptance."""
