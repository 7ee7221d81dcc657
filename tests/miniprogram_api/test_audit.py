"""Audit entries are committed and rolled back with their transaction."""

import json

import pytest

from config import Settings
from miniprogram_api import audit
from models.desks.audit import AuditEntry
from models.storage.database import transaction


def test_entry_is_stored(tables: Settings) -> None:
    audit.write("api:account:registered", actor=audit.by_account(7), account_id=7, level=3)
    (line,) = AuditEntry.select()
    assert (line.tag, line.actor, line.account_id) == ("api:account:registered", "account:7", 7)
    assert json.loads(line.details) == {"level": 3}


def test_entry_is_rolled_back_with_its_transaction(tables: Settings) -> None:
    def register_and_fail() -> None:
        with transaction():
            audit.write("api:account:registered", actor="account:7")
            raise LookupError

    with pytest.raises(LookupError):
        register_and_fail()
    assert AuditEntry.select().count() == 0


@pytest.mark.parametrize("tag", ["", "api", "api:account", "api:account:", "API:a:b", "a:b:c:d"])
def test_tag_names_source_subject_and_action(tables: Settings, tag: str) -> None:
    with pytest.raises(ValueError, match="source:subject:action"):
        audit.write(tag, actor="account:7")
