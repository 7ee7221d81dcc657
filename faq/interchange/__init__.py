"""Content as files: YAML for the whole of it, CSV and XLSX for entries and question sets.

What a file holds becomes `Parsed`; `imports` says what it would change before anything is written.
"""
