"""Findings from the asker's own records, by calling the rules that refuse.

`probes` are the checks; a new one joins `families.PROBES`.
"""
