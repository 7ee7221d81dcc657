"""Check the first steps of a registration: the form, and whether the person has to activate.

A person whom the older system brought in hears it as soon as the phone is proved, before password
and consents.
"""

from dataclasses import dataclass, field

from miniprogram_api.access import attempts, visitors
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import accounts
from miniprogram_api.accounts.accounts import Login
from miniprogram_api.identity import checks
from miniprogram_api.identity.checks import LocalCheck
from miniprogram_api.phones import numbers as phone_numbers
from miniprogram_api.phones import sms_codes
from miniprogram_api.phones.proofs import NO_PROOF, NamedPerson, PhoneProof
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services


@dataclass(frozen=True, slots=True)
class TypedForm:
    """The four elements as typed, and a phone with its proof as far as they are typed."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    valid_from: str
    valid_until: str
    phone: str | None = field(default=None, repr=False)
    proof: PhoneProof = NO_PROOF


def check(
    services: Services, form: TypedForm, *, session: SessionInfo | None, address: str
) -> LocalCheck:
    """Check the form of the four elements; with a proof of the phone also the person's account.

    The proof is not spent. Raises Refused, in this order: UNAUTHENTICATED for a proof without a
    session; TOO_MANY_ATTEMPTS of visitors; INVALID_INPUT; as ``sms_codes.prove``;
    TOO_MANY_ATTEMPTS (scope ``lookups``) as step 1 of an activation, ACTIVATION_REQUIRED.
    """
    if form.proof and session is None:
        raise Refused(Reason.UNAUTHENTICATED)
    visitors.count(services, "identity_checks", session, address)
    phone = None if form.phone is None else phone_numbers.parse_phone("phone", form.phone)
    checked = checks.check(form.name, form.id_number, form.valid_from, form.valid_until)
    if session is not None and phone is not None and form.proof:
        person = NamedPerson(checked.normalised.name, checked.normalised.id_number)
        sms_codes.prove(phone, form.proof, purpose="register", session=session, person=person)
        _require_activated(services, person.id_number, session, address)
    return checked


def _require_activated(
    services: Services, id_number: str, session: SessionInfo, address: str
) -> None:
    taken = attempts.take_lookup(services, session, address)
    for account in accounts.find_holders(Login("id_number", id_number)):
        try:
            accounts.require_activated(account)
        except Refused:
            attempts.give_back(services, taken)
            raise
