"""All kinds of requests for a second person."""

from miniprogram_api.second_person.centre_acts import CentreAct
from miniprogram_api.second_person.held_verifications import HeldVerification
from miniprogram_api.second_person.kind import Kind
from miniprogram_api.second_person.matter_reviews import ConfirmationReview, PapersApproval
from miniprogram_api.second_person.verification_reviews import VerificationReview
from models import second_person as table

KINDS: dict[str, Kind] = {
    table.VERIFICATION: VerificationReview(),
    table.HELD_VERIFICATION: HeldVerification(),
    table.ON_SITE_CONFIRMATION: ConfirmationReview(),
    table.NOTARISED_PAPERS: PapersApproval(),
    **dict.fromkeys(table.CENTRE_ACTS, CentreAct()),
}
LAPSING = tuple(name for name, kind in KINDS.items() if kind.lapses)
"""The kinds that end undecided at their due time."""
