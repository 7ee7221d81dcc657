"""The composition root for the command line: ``python manage.py COMMAND``."""

import atexit
import gc
import os
import sys

# Until the command's modules are imported, which leave little garbage: see `main`.
gc.disable()
# Before numpy is imported: its threads would compete with other processes.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from handlers.commands import main

# The files of VAR_DIR hold personal data.
os.umask(0o077)
# At the end, collecting the garbage of all modules takes as long as a short command.
atexit.register(gc.freeze)

if __name__ == "__main__":
    sys.exit(main())
