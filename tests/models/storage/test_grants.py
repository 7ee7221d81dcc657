"""The role of the service on PostgreSQL, beside the owner of the tables."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from peewee import OperationalError

from config import Settings
from miniprogram_api.ledger import anchors as ledger_anchors
from miniprogram_api.ledger import comparison
from miniprogram_api.ledger import integrity as ledger_check
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.ledger import seals as ledger_seals
from miniprogram_api.operations import key_rotation, maintenance
from models.storage.database import database, transaction
from models.storage.fields import KeyRing, keys
from tests.support.admin.staff import member_of
from tests.support.people.persons import person
from tests.support.service.command_line import manage
from tests.support.service.key_rings import using
from tests.support.service.postgres import PostgresServer
from tests.support.service.tables import settings_for

OWNER, SERVICE = "ledger_owner", "ledger_service"


@pytest.fixture
def separated(postgres: PostgresServer, tmp_path: Path) -> Iterator[Settings]:
    """Migrate a new database as its owner and connect as the role of the service."""
    address = postgres.new_database()
    name = urlsplit(address).path.removeprefix("/")
    with psycopg.connect(address, autocommit=True) as administrator:
        for role in (OWNER, SERVICE):
            known = administrator.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,))
            if known.fetchone() is None:
                administrator.execute(f"CREATE ROLE {role} LOGIN")
        administrator.execute(f'ALTER DATABASE "{name}" OWNER TO {OWNER}')
    settings = settings_for(
        tmp_path,
        database_url=with_role(address, SERVICE),
        migration_database_url=with_role(address, OWNER),
        faq_encoder="off",
    )
    maintenance.connect(settings)
    maintenance.migrate(settings)
    yield settings
    maintenance.disconnect()
    postgres.drop(address)


def with_role(address: str, role: str) -> str:
    parts = urlsplit(address)
    _, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{role}@{host}").geturl()


def test_service_role_works_but_cannot_change_the_ledger(separated: Settings) -> None:
    assert database.execute_sql("SELECT current_user").fetchone()[0] == SERVICE
    member, someone = member_of("centre"), person(number=990)
    with transaction():
        for _ in range(2):
            ledger.append(member, "card_seen", ledger.Person(someone.id_number, someone.name))
    assert ledger_seals.seal_if_due(separated) is not None
    assert ledger_anchors.status(separated).trigger_faults == 0
    ledger.erase(member_of("centre"), 1, "本人申请删除")
    before = keys()
    fresh = KeyRing({"d2": bytes(32), **before.data}, {"i2": bytes(32), **before.index})
    with using(fresh):
        assert key_rotation.rotate(lambda _: None).problems == {}
        assert ledger_check.verify(separated).faults == ()
    comparison.compare()
    assert maintenance.pending_migrations() == []
    environment = {
        "VAR_DIR": str(separated.var_dir),
        "DATABASE_URL": separated.database_url,
        "MIGRATION_DATABASE_URL": separated.migration_database_url,
    }
    assert manage(environment, "migrate", "--check").returncode == 0

    for statement in (
        "UPDATE ledger_line SET actor = 'staff:9'",
        "DELETE FROM ledger_line",
        "TRUNCATE ledger_line",
        "UPDATE ledger_seal SET number = 0",
        "DELETE FROM ledger_seal",
        "DELETE FROM ledger_detail",
        "UPDATE ledger_detail SET number = number + 10",
        "TRUNCATE ledger_detail",
        "ALTER TABLE ledger_line DISABLE TRIGGER ALL",
        "DROP TRIGGER ledger_line_no_change ON ledger_line",
        "CREATE OR REPLACE FUNCTION ledger_is_only_added_to() RETURNS trigger LANGUAGE plpgsql "
        "AS 'BEGIN RETURN NULL; END'",
        "SET session_replication_role = replica",
        "DROP TABLE ledger_line",
        "CREATE TABLE other (id int)",
        "DELETE FROM schema_migration",
    ):
        with pytest.raises(OperationalError), transaction():
            database.execute_sql(statement)
    assert ledger_check.verify(separated).lines == 3


def test_second_migration_grants_the_same(separated: Settings) -> None:
    assert maintenance.migrate(separated) == []
    member_of("centre")
