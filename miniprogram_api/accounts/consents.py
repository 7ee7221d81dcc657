"""Consents: the current text, what a user agreed to and when, and withdrawal.

个人信息保护法 art. 14 and 17 (informed, renewed when the text changes), 29 (separate for sensitive
data: faces, pictures and signatures), 15 (withdrawal as easy as consent). ``identity`` records that
the notice was read: name, number and result rest on statute (art. 13(3)), see ADR 32.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

import yaml
from peewee import Expression

from config import Settings, SettingsError
from miniprogram_api import audit, clock
from miniprogram_api.accounts import accounts, processor
from miniprogram_api.answers import answer_class
from miniprogram_api.captures import pictures as desk_pictures
from miniprogram_api.matter_lines import holders
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.sheets import pictures
from miniprogram_api.texts import words
from models.accounts.accounts import Account
from models.accounts.consents import ConsentRecord
from models.accounts.own_data import FaceHandover
from models.accounts.verifications import CTID, FaceChallenge
from models.storage.database import transaction

TEXTS = Path(__file__).parent / "consent_texts"

Key = Literal["general", "identity", "face", "matter", "desk", "compare"]
SeparateKey = Literal["identity", "face", "matter", "desk", "compare"]

GENERAL: Final = "general"
IDENTITY: Final = "identity"
FACE: Final = "face"
MATTER: Final = "matter"
DESK: Final = "desk"
"""To pictures at a desk."""
COMPARE: Final = "compare"
"""To a comparison of these pictures by a vendor."""
KEYS: tuple[Key, ...] = (GENERAL, IDENTITY, FACE, MATTER, DESK, COMPARE)
SEPARATE: tuple[SeparateKey, ...] = (IDENTITY, FACE, MATTER, DESK, COMPARE)


@dataclass(frozen=True)
class ConsentText:
    """One version of the rules for personal data, immutable once published."""

    version: str
    """The date of the text, ``YYYY-MM-DD``."""
    title: str
    text: str
    separate: MappingProxyType[SeparateKey, str]
    """The wording of each separate consent."""


@answer_class
class Consent:
    """A user's latest consent to one thing."""

    key: Key
    version: str
    given_at: datetime
    withdrawn_at: datetime | None
    """Null while the consent is valid."""
    sentence: str | None
    """The sentence that was agreed to; null for the rules as a whole."""


def current_text() -> ConsentText:
    """Return the last published text, with placeholders for the processor."""
    return text_of(max(file.stem for file in TEXTS.glob("*.yaml")))


@cache
def text_of(version: str) -> ConsentText:
    """Return a published text, with placeholders for the processor."""
    path = TEXTS / f"{version}.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return ConsentText(
        version=path.stem,
        title=content["title"],
        text=content["text"],
        separate=MappingProxyType(
            {key: content["separate"][key] for key in SEPARATE if key in content["separate"]}
        ),
    )


def sentence_of(part: str) -> str:
    """Return the paragraph of a separate consent that is agreed to; the others explain it."""
    beginnings = tuple(words("consents.beginnings").values())
    return next(line for line in part.split("\n") if line.startswith(beginnings))


def shown_text(settings: Settings) -> ConsentText:
    """Return the last published text with the processor's name, address, phone and officer."""
    shown, named = current_text(), processor.of(settings)
    text = shown.text.format(
        processor_name=named.name,
        processor_address=named.address,
        processor_phone=named.phone,
        data_protection_officer=named.data_protection_officer,
    )
    return replace(shown, text=text)


def check_text(settings: Settings) -> None:
    """Check that the text in force covers what the settings make the service collect.

    Raises SettingsError.
    """
    named = ("matter_signature", "matter_desk_photo")
    collected = [name.upper() for name in named if getattr(settings, name) != "off"]
    if collected and MATTER not in current_text().separate:
        raise SettingsError(
            [
                f"{' and '.join(collected)} must be off: the consent text has no separate consent "
                f"'{MATTER}'."
            ]
        )


