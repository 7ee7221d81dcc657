"""Stamps: which rows the service itself wrote, by a key that is not in the database."""

import base64
import hmac
import json

from models.desks import ledger_keys

Value = int | str | None


def make(table: str, *values: Value) -> str:
    """Return ``KEY_ID:BASE64``, an HMAC-SHA256 over the table and the values of a row."""
    key_id = ledger_keys.writing()
    return f"{key_id}:{_mac(key_id, table, values)}"


def is_genuine(stamp: str, table: str, *values: Value) -> bool:
    """Return whether a key of the ledger made this stamp of these values."""
    key_id, _, mac = stamp.partition(":")
    return ledger_keys.known(key_id) and hmac.compare_digest(mac, _mac(key_id, table, values))


def _mac(key_id: str, table: str, values: tuple[Value, ...]) -> str:
    text = json.dumps(["stamp.v1", table, *values], ensure_ascii=True, separators=(",", ":"))
    return base64.b64encode(ledger_keys.mac(key_id, text.encode())).decode()
