"""Tests of the product, in folders named after its packages."""

import os
import sys

# Dozens of processes import the same modules, which each would compile again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
