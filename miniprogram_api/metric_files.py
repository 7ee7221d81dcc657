"""Whether metrics may be written now, and the folder in which processes share them."""

import os
import shutil

_LEAST_FREE_BYTES = 16 << 20

FOLDER = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
"""Of the files through which workers share their numbers; None: each process counts alone."""


def may_write() -> bool:
    """Return whether the disk has room; the files are memory-mapped, which else ends in SIGBUS."""
    return not FOLDER or shutil.disk_usage(FOLDER).free >= _LEAST_FREE_BYTES
