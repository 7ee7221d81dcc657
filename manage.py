"""The composition root for the command line: ``python manage.py COMMAND``."""

import sys

from handlers.commands import main

if __name__ == "__main__":
    sys.exit(main())
