"""A column of deterministically encrypted text, for identifiers that join tables."""

from typing import Any

import peewee

from models.storage.compiled import Parameter
from models.storage.fields import CIPHERS, EncryptedField, keys

WECHAT_USER = "openid"
"""The context of all columns with openids, so that they can be compared with each other."""


class DeterministicField(EncryptedField):
    """Encrypted text that is found by the column itself; takes and returns str.

    ``==``, ``!=`` and ``in_`` with texts match values under any key. Unlike ``EncryptedField`` it
    shows which rows have equal values, as a blind index does.
    """

    def sealed(self, text: str) -> bytes:
        """Encrypt under the present key."""
        return keys().encrypt_deterministically(text, self.context)

    def __eq__(self, other: Any) -> Any:
        """Match a text, or the parameter of a compiled query."""
        if isinstance(other, str):
            return self.in_([other])
        if isinstance(other, Parameter):
            places = range(len(keys().data) * len(CIPHERS))
            return super().in_([Parameter(other.name, self._under(place)) for place in places])
        return super().__eq__(other)

    def __ne__(self, other: Any) -> Any:
        """Match all other texts."""
        if isinstance(other, str):
            return self.not_in(keys().all_deterministic(other, self.context))
        return super().__ne__(other)

    __hash__ = EncryptedField.__hash__

    def in_(self, rhs: Any) -> Any:
        """Match one of the texts, or what a query returns."""
        if isinstance(rhs, list | tuple | set | frozenset):
            ring = keys()
            rhs = [
                value
                for one in rhs
                for value in (
                    ring.all_deterministic(one, self.context) if isinstance(one, str) else [one]
                )
            ]
        return super().in_(rhs)

    def _under(self, place: int) -> "_UnderKey":
        return _UnderKey(self, place)


class _UnderKey:
    """Convert a parameter to its value under the key of one place in the list."""

    def __init__(self, field: DeterministicField, place: int) -> None:
        self._field = field
        self._place = place

    def db_value(self, value: Any) -> Any:
        """Encrypt a str; leave bytes and None."""
        if isinstance(value, str):
            value = keys().all_deterministic(value, self._field.context)[self._place]
        return peewee.BlobField.db_value(self._field, value)
