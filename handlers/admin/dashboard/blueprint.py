"""The pages of this folder."""

from handlers.admin.frame.access import Pages

pages = Pages("dashboard", __name__)
