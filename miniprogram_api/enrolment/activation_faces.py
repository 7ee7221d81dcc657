"""Step 2 of an activation where the phone on record is dead: the person's face and a new phone."""

from dataclasses import dataclass, field

from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import changes as account_changes
from miniprogram_api.enrolment import activation as activations
from miniprogram_api.enrolment.activation import ProvedActivationPhone
from miniprogram_api.phones import numbers as phone_numbers
from miniprogram_api.phones import passed_faces, sms_codes
from miniprogram_api.phones import ranges as number_ranges
from miniprogram_api.phones.proofs import PhoneProof
from miniprogram_api.phones.sms_code_refusals import CHANGE_PHONE
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from models.accounts.accounts import UNACTIVATED, Account
from models.storage.database import transaction


@dataclass(frozen=True, slots=True)
class NewPhone:
    """A phone other than the one on record with its proof, and the passed face, as typed."""

    challenge_id: str
    phone: str = field(repr=False)
    proof: PhoneProof


def prove_by_face(
    services: Services, token: str, form: NewPhone, *, session: SessionInfo
) -> ProvedActivationPhone:
    """Run step 2 by a passed face and a new phone.

    This consumes the face; the new phone is on record then, and the old one is notified. Raises
    Refused: INVALID_INPUT, PHONE_SEGMENT_UNSUPPORTED; ACTIVATION_EXPIRED; NOT_FOUND (``cause``
    face) as ``passed_faces.require_of``; as ``sms_codes.prove``;
    PHONE_ACCOUNT_LIMIT.
    """
    phone = phone_numbers.parse_phone("phone", form.phone)
    sms_codes.require_given(phone, form.proof, session=session)
    number_ranges.require_supported(phone)
    activation, account = activations.valid_activation(token, session)
    face = passed_faces.require_of(
        session, form.challenge_id, "activate", id_number=account.id_number
    )
    evidence = sms_codes.prove(phone, form.proof, purpose=CHANGE_PHONE, session=session)
    with transaction():
        current = Account.locked(account.id)
        if current is None or current.status != UNACTIVATED:
            raise Refused(Reason.ACTIVATION_EXPIRED)
        account_changes.take_new_phone(services, current, face, evidence, session=session)
        return activations.phone_proved(activation, current, evidence)
