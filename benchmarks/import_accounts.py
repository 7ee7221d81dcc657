"""The rate of ``manage.py import-accounts``: ``python -m benchmarks.import_accounts``."""

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from benchmarks.stage import Stage
from tests.support.people.persons import Person, person
from tests.support.service.sandbox import REPOSITORY

# All test people.
ROWS = 100_000


def report(stage: Stage, rounds: int, rows: int = ROWS) -> None:
    """Import people into a new database in every round and print rows per second."""
    file = stage.directory / "accounts.csv"
    with file.open("w", encoding="gb18030", newline="") as text:
        text.write("身份证号,姓名,手机号,登录账号,起始日期,结束日期\r\n")
        text.writelines(_line(person(number=n), n) for n in range(rows))
    rates = [rows / _seconds(stage, file, number) for number in range(rounds)]
    print(
        f"\nImport of accounts on SQLite: {median(rates):,.0f} rows/s, medians of {rounds} rounds"
    )


def _seconds(stage: Stage, file: Path, number: int) -> float:
    address = f"sqlite:///{stage.directory / f'import-{number}.sqlite3'}"
    environment = stage.environment("import") | {"DATABASE_URL": address}
    _manage(stage, environment, "migrate")
    began = time.perf_counter()
    _manage(stage, environment, "import-accounts", str(file))
    return time.perf_counter() - began


def _manage(stage: Stage, environment: dict[str, str], *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=REPOSITORY, env=environment, stdout=stage.log("import"), check=True,
    )  # fmt: skip


def _line(someone: Person, number: int) -> str:
    elements = someone.four_elements
    return (
        f"{elements['id_number']},{elements['name']},{someone.phone},user_{number},"
        f"{elements['valid_from']},{elements['valid_until']}\r\n"
    )


if __name__ == "__main__":
    with Stage() as own_stage:
        report(own_stage, 3)
