"""The buttons of answers and API errors, and those that a refusal hides or puts first."""

from miniprogram_api.access import password_attempts
from miniprogram_api.access.refusals import Note
from miniprogram_api.phones.sms_code_refusals import CHANGE_PHONE as CHANGES_PHONE
from miniprogram_api.phones.sms_code_refusals import CONFIRM, RATE
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import text

Button = dict[str, str]


def page(label: str, path: str) -> Button:
    """Return a button that opens a page of the mini program."""
    return {"type": "page", "label": label, "page": path}


def ticket(label: str, kind: str) -> Button:
    """Return a button that opens a ticket, filled in by `miniprogram_api.tickets.facts`."""
    return {"type": "ticket", "label": label, "ticket": kind}


def retry(label: str, step: str) -> Button:
    """Return a button that repeats a step."""
    return {"type": "retry", "label": label, "retry": step}


def copy(label: str, copied: str) -> Button:
    """Return a button that copies a text."""
    return {"type": "copy", "label": label, "copy": copied}


FACE_AGAIN = retry(text("buttons.face_again"), "face")
CLEAR_LIMIT = retry(text("buttons.clear_limit"), "clear_limit")
"""Opens a face check by name and ID number, for a user whom the attempts of others stopped."""
CARD_PHOTO = retry(text("buttons.card_photo"), "card_photo")
"""Reads the four elements from photos of the card into the form."""
RESET_BY_FACE = retry(text("buttons.reset_by_face"), "reset_by_face")
ACTIVATE_BY_FACE = retry(text("buttons.activate_by_face"), "activate_by_face")
"""Open WeChat's face check by name and ID number, for a holder whose phone on record is dead."""
SEND_AGAIN = retry(text("buttons.send_again"), "sms_code")
REGISTER = page(text("buttons.register"), "pages/register/index")
WECHAT_PHONE = page(text("buttons.wechat_phone"), "pages/wechat-phone/index")
OTHER_NUMBER = page(text("buttons.other_number"), "pages/register/index")
CHECK_ELEMENTS = page(text("buttons.check_elements"), "pages/register/index")
ACTIVATE = page(text("buttons.activate"), "pages/activation/index")
SIGN_IN = page(text("buttons.sign_in"), "pages/sign-in/index")
RESET_PASSWORD = page(text("buttons.reset_password"), "pages/password-reset/index")
CORRECT_DATES = page(text("buttons.correct_dates"), "pages/account/identity-dates")
AUTHORISE = page(text("buttons.authorise"), "pages/account/authorization")
CHANGE_PHONE = page(text("buttons.change_phone"), "pages/account/phone")
CANCEL_ACCOUNT = page(text("buttons.cancel_account"), "pages/account/cancellation")
MATTERS = page(text("buttons.matters"), "pages/matters/index")
FACE = page(text("buttons.face"), "pages/face/index")
CTID = page(text("buttons.ctid"), "pages/ctid/index")
FACING = (FACE_AGAIN, FACE)
VERIFYING = (*FACING, CTID)
"""For accounts below level 4, and after a reset."""
WINDOWS = page(text("buttons.windows"), "pages/windows/index")
COPY_DOT = copy(text("buttons.copy_dot"), "·")
MANUAL = ticket(text("buttons.manual"), "manual_verification")
VERIFY_PHONE = ticket(text("buttons.verify_phone"), "phone_verification")
CORRECT_PHONE = ticket(text("buttons.correct_phone"), "activation_phone")
REVIEW = ticket(text("buttons.review"), "identity_review")
RE_REGISTER = ticket(text("buttons.re_register"), "re_registration")
APPLY_PHONE = ticket(text("buttons.apply_phone"), "phone_change")
DISPUTE = ticket(text("buttons.dispute"), "identity_dispute")
NETWORK_AGAIN = retry(text("buttons.network_again"), "activation")
REPORT = ticket(text("buttons.report"), "other")

BY_FACE = {
    "clear_limit": (CLEAR_LIMIT, WINDOWS),
    "reset": (RESET_BY_FACE, APPLY_PHONE, WINDOWS),
    "activate": (ACTIVATE_BY_FACE, CORRECT_PHONE, WINDOWS),
}
"""By each purpose of a check of a person without the account: the check, and the ways beside it."""

HIDDEN_WHEN_FROZEN = (
    *VERIFYING,
    CORRECT_DATES,
    AUTHORISE,
    CHANGE_PHONE,
    RESET_PASSWORD,
    CANCEL_ACCOUNT,
)
HIDDEN_WITHOUT_SOURCE: dict[str, tuple[Button, ...]] = {
    "identity": (CORRECT_DATES,),
    "sms": (SEND_AGAIN,),
    "face": FACING,
    "ctid": (CTID,),
}
"""By each source that an operator switched off."""

