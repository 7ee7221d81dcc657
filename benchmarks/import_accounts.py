"""The rate of ``manage.py import-accounts``: ``python -m benchmarks.import_accounts``."""

import subprocess
import sys
import time
from statistics import median

from benchmarks.stage import Stage
from tests.support.people.persons import Person, person
from tests.support.service.sandbox import REPOSITORY

ROWS = 100_000


def report(stage: Stage, rounds: int, rows: int = ROWS) -> None:
    """Import new people in every round and print rows per second."""
    rates = [rows / _seconds(stage, rows, first=rows * (1 + number)) for number in range(rounds)]
    print(
        f"\nImport of accounts on SQLite: {median(rates):,.0f} rows/s, medians of {rounds} rounds"
    )


def _seconds(stage: Stage, rows: int, first: int) -> float:
    file = stage.directory / f"accounts-{first}.csv"
    with file.open("w", encoding="gb18030", newline="") as text:
        text.write("身份证号,姓名,手机号,登录账号,起始日期,结束日期\r\n")
        text.writelines(_line(person(number=n), n) for n in range(first, first + rows))
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "manage.py", "import-accounts", str(file)],
        cwd=REPOSITORY, env=stage.environment("import"), stdout=stage.log("import"), check=True,
    )  # fmt: skip
    return time.perf_counter() - began


def _line(someone: Person, number: int) -> str:
    elements = someone.four_elements
    return (
        f"{elements['id_number']},{elements['name']},{someone.phone},user_{number},"
        f"{elements['valid_from']},{elements['valid_until']}\r\n"
    )


if __name__ == "__main__":
    with Stage() as own_stage:
        report(own_stage, 3)
