"""The pages of this folder."""

from handlers.admin.frame.access import Pages

pages = Pages("window", __name__, url_prefix="/window")
