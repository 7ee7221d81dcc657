"""Step 2 of an activation where the phone on record is dead: the person's face and a new phone."""

from dataclasses import dataclass, field

from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import changes as account_changes
from miniprogram_api.enrolment import activation as activations
from miniprogram_api.enrolment.activation import ProvedActivationPhone
from miniprogram_api.phones import numbers as phone_numbers
from miniprogram_api.phones import passed_faces, sms_codes
from miniprogram_api.phones import ranges as number_ranges
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
    sms_code: str | None = field(repr=False)
    phone_proof: str | None = field(repr=False)


def prove_by_face(
    services: Services, token: str, form: NewPhone, *, session: SessionInfo
) -> ProvedActivationPhone:
    """Run step 2 by a passed face and a new phone.

    This consumes the face; the new phone is on record then, and the old one is notified. Raises
    Refused: INVALID_INPUT, PHONE_SEGMENT_UNSUPPORTED; ACTIVATION_EXPIRED; NOT_FOUND (``cause``
    face) as ``passed_faces.require`` and for another person; as ``sms_codes.prove``;
    PHONE_ACCOUNT_LIMIT.
    """
    phone = phone_numbers.parse_phone("phone", form.phone)
    sms_codes.require_given(
        phone, session=session, sms_code=form.sms_code, phone_proof=form.phone_proof
    )
    number_ranges.require_supported(phone)
    activation, account = activations.valid_activation(token, session)
    face = passed_faces.require(session, form.challenge_id, "activate")
    if face.id_number != account.id_number:
        raise Refused(Reason.NOT_FOUND, cause="face")
    evidence = sms_codes.prove(
        session=session,
        phone=phone,
        purpose=CHANGE_PHONE,
        sms_code=form.sms_code,
        phone_proof=form.phone_proof,
    )
    with transaction():
        current = Account.locked(account.id)
        if current is None or current.status != UNACTIVATED:
            raise Refused(Reason.ACTIVATION_EXPIRED)
        passed_faces.spend(face)
        account_changes.take_new_phone(services, current, evidence, session=session)
        return activations.phone_proved(activation, current, evidence)
