"""The documents that a clerk ticks as seen: what there is to tick, and how the ticks are judged."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from miniprogram_api.texts import invalid, words


class Document(StrEnum):
    """A document that a clerk can have seen, in the order of the forms."""

    ID_CARD = "id_card"
    TEMPORARY_ID_CARD = "temporary_id_card"
    RESIDENCE_PERMIT = "residence_permit"
    FOREIGN_PERMANENT_CARD = "foreign_permanent_card"
    HONG_KONG_MACAU_PERMIT = "hong_kong_macau_permit"
    TAIWAN_PERMIT = "taiwan_permit"
    PASSPORT = "passport"
    HOUSEHOLD_REGISTER = "household_register"
    POLICE_CERTIFICATE = "police_certificate"
    GUARDIAN_ID_CARD = "guardian_id_card"


NAMES = {document: words("desk.evidence_seen")[document] for document in Document}
"""Document → its name on the forms and in the ledger."""


def require(ticked: Sequence[str]) -> None:
    """Raise Refused INVALID_INPUT on ``evidence_seen`` unless a known document is ticked."""
    if not ticked or not set(ticked) <= set(Document):
        raise invalid("window.evidence_seen.not_allowed")


def names(ticked: Iterable[str]) -> list[str]:
    """Return the names of ticked documents, as the ledger keeps them."""
    return [NAMES[Document(key)] for key in ticked]
