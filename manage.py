"""The composition root for the command line: ``python manage.py COMMAND``."""

import os
import sys

# Before numpy is imported: its threads would compete with other processes.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from handlers.commands import main

# The files of VAR_DIR hold personal data.
os.umask(0o077)

if __name__ == "__main__":
    sys.exit(main())
