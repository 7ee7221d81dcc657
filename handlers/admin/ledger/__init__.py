"""Pages of the ledger: search, one line, verification and seals.

May import handlers.admin.frame and miniprogram_api; no other folder of handlers.admin.
"""

from handlers.admin.ledger import files, lines
from handlers.admin.ledger.blueprint import pages
