"""Endpoints of the information centre. Imports `desk`."""
