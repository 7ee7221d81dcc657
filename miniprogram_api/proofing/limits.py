"""Limits on checks of a person: by the face, by CTID, and by a check handed over from a browser.

Failed checks of any kind count for the address, too (``attempts.failures_of_address``).
"""

from config import Settings
from miniprogram_api.access import attempts, sessions
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.clients.redis import Limit, Window
from models.storage.fields import keys


def faces_of_holder(
    settings: Settings, session: SessionInfo, id_number: str, address: str
) -> list[Limit]:
    """Limit failed comparisons of the face of an account's holder, for any purpose."""
    of_address = attempts.failures_of_address(settings, session, address)
    return [faces_of_person(settings, id_number), *of_address]


def faces_of_person(settings: Settings, id_number: str) -> Limit:
    """Limit failed comparisons of a person's face in 24 hours.

    Counted by the person, so that a new account gives no new attempts.
    """
    person = keys().counter_name(id_number, b"face")
    return _a_day(f"face:{person}", settings.face_attempts_per_account)


def faces_of_asker(
    settings: Settings, session: SessionInfo, id_number: str, address: str
) -> list[Limit]:
    """Limit failed face checks of a person that one asker opens without the person's account.

    Apart from ``faces_of_person``: a stranger must not use up the person's own.
    """
    person = keys().counter_name(id_number, b"face")
    name = f"face:{person}:{attempts.counted_as(session)}"
    of_address = attempts.failures_of_address(settings, session, address)
    return [_a_day(name, settings.face_attempts_per_account), *of_address]


def handed_checks(
    settings: Settings, session: SessionInfo, openid: str, code: bytes, address: str
) -> list[Limit]:
    """Limit failed checks that browsers handed over, in 24 hours: of a WeChat user and of a code.

    Apart from ``faces_of_person`` and ``ctid_of_person``: another face must not use up the holder's
    own tries. ``code``: the hash of the code.
    """
    most = settings.face_attempts_per_account
    return [
        _a_day(f"handed:user:{sessions.asker(openid, None)}", most),
        _a_day(f"handed:code:{code.hex()}", most),
        *attempts.failures_of_address(settings, session, address),
    ]


def ctid_of_holder(
    settings: Settings, session: SessionInfo, id_number: str, address: str
) -> list[Limit]:
    """Limit CTID tokens that did not prove an account's holder."""
    of_address = attempts.failures_of_address(settings, session, address)
    return [ctid_of_person(settings, id_number), *of_address]


def ctid_of_person(settings: Settings, id_number: str) -> Limit:
    """Limit CTID tokens that did not prove the person in 24 hours; counted as faces are."""
    person = keys().counter_name(id_number, b"ctid")
    return _a_day(f"ctid:{person}", settings.ctid_attempts_per_account)


def ctid_of_asker(
    settings: Settings, session: SessionInfo, id_number: str, address: str
) -> list[Limit]:
    """Limit CTID tokens that did not prove a person, of one asker without the person's account."""
    person = keys().counter_name(id_number, b"ctid")
    name = f"ctid:{person}:{attempts.counted_as(session)}"
    of_address = attempts.failures_of_address(settings, session, address)
    return [_a_day(name, settings.ctid_attempts_per_account), *of_address]


def face_checks_of(settings: Settings, opener: int | str) -> Limit:
    """Limit the face checks opened in an hour, because WeChat charges for each.

    ``opener``: the account's id, or the asker without an account.
    """
    window = Window("hour", 3_600, settings.face_checks_per_account)
    return Limit(f"attempts:face_checks:{opener}", (window,))


def _a_day(name: str, most: int) -> Limit:
    return Limit(f"attempts:{name}", (Window("day", attempts.DAY_SECONDS, most),))
