"""Consent: the text in force, what a person agreed to and when, and how he takes it back.

个人信息保护法 art. 14 and 17 (informed, renewed when the text changes), 29 (separate for sensitive
data: documents and faces), 15 (as easily taken back as given).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from miniprogram_api import audit, clock
from miniprogram_api.answers import answer_class
from miniprogram_api.reasons import Reason, Refused
from models.accounts.consents import ConsentRecord
from models.accounts.verifications import FaceChallenge
from models.storage.database import transaction

TEXTS = Path(__file__).parent / "consent_texts"

Key = Literal["general", "identity", "face"]
SeparateKey = Literal["identity", "face"]

GENERAL: Final = "general"
IDENTITY: Final = "identity"
FACE: Final = "face"
KEYS: tuple[Key, ...] = (GENERAL, IDENTITY, FACE)
SEPARATE: tuple[SeparateKey, ...] = (IDENTITY, FACE)


@dataclass(frozen=True)
class ConsentText:
    """One version of the rules for personal data; never changed once it was published."""

    version: str
    """The day of the text, ``YYYY-MM-DD``."""
    title: str
    text: str
    separate: MappingProxyType[SeparateKey, str]
    """What is agreed to separately, in these words."""


@answer_class
class Consent:
    """The latest consent of a user to one thing."""

    key: Key
    version: str
    given_at: datetime
    withdrawn_at: datetime | None
    """Null while the consent holds."""


@cache
def in_force() -> ConsentText:
    """The text that people agree to now: the last published one."""
    import yaml

    path = max(TEXTS.glob("*.yaml"), key=lambda file: file.stem)
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return ConsentText(
        version=path.stem,
        title=content["title"],
        text=content["text"],
        separate=MappingProxyType({key: content["separate"][key] for key in SEPARATE}),
    )


def require(version: str | None, separate: Collection[str], needed: Collection[str]) -> None:
    """Make sure that the text in force was agreed to, and separately to everything in ``needed``.

    Raises Refused: CONSENT_REQUIRED (``missing`` names the keys), CONSENT_OUTDATED (``version`` is
    the one in force).
    """
    missing = [] if version else [GENERAL]
    missing += [key for key in needed if key not in separate]
    if missing:
        raise Refused(Reason.CONSENT_REQUIRED, missing=missing)
    if version != in_force().version:
        raise Refused(Reason.CONSENT_OUTDATED, version=in_force().version)


def agreed(separate: Collection[str]) -> list[Key]:
    """What was agreed to by whoever ticked the rules, and each of ``separate`` for itself."""
    return [key for key in KEYS if key == GENERAL or key in separate]


def record(account_id: int, keys: Iterable[str]) -> None:
    """Keep that the text in force was agreed to; in the transaction of what the consent allows.

    A consent to the same version that still holds is not written again.
    """
    version, now = in_force().version, clock.now()
    held = {
        row.key
        for row in ConsentRecord.select(ConsentRecord.key).where(
            (ConsentRecord.account == account_id)
            & (ConsentRecord.version == version)
            & ConsentRecord.withdrawn_at.is_null()
        )
    }
    for key in keys:
        if key not in held:
            ConsentRecord.insert(
                account=account_id, key=key, version=version, given_at=now
            ).execute()


def latest(account_id: int) -> list[Consent]:
    """The latest consent of the account to each thing that it ever agreed to."""
    rows = (
        ConsentRecord.select().where(ConsentRecord.account == account_id).order_by(ConsentRecord.id)
    )
    by_key = {row.key: row for row in rows}
    return [
        Consent(key, row.version, row.given_at, row.withdrawn_at)
        for key in KEYS
        if (row := by_key.get(key)) is not None
    ]


def withdraw(account_id: int, key: str) -> list[Consent]:
    """Take back one consent and return what stands then; face checks under way end with it.

    Doing it again changes nothing. Raises Refused: NOT_FOUND for an unknown key,
    CANCELLATION_REQUIRED for what no account can be without.
    """
    if key not in KEYS:
        raise Refused(Reason.NOT_FOUND)
    if key != FACE:
        raise Refused(Reason.CANCELLATION_REQUIRED)
    with transaction():
        if _withdraw(account_id, [FACE]):
            now = clock.now()
            FaceChallenge.update(expires_at=now).where(
                (FaceChallenge.account == account_id) & (FaceChallenge.expires_at > now)
            ).execute()
            audit.write(
                "api:consent:withdrawn",
                actor=audit.by_account(account_id),
                account_id=account_id,
                key=key,
            )
    return latest(account_id)


def withdraw_all(account_id: int) -> None:
    """Take back everything: part of the transaction that cancels the account."""
    _withdraw(account_id, KEYS)


def _withdraw(account_id: int, keys: Collection[str]) -> int:
    return int(
        ConsentRecord.update(withdrawn_at=clock.now())
        .where(
            (ConsentRecord.account == account_id)
            & ConsentRecord.key.in_(list(keys))
            & ConsentRecord.withdrawn_at.is_null()
        )
        .execute()
    )
