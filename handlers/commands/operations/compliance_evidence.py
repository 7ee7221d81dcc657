"""Write what the records say about one year into a JSON file, for the audit of compliance.

The notice, the terms, texts of consents with their digests, requests of persons with late answers,
incidents, acts by kind, roles of staff, the verification of all chains, ids of keys; no personal
data. Verifying takes minutes where the ledger is long. Exits with 1 when a chain is not whole.
"""

import json
from pathlib import Path

import click

from config import Settings
from handlers.commands.environment import with_database
from miniprogram_api import clock
from miniprogram_api.compliance import evidence


@click.command(help=__doc__)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=False))
@click.option("--year", type=click.IntRange(2020, 2100), help="by default the last one")
@with_database
def command(settings: Settings, *, file: Path, year: int | None) -> int:
    """Write the file, which must not exist, and print a summary."""
    content = evidence.of_year(settings, year or clock.today().year - 1)
    with open(file, "x", encoding="utf-8") as written:
        json.dump(content, written, ensure_ascii=False, indent=1)
    requests = content["requests"].values()
    faults = content["evidence_chains"]["faults"]
    print(
        f"{content['year']}: {sum(one['opened'] for one in requests)} requests, "
        f"{sum(one['late'] for one in requests)} of them late; "
        f"{len(content['incidents'])} incidents; {len(faults)} faults of the chains. {file}"
    )
    return 1 if faults else 0
