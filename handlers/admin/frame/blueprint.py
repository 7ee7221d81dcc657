"""The pages of this folder."""

from handlers.admin.frame.access import Pages

pages = Pages("frame", __name__)
