"""Print the OpenAPI document of the API, as /openapi.json serves it; no service need run."""

import json

import click

from handlers.api import routes  # noqa: F401 (declares the endpoints)
from handlers.openapi import document


@click.command(help=__doc__)
def command() -> None:
    """Print the document as indented JSON; its order is that of the declarations."""
    print(json.dumps(document(), ensure_ascii=False, indent=2))
