"""Every encrypted column takes part in key rotation."""

import re
from pathlib import Path

import models
from models.storage import stored_values
from models.storage.deterministic import DeterministicField
from models.storage.fields import BlindIndexField, EncryptedField
from models.storage.inventory import all_tables


def test_models_of_all_files_are_found() -> None:
    source = "".join(path.read_text() for path in Path(models.__file__).parent.rglob("*.py"))
    bases = "Model|Deliverable|ChainLink|Reported"
    classes = re.findall(rf"^class (\w+)\((?:\w+, )?(?:{bases})\):$", source, re.MULTILINE)
    assert {table.__name__ for table in all_tables()} == {*classes} - {
        "Deliverable",
        "ChainLink",
        "Reported",
    }


def test_every_index_has_an_encrypted_column_or_expires() -> None:
    for model in all_tables():
        for field in model._meta.sorted_fields:
            if not isinstance(field, BlindIndexField):
                continue
            if field.source is not None:
                source = getattr(model, field.source)
                assert isinstance(source, EncryptedField), (model, field.name)
            else:
                assert field.void_after in model._meta.fields, (model, field.name)


def test_every_column_for_personal_data_is_rotated() -> None:
    columns = {
        (table.name, field.column_name)
        for table in stored_values.tables()
        for field in (*table.fields, *table.leases)
    }

    assert columns == {
        (model._meta.table_name, field.column_name)
        for model in all_tables()
        for field in model._meta.sorted_fields
        if isinstance(field, EncryptedField | BlindIndexField)
    }
    assert ("account", "former_identity_index") in columns
    assert ("idempotent_call", "body") in columns


def test_each_encrypted_column_has_its_own_context() -> None:
    contexts = [
        field.context
        for table in stored_values.tables()
        for field in table.encrypted
        # Its columns are compared with each other.
        if not isinstance(field, DeterministicField)
    ]

    assert len(contexts) > 50
    assert len(contexts) == len(set(contexts))
