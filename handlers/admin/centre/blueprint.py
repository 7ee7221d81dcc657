"""The pages of this folder."""

from handlers.admin.frame.access import Pages

pages = Pages("centre", __name__, url_prefix="/centre")
