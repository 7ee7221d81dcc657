"""Import and export of content and question sets as YAML, CSV and XLSX files.

May import editing and what lies below it.
"""
