"""The four elements: local checks, the source's answer, clearances."""
