"""The dashboard: figures of the service as charts, tables and CSV.

May import handlers.admin.frame, faq and miniprogram_api; no other folder of handlers.admin.
"""

from handlers.admin.dashboard import page
from handlers.admin.dashboard.blueprint import pages
