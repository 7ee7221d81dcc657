"""Endpoints of the information centre. May import ``desk``."""