_SOURCE_OF = {
    Reason.SMS_UNAVAILABLE: "sms",
    Reason.IDENTITY_SOURCE_BUSY: "face",
    Reason.CTID_UNAVAILABLE: "ctid",
}
_UNAVAILABLE = (Reason.IDENTITY_SOURCE_BUSY, Reason.IDENTITY_DAILY_LIMIT)
_REJECTED = (
    Reason.FOUR_ELEMENTS_MISMATCH,
    Reason.IDENTITY_NO_RECORD,
    Reason.IDENTITY_INVALID,
)
_HIDDEN: dict[Reason, tuple[Button, ...]] = {
    # The field is corrected where it is typed, which often is not the page of registering. A
    # ticket would refuse it as well.
    Reason.INVALID_INPUT: (REGISTER, REVIEW),
    Reason.IDENTITY_NEEDS_CONFIRMATION: (REGISTER,),
    Reason.ACCOUNT_REQUIRED: FACING,
    Reason.ACCOUNT_CANCELLED: FACING,
    Reason.LOGIN_AMBIGUOUS: (REGISTER,),
    Reason.PHONE_FOREIGN: (REGISTER,),
    Reason.LEVEL_TOO_LOW: (REGISTER,),
    Reason.IDENTITY_DATES_LIMIT: (CORRECT_DATES,),
    Reason.IDENTITY_INVALID: (REGISTER,),
    Reason.FACE_NO_PHOTO: FACING,
    Reason.SMS_NUMBER_BLOCKED: (SEND_AGAIN, NETWORK_AGAIN),
    Reason.CONSENT_REQUIRED: (DISPUTE,),
    Reason.CONSENT_OUTDATED: (DISPUTE,),
}
_CLEARED_AGAIN = (
    Reason.FACE_MISMATCH,
    Reason.FACE_DATA_MISSING,
    Reason.FACE_NOT_FINISHED,
    Reason.FACE_IMAGE_QUALITY,
    Reason.IDENTITY_SOURCE_BUSY,
)
_BY_CTID = (Reason.CTID_REJECTED, Reason.CTID_UNAVAILABLE)
_FIRST: dict[Reason, tuple[Button, ...]] = {
    Reason.ACCOUNT_REQUIRED: (SIGN_IN,),
    Reason.ACCOUNT_CANCELLED: (REGISTER,),
    Reason.ALREADY_ACTIVE: (SIGN_IN,),
    Reason.LEVEL_TOO_LOW: (FACE, CTID),
    Reason.IDENTITY_INVALID: (WINDOWS,),
    Reason.FACE_DATA_MISSING: (CORRECT_DATES,),
    Reason.PHONE_ACCOUNT_LIMIT: (OTHER_NUMBER, WINDOWS),
    Reason.SMS_NUMBER_BLOCKED: (WECHAT_PHONE, OTHER_NUMBER, WINDOWS),
    Reason.PHONE_FOREIGN: (WINDOWS,),
    # The face checks may be used up as well.
    Reason.CTID_REJECTED: (CTID, WINDOWS),
}
LEFT_AFTER_SECOND = 3
"""Attempts that are left, of five, after the second miss."""
_STRONGER: dict[Reason, tuple[Button, ...]] = {
    Reason.FOUR_ELEMENTS_MISMATCH: (REVIEW, WINDOWS),
    Reason.IDENTITY_NO_RECORD: (REVIEW, WINDOWS),
    Reason.FACE_MISMATCH: (CTID, WINDOWS),
    Reason.WRONG_PASSWORD: (RESET_PASSWORD,),
    Reason.SMS_CODE_WRONG: (SEND_AGAIN, WINDOWS),
}
# Steps that check the four elements without registering (`verification.Purpose`).
_NOT_REGISTERING = ("activate", "dates", "window")


def first_after(refused: Refused) -> tuple[Button, ...]:
    """Return the buttons to put before those of the entry that explains a refusal."""
    if is_account_phone_mismatch(refused):
        # The API returns the hint only when signed in, where the phone can be changed.
        own = (CHANGE_PHONE,) if "phone_hint" in refused.details else _by_face(refused)
        return (*own, APPLY_PHONE, WINDOWS)
    if refused.reason is Reason.PHONE_NOT_ON_RECORD:
        return _by_face(refused)
    if _is_account_phone_unusable(refused):
        is_blocked = refused.reason is Reason.SMS_NUMBER_BLOCKED
        return (WECHAT_PHONE, CHANGE_PHONE, WINDOWS) if is_blocked else (CHANGE_PHONE,)
    if refused.reason is Reason.SMS_NUMBER_BLOCKED and "ticket" in refused.details:
        # The code must go to the phone on record.
        return (WECHAT_PHONE, WINDOWS)
    if refused.details.get("scope") == "person":
        return clearing_of(refused)
    if refused.reason is Reason.ACCOUNT_LOCKED and refused.details.get("needs_code"):
        return (
            RESET_PASSWORD,
            *(clearing_of(refused) if "way" in refused.details else (CLEAR_LIMIT,)),
        )
    if is_clearing(refused):
        is_left = refused.details.get("attempts_left") != 0
        if refused.reason in _BY_CTID:
            return (CTID, WINDOWS) if is_left else (WINDOWS,)
        check, *others = BY_FACE[refused.details["purpose"]]
        is_possible = refused.details.get("cause") != "no_wechat"
        may_pass = refused.reason in _CLEARED_AGAIN and is_left and is_possible
        return (check, *others) if may_pass else tuple(others)
    if refused.details.get("cause") == "just_now":
        return (SIGN_IN,)
    stronger = _stronger(refused)
    if stronger:
        return stronger
    if refused.details.get("scope") == "faces" or _is_day_of_others(refused):
        return (CTID, WINDOWS)
    if refused.details.get("cause") == "card_expired":
        return (CORRECT_DATES,)
    if _is_after_reset(refused):
        return (*_FIRST[refused.reason], WINDOWS)
    return _FIRST.get(refused.reason, ())


