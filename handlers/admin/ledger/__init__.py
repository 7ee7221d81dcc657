"""Pages of the ledger: search, one line, verification and seals."""

from handlers.admin.ledger import files, lines
from handlers.admin.ledger.blueprint import pages
