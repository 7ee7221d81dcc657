"""All tables at once: for backups, and to check that the keys fit the stored values."""

import pkgutil
from importlib import import_module
from typing import Any

from peewee import sort_models  # type: ignore[attr-defined]

import models
from models.storage.database import Model, database
from models.storage.fields import (
    BlindIndexField,
    DecryptionFailed,
    EncryptedField,
    index_head,
    keys,
)


def all_tables() -> list[type[Model]]:
    """Return every table, each after the ones that it refers to."""
    for module in pkgutil.walk_packages(models.__path__, f"{models.__name__}."):
        if ".migrations" not in module.name:
            import_module(module.name)
    return list(sort_models(_tables(Model)))


def _tables(base: type[Model]) -> list[type[Model]]:
    """Return the tables below a class; one with subclasses only holds their common columns."""
    below = base.__subclasses__()
    return [table for one in below for table in _tables(one)] if below else [base]


def unreadable_columns() -> list[str]:
    """Return ``table.column`` where the oldest or newest value does not fit the keys."""
    return [
        f"{table._meta.table_name}.{field.column_name}"
        for table in all_tables()
        for field in table._meta.sorted_fields
        if isinstance(field, EncryptedField | BlindIndexField)
        and not (_fits(table, field, newest=False) and _fits(table, field, newest=True))
    ]


def _fits(table: type[Model], field: EncryptedField | BlindIndexField, *, newest: bool) -> bool:
    meta: Any = table._meta
    source = meta.fields.get(getattr(field, "source", None) or field.name)
    key = meta.primary_key
    query = (
        table.select(field, source)
        .where(field.is_null(False), source.is_null(False))
        .order_by(key.desc() if newest else key.asc())
        .limit(1)
    )
    # Raw driver values: the model would raise for what cannot be decrypted.
    rows = database.execute(query).fetchall()
    if not rows:
        return True
    stored, origin = map(bytes, rows[0])
    if isinstance(field, BlindIndexField) and field.source is None:
        return any(stored.startswith(index_head(key_id)) for key_id in keys().index)
    try:
        text = keys().decrypt(origin, source.context)
    except DecryptionFailed:
        return False
    return isinstance(field, EncryptedField) or stored in keys().digests(
        field.canonical(text), field.context
    )