def hidden_after(refused: Refused) -> tuple[Button, ...]:
    """Return the buttons that would be refused again, so that no answer offers them."""
    step, is_last = refused.details.get("step"), refused.details.get("attempts_left") == 0
    hidden = _HIDDEN.get(refused.reason, ())
    if step in _NOT_REGISTERING or (is_last and refused.reason in _REJECTED):
        hidden += (REGISTER,)
    if "notice" in refused.details and refused.reason in _SOURCE_OF:
        hidden += HIDDEN_WITHOUT_SOURCE[_SOURCE_OF[refused.reason]]
    if refused.reason is Reason.SMS_UNAVAILABLE and refused.details.get("side") == RATE:
        hidden += (SEND_AGAIN, NETWORK_AGAIN)
    if refused.details.get("cause") == "just_now":
        # The own registration, whose answer was lost.
        hidden += (DISPUTE, RESET_PASSWORD, REGISTER)
    if _is_after_reset(refused):
        hidden += (AUTHORISE,)
    if is_clearing(refused):
        hidden += FACING if refused.reason in _BY_CTID else VERIFYING
    if refused.details.get("purpose") == CHANGES_PHONE:
        hidden += (SIGN_IN,)
    if is_account_phone_mismatch(refused) and "phone_hint" not in refused.details:
        hidden += (CHANGE_PHONE,)
    elif _is_account_phone_unusable(refused):
        hidden += (OTHER_NUMBER,)
    elif password_attempts.is_locked(refused):
        hidden += (SIGN_IN,)
    elif refused.reason in _UNAVAILABLE and step != "face":
        # A check of the four elements: there may be no account yet.
        hidden += VERIFYING
    elif refused.reason is Reason.IDENTITY_DAILY_LIMIT or are_faces_used_up(refused):
        hidden += FACING
    elif refused.reason is Reason.CTID_REJECTED and is_last:
        hidden += (CTID,)
    return hidden


def clearing_of(refused: Refused) -> tuple[Button, ...]:
    """Return the buttons to what opens a limit of others: CTID where WeChat checks no face."""
    return (CTID if refused.details.get("way") == "ctid" else CLEAR_LIMIT, WINDOWS)


def _by_face(refused: Refused) -> tuple[Button, ...]:
    """Return the button to the face check that stands for a dead phone, where WeChat has it."""
    return BY_FACE.get(refused.details.get("by_face", ""), ())[:1]


def _stronger(refused: Refused) -> tuple[Button, ...]:
    """Return the ways to offer first from the second miss on, whose attempts are counted."""
    left = refused.details.get("attempts_left", refused.details.get("tries_left"))
    if left is None or left > LEFT_AFTER_SECOND:
        return ()
    ways = _STRONGER.get(refused.reason, ())
    return (CARD_PHOTO, *ways) if refused.details.get("by_photo") and left else ways


def _is_day_of_others(refused: Refused) -> bool:
    """Return whether others used up the day's codes of a phone, and WeChat's number is no way."""
    is_full = refused.reason is Reason.SMS_RATE_LIMITED and refused.details.get("cause") == "others"
    return is_full and refused.details.get("way") == "ctid"


def is_account_phone_mismatch(refused: Refused | Note) -> bool:
    """Return whether the phone differs from the account's; activating names a ticket instead."""
    return refused.reason is Reason.PHONE_NOT_ON_RECORD and "ticket" not in refused.details


def are_faces_used_up(refused: Refused | Note) -> bool:
    """Return whether no face check is left for now."""
    is_last = refused.reason is Reason.FACE_MISMATCH and refused.details.get("attempts_left") == 0
    return is_last or refused.details.get("scope") in ("faces", "face_checks")


def _is_after_reset(refused: Refused) -> bool:
    """Return whether a reset keeps 是否办理 off until the person is checked."""
    return refused.reason is Reason.LEVEL_TOO_LOW and refused.details.get("cause") == "reset"


def _is_account_phone_unusable(refused: Refused) -> bool:
    return refused.reason in (
        Reason.PHONE_SEGMENT_UNSUPPORTED,
        Reason.PHONE_ACCOUNT_LIMIT,
        Reason.SMS_NUMBER_BLOCKED,
    ) and refused.details.get("purpose") in (CONFIRM, CHANGES_PHONE)


def is_clearing(refused: Refused | Note) -> bool:
    """Return whether a check of a person without the account was refused."""
    return refused.details.get("purpose") in BY_FACE
