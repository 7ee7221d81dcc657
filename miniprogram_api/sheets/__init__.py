"""The sheet for the registration file: pictures of decisions, template, PDF and check codes.

May import matter_lines, ledger, staff and lower packages.
"""
