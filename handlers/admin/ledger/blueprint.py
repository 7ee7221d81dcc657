"""The pages of this folder."""

from handlers.admin.frame.access import Pages

pages = Pages("ledger", __name__, url_prefix="/ledger")
