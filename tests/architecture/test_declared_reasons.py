"""An endpoint declares what its rules refuse with: no reason less, none more."""

from handlers.api import routes
from handlers.api.endpoint import MINI_PROGRAM, Operation
from handlers.openapi import reasons_of
from tests.architecture.call_graph import raised, reasons_of_source

NO_TOKEN = "only a token is rejected"
FOR_WECHAT_ALONE = "only pictures are judged so, and this check is WeChat's"
NO_LOCKED_PERSONS = "no other person is locked, and no digest is sent"
BY_PURPOSE = "only for the purposes confirm, reset_password and activate"
SHOWN = "it is shown as a finding, not raised"
OF_A_GUARDIAN = "of a guardian it is GUARDIAN_NOT_CONFIRMED"
RELEASE_EXISTS = "the pointer names a stored release"

# What the call graph finds and a branch excludes: endpoint → reason → why.
UNREACHABLE: dict[str, dict[str, str]] = {
    "GET /catalogue": {"NOT_FOUND": RELEASE_EXISTS},
    "GET /faq/entries": {"NOT_FOUND": RELEASE_EXISTS},
    "GET /names/industries": {"NOT_FOUND": RELEASE_EXISTS},
    "POST /names/check": {"NOT_FOUND": RELEASE_EXISTS},
    "POST /names/parts": {"NOT_FOUND": RELEASE_EXISTS},
    "POST /names/slips": {"NOT_FOUND": RELEASE_EXISTS},
    "GET /faq/suggestions": {"NOT_FOUND": RELEASE_EXISTS},
    "POST /faq/ask": {"SMS_RATE_LIMITED": SHOWN, "PHONE_SEGMENT_UNSUPPORTED": SHOWN},
    "GET /account/conversations": {"NOT_FOUND": "the first page names no message"},
    "POST /identity-checks": {"PHONE_NOT_ON_RECORD": BY_PURPOSE},
    "POST /registrations": {"PHONE_NOT_ON_RECORD": BY_PURPOSE},
    "PUT /account/phone": {
        "PHONE_NOT_ON_RECORD": BY_PURPOSE,
        "TOO_MANY_ATTEMPTS": "no look-up is counted with the password",
    },
    "POST /activations/<token>/face": {"PHONE_NOT_ON_RECORD": BY_PURPOSE},
    "POST /ctid-verifications": {"FACE_NOT_FINISHED": "WeChat users alone open a code"},
    "POST /face-challenges": {"FACE_IMAGE_QUALITY": FOR_WECHAT_ALONE},
    "POST /matters/<matter_id>/challenges": {"FACE_IMAGE_QUALITY": FOR_WECHAT_ALONE},
    "POST /tickets/<ticket_id>/face-challenges": {"FACE_IMAGE_QUALITY": FOR_WECHAT_ALONE},
    "POST /tickets/<ticket_id>/face-verifications": {"FACE_IMAGE_QUALITY": FOR_WECHAT_ALONE},
    "POST /ctid-challenges": {"CTID_REJECTED": NO_TOKEN},
    "POST /handovers/<code>": {
        "FACE_IMAGE_QUALITY": FOR_WECHAT_ALONE,
        "CTID_REJECTED": NO_TOKEN,
    },
    "POST /matters/<matter_id>/reminders": {"MATTER_CHANGED": NO_LOCKED_PERSONS},
    "POST /matters/<matter_id>/refusals": {"MATTER_CHANGED": NO_LOCKED_PERSONS},
    "POST /window/matters/<matter_id>/withdrawal": {"MATTER_CHANGED": NO_LOCKED_PERSONS},
    "POST /window/matters/<matter_id>/reminders": {"MATTER_CHANGED": NO_LOCKED_PERSONS},
    "POST /window/matters/<matter_id>/refusals": {"MATTER_CHANGED": NO_LOCKED_PERSONS},
    "POST /window/persons": {"SMS_RATE_LIMITED": SHOWN, "TOO_MANY_ATTEMPTS": SHOWN},
    "POST /window/reviews/<verification_id>/person": {
        "SMS_RATE_LIMITED": SHOWN,
        "TOO_MANY_ATTEMPTS": SHOWN,
    },
    "POST /window/authorizations": {"NOT_FOUND": "the member's window exists"},
    "POST /window/matters": {"NOT_FOUND": "the matter was just made"},
    "POST /window/sms-codes": {
        "ACCOUNT_REQUIRED": BY_PURPOSE,
        "ACTIVATION_EXPIRED": BY_PURPOSE,
        "PHONE_NOT_ON_RECORD": BY_PURPOSE,
        "OWN_MATTER": "no person is named",
    },
    "POST /window/registrations": {
        "NOT_FOUND": "the member's window exists",
        "PHONE_NOT_ON_RECORD": BY_PURPOSE,
        "PHONE_PROOF_INVALID": "a window takes codes alone",
        "ACCOUNT_FROZEN": "the account was just made",
        "ALREADY_VERIFIED": "the account was just made",
        "MATTER_CHANGED": NO_LOCKED_PERSONS,
    },
    "POST /window/verifications": {"MATTER_CHANGED": NO_LOCKED_PERSONS},
    "POST /window/reviews/<verification_id>": {"MATTER_CHANGED": NO_LOCKED_PERSONS},
    "POST /window/matters/<matter_id>/confirmations": {
        "FOUR_ELEMENTS_MISMATCH": OF_A_GUARDIAN,
        "IDENTITY_INVALID": OF_A_GUARDIAN,
        "IDENTITY_NO_RECORD": OF_A_GUARDIAN,
        "TOO_MANY_ATTEMPTS": OF_A_GUARDIAN,
    },
    "GET /window/tickets/answered": {"OWN_MATTER": "no person is named"},
    "POST /centre/tickets/<ticket_id>/opening": {
        "WINDOW_REQUIRED": "it is open to members without a window"
    },
}


