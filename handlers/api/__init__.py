"""The JSON API under ``/api/v1``: folders of calls beside what they share.

`routes` registers them; `centre` and `desk` may import `person`, `person` may import `public`, and
all of them what the API shares.
"""
