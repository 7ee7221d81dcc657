"""The pages of this folder."""

from handlers.admin.frame.access import Pages

pages = Pages("system", __name__)
