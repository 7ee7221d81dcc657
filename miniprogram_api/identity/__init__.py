"""The four elements: local checks, the source's answer, clearances.

May import access, operations, pictures, texts and clients.
"""
