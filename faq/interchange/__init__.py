"""Import and export of content and question sets as YAML, CSV and XLSX files."""
