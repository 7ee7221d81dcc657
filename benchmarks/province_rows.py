"""How many rows a province has for each account, and how they are made up by SQL.

Personal columns hold the cipher of one made-up value, unique ones and indexes hashes of the row's
number; the ledger's lines have made-up hashes, which ``ledger verify`` would refuse.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from peewee import (
    BigAutoField,
    BlobField,
    BooleanField,
    CharField,
    Field,
    ForeignKeyField,
    TextField,
)

from miniprogram_api import clock
from miniprogram_api.retention import Kept
from models.storage.database import DayField, InstantField
from models.storage.deterministic import DeterministicField
from models.storage.fields import BlindIndexField, EncryptedField
from tests.support.people.persons import person

DISTINCT = 500
"""Made-up WeChat users and conversations, which the rows take in turn."""
_YEAR_MS = 365 * 86_400_000


@dataclass(frozen=True)
class Rate:
    """Rows for each account; ``kept`` shorter than the years for those that expire.

    ``values``: column → an SQL expression of the row's number ``i``.
    """

    per_account: float
    kept: timedelta | None = None
    values: Mapping[str, str] = field(default_factory=dict)


def _text(*values: str) -> str:
    """Return an expression that takes the values in turn."""
    listed = ", ".join(f"'{value}'" for value in values)
    return f"(ARRAY[{listed}])[1 + i % {len(values)}]"


_HANDED = {"due_at": "NULL", "leased_until": "NULL", "failed_at": "NULL", "attempts": "1"}
_LOOKED = (
    """'{"person": "' || md5((i / 3)::text) || '", "reason": "at_window", "note": null, """
    """"window": 1, "ticket": null}'"""
)

# After three years; what a person asks the bot and how often are assumptions to be replaced by
# figures of operation.
RATES: dict[str, Rate] = {
    "account": Rate(1, values={
        "status": _text(*["active"] * 18, "unactivated", "cancelled"),
        "level": "CASE WHEN i % 5 < 3 THEN 4 ELSE 3 END",
        "verified_by": "CASE WHEN i % 5 < 3 THEN 'face' END",
        "source": "'self'", "long_term": "i % 7 = 0", "valid_until": "'2035-01-01'",
        "cancelled_at": "CASE WHEN i % 20 = 18 THEN 1700000000000 END",
        "former_identity_index": "NULL",
    }),
    "consent_record": Rate(2),
    "audit_entry": Rate(12, values={
        "tag": _text("api:account:registered", "api:account:verified", "api:session:opened",
                     "api:session:opened", "api:session:opened", "staff:person:looked_up"),
        "actor": "'staff:' || i % 800", "stamp": "md5(i::text)",
        "details": f"CASE WHEN i % 6 = 5 THEN {_LOOKED} ELSE '{{}}' END",
    }),
    "ledger_line": Rate(2, values={
        "action": _text("person_opened", "manual_verification",
                        "ticket_opened", "person_registered"),
        "actor": "'staff:' || i % 800", "key_id": "'1'", "window_id": "1 + i % 200",
    }),
    "ledger_detail": Rate(2),
    "identity_check": Rate(0.3, Kept.IDENTITY_CHECKS.time, {"outcome": "'match'"}),
    "face_challenge": Rate(0.1, Kept.FACE_CHALLENGES.time, {"outcome": "'passed'"}),
    "sms_code": Rate(0.05, Kept.SMS_CODES.time, {"state": "'sent'"}),
    "session": Rate(0.05, timedelta(hours=2)),
    "refusal_note": Rate(0.02, Kept.REFUSALS.time),
    "faq_message": Rate(1, Kept.QUESTIONS.time, {
        "kind": _text("answer", "answer", "answer", "ask_back", "fallback"),
        "state": "''", "slug": "'sms-code-' || i % 60",
    }),
    "notice": Rate(0.05, Kept.NOTICES.time, _HANDED),
    "subscription": Rate(0.3, Kept.SUBSCRIPTIONS_WAITING.time, {
        **_HANDED, "cause": "NULL", "happened_at": "NULL", "done_at": "NULL",
    }),
    "matter": Rate(0.3, values={
        "state": _text(*["accepted"] * 27, "waiting", "withdrawn", "expired"), "key_id": "NULL",
        "maker": "'window:' || i % 200", "office_id": "NULL",
    }),
    "matter_line": Rate(0.9, values={
        "state": "'confirmed'", "role": "'股东'", "removed_in": "NULL", "confirmed_by": "'face'",
        "document_type": "'id_card'",
    }),
    "matter_decision": Rate(0.9, values={"lines": "'[]'"}),
    "matter_event": Rate(1.2, values={**_HANDED, "sequence": "i", "kind": "'matter.accepted'"}),
    "ticket": Rate(0.08, values={
        "state": _text(*["resolved"] * 28, "open", "with_centre"), "window_id": "1 + i % 200",
        "kind": _text("other", "identity_review", "phone_change"), "source": "'user'",
        "closed_at": "CASE WHEN i % 30 < 28 THEN 1700000000000 END",
    }),
    "ticket_event": Rate(0.3),
    "registrar_receipt": Rate(0.5, values={"answer": "'{}'"}),
    "outbox_job": Rate(0.2, Kept.JOBS.time, {**_HANDED, "name": "'figures.read'"}),
}  # fmt: skip
# Written at the end of an event that most rows have behind them.
_DONE = {"done_at", "used_at", "confirmed_at", "last_seen_at", "activated_at", "ended_at"}


