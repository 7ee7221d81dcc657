"""A column of deterministically encrypted text, for identifiers that join tables."""

from typing import Any

import peewee

from models.storage.fields import EncryptedField, keys

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
        """Match a text."""
        if isinstance(other, str):
            return self.in_([other])
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


def asked_by(table: Any, openid: str | None, account_id: int | None) -> peewee.Expression:
    """Match the rows of a WeChat user or of an account; None matches no row."""
    of_user = None if openid is None else table.openid == openid
    if account_id is None:
        return table._meta.primary_key.is_null() if of_user is None else of_user
    of_account = table._meta.columns["account_id"] == account_id
    return of_account if of_user is None else of_user | of_account
