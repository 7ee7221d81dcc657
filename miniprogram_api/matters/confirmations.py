"""Confirm own lines of a matter by a second check of the person and a signature.

The order is: judge the state, check the person, store. The check is bound to session, account,
lines and digest, and a passed one is remembered until the confirmation is stored.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from miniprogram_api import audit, person_rows
from miniprogram_api.accounts import consents
from miniprogram_api.answers import answer_class
from miniprogram_api.identity.documents import names
from miniprogram_api.matter_lines import changes, content, guard
from miniprogram_api.matter_lines.changes import Evidence, Person
from miniprogram_api.matters import own
from miniprogram_api.matters.own import MatterState, OwnLine
from miniprogram_api.pictures import signatures
from miniprogram_api.proofing import bound_checks, face_challenges, faces
from miniprogram_api.proofing.bound_checks import Asker, PassedCheck
from miniprogram_api.proofing.faces import FaceChallenge
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.sheets import pictures
from miniprogram_api.texts import invalid
from models.accounts.accounts import Account
from models.storage.database import transaction


@dataclass(frozen=True, slots=True)
class Consenting:
    """Consents given with a call."""

    version: str | None = None
    separate: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """How the person is checked: a face challenge or a CTID token; and the signature.

    ``typed_name``: of a person who cannot sign, where MATTER_SIGNATURE is optional.
    """

    challenge_id: str | None = None
    image: bytes | None = field(default=None, repr=False)
    ctid_token: str | None = field(default=None, repr=False)
    signature: bytes | None = field(default=None, repr=False)
    typed_name: str | None = field(default=None, repr=False)


@answer_class
class DecidedLines:
    """The caller's lines after a decision."""

    matter_id: str
    version: int
    state: MatterState
    lines: tuple[OwnLine, ...]


def open_challenge(
    services: Services,
    asker: Asker,
    matter_id: str,
    line_ids: Collection[str],
    digest: str,
    given: Consenting,
) -> FaceChallenge:
    """Open a face check for own lines as they were shown; record the consents given by it.

    Raises Refused: LEVEL_TOO_LOW, INVALID_INPUT on ``line_ids`` (``MATTER_FACE=role``),
    CONSENT_REQUIRED, CONSENT_OUTDATED, GUARDIAN_REQUIRED, NOT_FOUND, and as
    ``changes.require_confirmable`` and ``faces.open_for``.
    """
    account = asker.account
    person_rows.require_person(account)
    _require_one_each(services, line_ids)
    faces.require_given(given.version)
    _require_consents(services, account, given, signs=_must_sign(services))
    _require_confirmable(services, account, matter_id, line_ids, digest)
    keys = consents.agreed({consents.FACE, *given.separate})
    bound = _bound(matter_id, line_ids, digest)
    return bound_checks.open_face(services, asker, bound, keys)


def confirm(
    services: Services,
    asker: Asker,
    matter_id: str,
    line_ids: Collection[str],
    digest: str,
    proof: Proof,
    given: Consenting = Consenting(),
) -> DecidedLines:
    """Confirm own lines; nothing is checked again when a passed check could not be stored.

    Raises Refused: LEVEL_TOO_LOW, INVALID_INPUT on ``challenge_id``, ``image``, ``line_ids``,
    ``signature`` or ``typed_name``, SIGNATURE_UNREADABLE, CONSENT_REQUIRED, CONSENT_OUTDATED,
    GUARDIAN_REQUIRED, NOT_FOUND, and as ``changes.confirm_lines``, ``bound_checks.face`` and
    ``by_ctid``.
    """
    account = asker.account
    person_rows.require_person(account)
    _require_form(services, asker, line_ids, proof)
    signature = None if proof.signature is None else signatures.judged(proof.signature)
    _require_consents(services, account, given, signs=signature is not None)
    _require_confirmable(services, account, matter_id, line_ids, digest)
    passed = _check(services, asker, _bound(matter_id, line_ids, digest), proof)
    stored = {} if signature is None else {pictures.SIGNATURE: signature}
    evidence = Evidence(
        passed.way,
        account.id,
        passed.number,
        pictures.digests(stored),
        typed_name=bool(proof.typed_name),
    )
    with transaction():
        decided = changes.confirm_lines(
            services,
            matter_id,
            line_ids,
            person=Person(account.id_number, account.name),
            digest=digest,
            evidence=evidence,
        )
        face_challenges.spend(passed.challenge_id)
        pictures.store(services.settings, decided.decision.id, stored)
        consents.record(account.id, given.separate)
        audit.write(
            "api:matter:confirmed",
            actor=audit.by_account(account.id),
            account_id=account.id,
            matter=matter_id,
            lines=len(decided.lines),
            by=passed.way,
            typed_name=evidence.typed_name,
        )
    return after(services, account, matter_id)