def name(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


def raised_by(operation: Operation) -> frozenset[str]:
    return raised(operation.handler.__module__, operation.handler.__qualname__)


def test_every_raised_reason_is_declared() -> None:
    assert routes.BLUEPRINTS
    judged, undeclared = 0, {}
    for operation in MINI_PROGRAM.operations:
        declared = {reason.name for reason in reasons_of(operation)}
        found = raised_by(operation) - declared
        judged += len(raised_by(operation))
        if found:
            undeclared[name(operation)] = found
    assert len(MINI_PROGRAM.operations) > 100
    assert judged > 700
    assert undeclared == {place: {*reasons} for place, reasons in UNREACHABLE.items()}


def test_every_declared_reason_is_raised() -> None:
    judged, breaches = 0, []
    for operation in MINI_PROGRAM.operations:
        own = {reason.name for reason in operation.reasons}
        judged += len(own)
        breaches += [f"{name(operation)}: {reason}" for reason in own - raised_by(operation)]
    assert judged > 400
    assert breaches == []


PLANTED = """
from miniprogram_api.reasons import Reason, Refused, refused_by
from miniprogram_api.texts import invalid

TABLE = {"a": Reason.NOT_FOUND}

def rule(kind):
    helper(kind)
    try:
        caught()
    except Refused:
        pass
    shown = made()
    if kind is Reason.REPLAYED:
        return shown

def helper(kind):
    if kind:
        raise Refused(TABLE[kind])
    for act in ACTS.values():
        act()

def caught():
    raise Refused(Reason.FORBIDDEN)

def made() -> Refused:
    return Refused(Reason.ACCOUNT_FROZEN)

def acts():
    refused = made()
    raise refused

ACTS = {"x": lambda: acts()}

class Base:
    def inherited(self):
        raise Refused(Reason.LINE_DECIDED)

    def replaced(self):
        raise Refused(Reason.NOT_APPLICABLE)

class Own(Base):
    def replaced(self):
        raise Refused(Reason.TICKET_CLOSED)

def decided(kind, kinds):
    kinds[kind].replaced()

def doing(kind):
    decided(kind, OBJECTS)

OBJECTS = {"x": Own()}
"""


def test_call_graph_follows_calls_tables_and_handlers() -> None:
    assert reasons_of_source(PLANTED, "rule") == {"NOT_FOUND", "ACCOUNT_FROZEN"}
    assert reasons_of_source(PLANTED, "caught") == {"FORBIDDEN"}
    assert reasons_of_source(PLANTED, "doing") == {"LINE_DECIDED", "TICKET_CLOSED"}
