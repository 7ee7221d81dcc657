"""Copies of what migrations did when they were written; never changed afterwards.

A migration takes from the process only its keys. Everything else that it does with a value stands
in the migration or here, so that a change of the service changes no way from an earlier version.
"""