def after(services: Services, account: Account, matter_id: str) -> DecidedLines:
    """Return all own lines after a decision."""
    matter, lines = own.lines_of(account, matter_id)
    return DecidedLines(
        matter.public_id, matter.version, own.state_of(matter), own.viewed(services, lines, account)
    )


def _check(services: Services, asker: Asker, bound: str, proof: Proof) -> PassedCheck:
    if proof.ctid_token is not None:
        return bound_checks.by_ctid(services, asker, bound, proof.ctid_token)
    return bound_checks.face(services, asker, bound, proof.challenge_id or "", proof.image)


def _bound(matter_id: str, line_ids: Collection[str], digest: str) -> str:
    return content.digest([matter_id, sorted(set(line_ids)), digest])


def _require_form(
    services: Services, asker: Asker, line_ids: Collection[str], proof: Proof
) -> None:
    if proof.ctid_token is None:
        if proof.challenge_id is None:
            raise invalid("faces.challenge_id.required")
        mode = face_challenges.mode_of(services.settings, asker.session)
        faces.require_form(mode, proof.challenge_id, proof.image)
    elif proof.challenge_id is not None or proof.image is not None:
        raise invalid("matters.challenge_id.one_way")
    _require_one_each(services, line_ids)
    if proof.signature is None and _must_sign(services):
        raise invalid("matters.signature.required")
    if proof.signature is not None and services.settings.matter_signature == "off":
        raise invalid("matters.signature.not_allowed")
    if proof.typed_name:
        if proof.signature is not None or services.settings.matter_signature != "optional":
            raise invalid("matters.typed_name.not_allowed")
        if names.check(proof.typed_name).value != asker.account.name:
            raise invalid("matters.typed_name.other_name")


def _require_one_each(services: Services, line_ids: Collection[str]) -> None:
    if services.settings.matter_face == "role" and len(set(line_ids)) > 1:
        raise invalid("matters.line_ids.one_each")


def _must_sign(services: Services) -> bool:
    return services.settings.matter_signature == "required"


def _require_consents(
    services: Services, account: Account, given: Consenting, *, signs: bool
) -> None:
    """Require the separate consent to the signature, given now or still valid."""
    missing = set(own.missing_consents(services, account)) - {consents.FACE, *given.separate}
    if missing and signs:
        raise Refused(Reason.CONSENT_REQUIRED, missing=sorted(missing))
    if given.separate:
        consents.require(given.version, given.separate, [])


def _require_confirmable(
    services: Services,
    account: Account,
    matter_id: str,
    line_ids: Collection[str],
    digest: str,
) -> None:
    """Judge the state before the person is checked."""
    matter, lines = own.lines_of(account, matter_id)
    guard.require_counting(account.id, "face")
    chosen = changes.require_confirmable(matter, lines, line_ids, digest)
    if any(guard.needs_guardian(services.settings, line) for line in chosen):
        raise Refused(Reason.GUARDIAN_REQUIRED)
