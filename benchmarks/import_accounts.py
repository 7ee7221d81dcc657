"""What an import costs: ``python -m benchmarks.import_accounts [--rows N] [--rounds N]``.

In every round, one after the other and each on a fresh database: the cryptography alone, the plain
insert of rows that are ready, the import of a CSV file with all checks, and the same file again,
when everybody is known. The import is what the command does, from the file to the last commit.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import config
from handlers.commands.account_files import Rows, recognise
from miniprogram_api import account_import, clock, maintenance
from miniprogram_api.account_import import AccountImport
from models import synced_accounts
from models.database import database, is_sqlite, transaction
from models.synced_accounts import PlainAccount, SealedAccount
from tests.support.people import Person, person
from tests.support.postgres import PostgresServer

LEAST_ON_SQLITE = 25_000

Arm = Callable[[], None]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.import_accounts")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5, help="medians are of so many rounds")
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} cores, {arguments.rows:,} rows, medians of {arguments.rounds} rounds")
    with tempfile.TemporaryDirectory() as directory:
        bench = Bench(Path(directory), arguments.rows)
        bench.print("SQLite", bench.sqlite, arguments.rounds, LEAST_ON_SQLITE)
        with PostgresServer() as server:
            bench.print("PostgreSQL", lambda: bench.postgresql(server), arguments.rounds)
    return 0


class Bench:
    """The file, the ready rows, and the databases to put them into."""

    def __init__(self, directory: Path, rows: int) -> None:
        self._directory = directory
        self._rows = rows
        self._file = directory / "accounts.csv"
        self._people = [person(number=number) for number in range(rows)]
        with self._file.open("w", encoding="gb18030", newline="") as file:
            file.write("身份证号,姓名,手机号,登录账号,起始日期,结束日期\r\n")
            file.writelines(map(_line, self._people, range(rows)))
        self._plain = [_plain(p, number) for number, p in enumerate(self._people)]
        self._sealed: list[SealedAccount] = []
        self._settings = config.load(profile="sandbox", var_dir=directory, database_url="")

    def print(
        self,
        title: str,
        fresh: Callable[[], object],
        rounds: int,
        least: int | None = None,
    ) -> None:
        """Measure all arms, interleaved, and print rows a second and the ratio to the insert."""
        arms: dict[str, Arm] = {
            "cryptography alone": self._seal,
            "plain insert": self._insert,
            "import-accounts": self._import,
            "the same file again": self._import_again,
        }
        seconds: dict[str, list[float]] = {name: [] for name in arms}
        for _ in range(rounds):
            for name, arm in arms.items():
                with fresh():  # type: ignore[attr-defined]
                    if arm == self._import_again:
                        self._import()
                    started = time.perf_counter()
                    arm()
                    seconds[name].append(time.perf_counter() - started)
                    if arm != self._seal:
                        self._require_everybody()
        print(f"\n{title:24}{'rows/s':>10}{'of the insert':>16}")
        for name, measured in seconds.items():
            pairs = zip(seconds["plain insert"], measured, strict=True)
            ratio = median(insert / own for insert, own in pairs)
            rate = self._rows / median(measured)
            line = f"{name:24}{rate:10,.0f}{ratio:16.2f}"
            if name == "import-accounts" and least is not None:
                line += f" (at least {least:,}: {'reached' if rate >= least else 'MISSED'})"
            print(line, flush=True)

    @contextmanager
    def sqlite(self) -> Iterator[None]:
        """A fresh database, bound to the models."""
        template, path = self._directory / "template.sqlite3", self._directory / "bench.sqlite3"
        if not template.exists():
            with self._bound(f"sqlite:///{template}"):
                maintenance.migrate()
        for leftover in self._directory.glob("bench.sqlite3*"):
            leftover.unlink()
        shutil.copyfile(template, path)
        with self._bound(f"sqlite:///{path}"):
            yield

    @contextmanager
    def postgresql(self, server: PostgresServer) -> Iterator[None]:
        """A fresh database, bound to the models."""
        address = server.new_database()
        with self._bound(address):
            maintenance.migrate()
            yield
        server.drop(address)

    @contextmanager
    def _bound(self, address: str) -> Iterator[None]:
        maintenance.connect(self._settings.model_copy(update={"database_url": address}), threads=2)
        try:
            yield
        finally:
            maintenance.disconnect()

    def _seal(self) -> None:
        self._sealed = synced_accounts.seal(self._plain)

    def _insert(self) -> None:
        size, now = account_import.batch_size(), clock.milliseconds(clock.now())
        for start in range(0, self._rows, size):
            with transaction():
                if is_sqlite():
                    self._executemany(self._sealed[start : start + size], now)
                else:
                    synced_accounts.add(self._sealed[start : start + size], now)

    def _executemany(self, accounts: list[SealedAccount], now: int) -> None:
        columns = (*SealedAccount._fields, "status", "source", "level", "authorization_enabled",
                   "created_at")  # fmt: skip
        database.cursor().executemany(
            f"INSERT INTO account ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
            [(*account, "unactivated", "synced", 3, False, now) for account in accounts],
        )

    def _import(self) -> None:
        with Rows(recognise(self._file)) as rows:
            importing = AccountImport(self._settings)
            for _, problems in importing.run(rows.batches(account_import.batch_size())):
                if problems:
                    raise RuntimeError(problems[0].code)

    def _import_again(self) -> None:
        self._import()

    def _require_everybody(self) -> None:
        count = database.execute_sql("SELECT count(*) FROM account").fetchone()[0]
        if count != self._rows:
            raise RuntimeError(f"{count} accounts of {self._rows}")


def _line(someone: Person, number: int) -> str:
    elements = someone.four_elements
    return (
        f"{elements['id_number']},{elements['name']},{someone.phone},user_{number},"
        f"{elements['valid_from']},{elements['valid_until']}\r\n"
    )


def _plain(someone: Person, number: int) -> PlainAccount:
    until = someone.valid_until
    return PlainAccount(
        someone.id_number,
        someone.name,
        someone.phone,
        f"user_{number}",
        f"user_{number}",
        someone.valid_from.isoformat(),
        None if until is None else until.isoformat(),
        until is None,
    )


if __name__ == "__main__":
    sys.exit(main())