def require(version: str | None, separate: Collection[str], needed: Collection[str]) -> None:
    """Require consent to the current text, and separate consent to everything in ``needed``.

    Raises Refused: CONSENT_REQUIRED (``missing`` names the keys), CONSENT_OUTDATED (``version`` is
    the current one).
    """
    missing = [] if version else [GENERAL]
    missing += [key for key in needed if key not in separate]
    if missing:
        raise Refused(Reason.CONSENT_REQUIRED, missing=missing)
    if version != current_text().version:
        raise Refused(Reason.CONSENT_OUTDATED, version=current_text().version)


def agreed(separate: Collection[str]) -> list[Key]:
    """Return the general consent and each of ``separate``."""
    return [key for key in KEYS if key == GENERAL or key in separate]


def record(
    account_id: int,
    keys: Iterable[str],
    *,
    version: str | None = None,
    given_at: datetime | None = None,
) -> None:
    """Store consent to the current text, in the transaction of the act that it allows.

    ``version`` and ``given_at``: of a consent that was signed before. A valid consent to the same
    version is not repeated.
    """
    version, now = version or current_text().version, given_at or clock.now()
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
    """Return the account's latest consent to each thing."""
    rows = (
        ConsentRecord.select().where(ConsentRecord.account == account_id).order_by(ConsentRecord.id)
    )
    by_key = {row.key: row for row in rows}
    return [
        Consent(key, row.version, row.given_at, row.withdrawn_at, _sentence(key, row.version))
        for key in KEYS
        if (row := by_key.get(key)) is not None
    ]


def _sentence(key: Key, version: str) -> str | None:
    if key == GENERAL or not (TEXTS / f"{version}.yaml").exists():
        return None
    part = text_of(version).separate.get(key)
    return None if part is None else sentence_of(part)


def withdraw(account_id: int, key: str) -> list[Consent]:
    """Withdraw one consent and what rests on it, and return ``latest``.

    With ``face`` the face checks under way end; with ``matter`` those for matters, and the pictures
    that no statute keeps are deleted with the confirmations that they belong to; with ``desk`` the
    pictures of acts at desks are deleted; with ``compare`` what they scored. Idempotent.

    Raises Refused: NOT_FOUND for an unknown key, CANCELLATION_REQUIRED for what every account
    needs, ACCOUNT_FROZEN with ``matter`` and ``desk``: a dispute needs the pictures.
    """
    if key not in KEYS:
        raise Refused(Reason.NOT_FOUND)
    end = _ENDS.get(key)
    if end is None:
        raise Refused(Reason.CANCELLATION_REQUIRED)
    with transaction():
        account = accounts.locked(account_id)
        deleted = end(account)
        if _withdraw(account_id, [key]) or deleted:
            audit.write(
                "api:consent:withdrawn",
                actor=audit.by_account(account_id),
                account_id=account_id,
                key=key,
                pictures=deleted,
            )
    return latest(account_id)


def withdraw_all(account_id: int) -> None:
    """Withdraw everything, within the transaction that cancels the account."""
    _withdraw(account_id, KEYS)


def _end_faces(account: Account) -> int:
    """End the face checks under way and the codes that hand them over; no picture is kept."""
    FaceHandover.delete().where(FaceHandover.account == account.id).execute()
    _end_checks(account, FaceChallenge.mode != CTID)
    return 0


def _end_matters(account: Account) -> int:
    """End what rests on the consent to matters; return how many pictures were deleted."""
    accounts.require_changeable(account.status)
    _end_checks(account, FaceChallenge.bound.is_null(False))
    holders.consent_withdrawn(account)
    return pictures.discard_without_consent(account.id)


def _end_desk(account: Account) -> int:
    """Delete the pictures of acts at desks; return how many."""
    accounts.require_changeable(account.status)
    return desk_pictures.discard_without_consent(account.id)


def _end_comparison(account: Account) -> int:
    desk_pictures.forget_comparison(account.id)
    return 0


_ENDS = {FACE: _end_faces, MATTER: _end_matters, DESK: _end_desk, COMPARE: _end_comparison}
"""Consent → what ends with it; the number of deleted pictures."""


def _end_checks(account: Account, which: Expression) -> None:
    now = clock.now()
    FaceChallenge.update(expires_at=now).where(
        (FaceChallenge.account == account.id) & (FaceChallenge.expires_at > now) & which
    ).execute()


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
