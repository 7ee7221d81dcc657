"""The dashboard: figures of the service as charts, tables and CSV."""

from handlers.admin.dashboard import page
from handlers.admin.dashboard.blueprint import pages
