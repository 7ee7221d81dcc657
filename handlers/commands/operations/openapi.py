"""Print the OpenAPI document of the API, as /openapi.json serves it; no service need run."""

import argparse
import json

from config import Settings
from handlers.api import routes  # noqa: F401 (declares the endpoints)
from handlers.openapi import document


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: the command has no arguments."""


def run(settings: Settings, arguments: argparse.Namespace) -> int:  # noqa: ARG001
    """Print the document as indented JSON; its order is that of the declarations."""
    print(json.dumps(document(), ensure_ascii=False, indent=2))
    return 0
