"""All kinds of requests for a second person, in groups that the same members decide."""

from collections.abc import Mapping

from miniprogram_api.second_person.centre_acts import CentreAct
from miniprogram_api.second_person.held_verifications import HeldVerification
from miniprogram_api.second_person.matter_reviews import (
    ConfirmationReview,
    MinorConfirmation,
    PapersApproval,
)
from miniprogram_api.second_person.requests import Kind
from miniprogram_api.second_person.verification_reviews import VerificationReview
from models.second_person import (
    CANCEL_ACCOUNT,
    CLEAR_IDENTITY,
    CORRECT_PHONE,
    HELD_VERIFICATION,
    MINOR_CONFIRMATION,
    NOTARISED_PAPERS,
    ON_SITE_CONFIRMATION,
    UNFREEZE,
    VERIFICATION,
)

Kinds = Mapping[str, Kind]

VERIFICATIONS: Kinds = {VERIFICATION: VerificationReview(), HELD_VERIFICATION: HeldVerification()}
CONFIRMATIONS: Kinds = {
    ON_SITE_CONFIRMATION: ConfirmationReview(),
    MINOR_CONFIRMATION: MinorConfirmation(),
    NOTARISED_PAPERS: PapersApproval(),
}
CENTRE_ACTS: Kinds = {
    CORRECT_PHONE: CentreAct(),
    CLEAR_IDENTITY: CentreAct(),
    CANCEL_ACCOUNT: CentreAct(),
    UNFREEZE: CentreAct(),
}
GROUPS: Mapping[str, Kinds] = {
    "verifications": VERIFICATIONS,
    "confirmations": CONFIRMATIONS,
    "centre_acts": CENTRE_ACTS,
}
KINDS: Kinds = {**VERIFICATIONS, **CONFIRMATIONS, **CENTRE_ACTS}
LAPSING = tuple(name for name, kind in KINDS.items() if kind.lapses)
"""The kinds that end undecided at their due time."""
