"""Migrated databases, copied from a template for each test."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import config
from miniprogram_api.operations import maintenance, profiles
from tests.support.service.postgres import PostgresServer


def settings_for(directory: Path, **overrides: object) -> config.Settings:
    """Return settings of the sandbox profile with all files and keys under ``directory``."""
    base: dict[str, object] = {
        "profile": "sandbox",
        "database_url": "",
        "redis_url": "",
        # Tests that call from many threads at once share few connections.
        "database_pool_timeout": 60,
    }
    return profiles.load_settings(**{**base, "var_dir": directory, **overrides})


# Reading them takes as long as the rest of a fixture.
_settings_for = lru_cache(settings_for)


class Tables:
    """Give each test a migrated, empty database bound to the models."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @contextmanager
    def sqlite(self) -> Iterator[config.Settings]:
        """Bind an SQLite database and yield its settings."""
        path = self.directory / "test.sqlite3"
        template = self.directory / "template.sqlite3"
        if not template.exists():
            self._migrate(f"sqlite:///{template}")
        for leftover in self.directory.glob(f"{path.name}*"):
            leftover.unlink(missing_ok=True)
        shutil.copyfile(template, path)
        with self._bound(f"sqlite:///{path}") as settings:
            yield settings

    @contextmanager
    def postgresql(self, server: PostgresServer) -> Iterator[config.Settings]:
        """Bind a PostgreSQL database and yield its settings."""
        address = self.new_postgresql(server)
        with self._bound(address) as settings:
            yield settings
        server.drop(address)

    def new_postgresql(self, server: PostgresServer) -> str:
        """Create a migrated PostgreSQL database and return its address."""
        return server.new_database(server.template("migrated", self._migrate))

    @contextmanager
    def _bound(self, address: str) -> Iterator[config.Settings]:
        settings = _settings_for(self.directory, database_url=address)
        # The anchors of an earlier test belong to another ledger.
        shutil.rmtree(settings.ledger_seal_dir, ignore_errors=True)
        maintenance.connect(settings)
        try:
            yield settings
        finally:
            maintenance.disconnect()

    def _migrate(self, address: str) -> None:
        with self._bound(address) as settings:
            maintenance.migrate(settings)