def expression(
    column: Field, rate: Rate, counts: Mapping[str, int], first: Mapping[str, int], years: float
) -> str:
    """Return the SQL expression of a column for row ``i``, from 1.

    ``counts``: table → its new rows; ``first``: table → its largest id before.
    """
    own = column.model._meta.table_name
    if column.column_name in rate.values:
        return rate.values[column.column_name]
    if column.name in rate.values:
        return rate.values[column.name]
    if isinstance(column, BigAutoField) or (column.primary_key and own in first):
        return f"{first[own]} + i"
    if isinstance(column, ForeignKeyField):
        return _reference(column.rel_model._meta.table_name, column, counts, first)
    if column.column_name == "account_id":
        return _reference("account", column, counts, first)
    return _value(column, rate, counts[own], years)


def _reference(to: str, column: Any, counts: Mapping[str, int], first: Mapping[str, int]) -> str:
    if to in counts and to in first:
        return f"{first[to]} + 1 + (i::bigint * 7919) % {counts[to]}"
    return "NULL" if column.null else "1"


def _value(column: Field, rate: Rate, count: int, years: float) -> str:
    hashed = f"sha256(convert_to('{column.column_name}' || i::text, 'UTF8'))"
    if isinstance(column, InstantField):
        if column.null and column.name not in _DONE:
            return "NULL"
        kept = years * _YEAR_MS
        if rate.kept is not None:
            kept = min(kept, rate.kept / timedelta(milliseconds=1))
        now = clock.milliseconds(clock.now())
        return f"{now} - (({count} - i) * {kept / max(count, 1)})::bigint"
    if isinstance(column, BlindIndexField) or (
        isinstance(column, BlobField)
        and not isinstance(column, EncryptedField | DeterministicField)
    ):
        return hashed
    if isinstance(column, DeterministicField):
        values = ", ".join(_bytes(column.db_value(f"province-{n}")) for n in range(DISTINCT))
        return "NULL" if column.null else f"(ARRAY[{values}])[1 + i % {DISTINCT}]"
    if isinstance(column, EncryptedField):
        sample = person(number=1)
        text = {"id_number": sample.id_number, "phone": sample.phone}.get(column.name, "某某")
        if column.name in ("details", "edits", "content"):
            text = '{"name": "某某"}' if column.name == "content" else "[]"
        return _bytes(column.db_value(text))
    if isinstance(column, DayField):
        return "NULL" if column.null else "'2025-01-01'"
    if isinstance(column, BooleanField):
        return "NULL" if column.null else "false"
    if isinstance(column, TextField):
        return "NULL" if column.null else "'{}'"
    if isinstance(column, CharField):
        if (
            column.unique
            or column.primary_key
            or any(column.name in names for names, _ in _tuples(column.model._meta.indexes))
        ):
            return f"left(md5('{column.name}' || i::text), {column.max_length or 32})"
        return (
            "NULL" if column.null else f"'{column.default if column.default is not None else ''}'"
        )
    return "NULL" if column.null else "0"


def _tuples(indexes: Any) -> list[tuple[tuple[str, ...], bool]]:
    return [each for each in indexes if isinstance(each, tuple)]


def _bytes(value: Any) -> str:
    # The driver's wrapper, if the field made one.
    return f"'\\x{bytes(getattr(value, 'obj', value)).hex()}'::bytea"
