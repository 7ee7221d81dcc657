"""The ways of authentication: each turns a request into its caller, or refuses."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from flask import request

from config import Settings
from handlers.api.endpoint.operation import Operation
from handlers.auth import Auth, bearer_token, client_address
from handlers.request_body import read_body
from miniprogram_api.access import sessions
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.registrars import signatures
from miniprogram_api.registrars.signatures import SignedRequest
from miniprogram_api.services import Services
from miniprogram_api.staff import members as staff
from miniprogram_api.staff import sessions as staff_sessions
from miniprogram_api.staff.members import StaffMember


@dataclass(frozen=True)
class Call:
    """The caller of an endpoint: a session, a member of staff or a registration system."""

    services: Services
    session: SessionInfo | None
    address: str
    staff: StaffMember | None = None
    key_id: str = ""
    """The key of the registration system; only for signed endpoints."""

    @property
    def member(self) -> StaffMember:
        """Return the member of staff; only for endpoints with a permission."""
        if self.staff is None:
            raise Refused(Reason.UNAUTHENTICATED)
        return self.staff

    @property
    def holder(self) -> SessionInfo:
        """Return the session; only for endpoints that require one."""
        if self.session is None:
            raise Refused(Reason.UNAUTHENTICATED)
        return self.session

    @property
    def account_id(self) -> int:
        """Return the account's id; only for endpoints that require an account."""
        if self.holder.account_id is None:
            raise Refused(Reason.ACCOUNT_REQUIRED)
        return self.holder.account_id

    @property
    def maker(self) -> str:
        """Return the maker of a registration system's matters."""
        return f"system:{self.key_id}"

    @property
    def system_actor(self) -> str:
        """Return a registration system as the actor of audit lines."""
        return f"registrar:{self.key_id}"


def caller(operation: Operation, services: Services) -> Call:
    """Return the caller of the current request, authenticated as the operation declares.

    Raises Refused: CLIENT_OUTDATED, UNAUTHENTICATED, ACCOUNT_REQUIRED, FORBIDDEN, which is audited,
    and those of ``signatures.authenticate``.
    """
    return _WAYS[operation.auth](operation, services, client_address(request, services.settings))


def _without_session(_operation: Operation, services: Services, address: str) -> Call:
    _require_version(services.settings)
    return Call(services, None, address)


def _with_session(operation: Operation, services: Services, address: str) -> Call:
    _require_version(services.settings)
    token = bearer_token(request)
    is_optional = operation.auth is Auth.OPTIONAL and "HTTP_AUTHORIZATION" not in request.environ
    if is_optional and not token:
        return Call(services, None, address)
    session = sessions.find(token, address) if token else None
    if session is None:
        raise Refused(Reason.UNAUTHENTICATED)
    if operation.auth is Auth.ACCOUNT and session.account_id is None:
        raise Refused(Reason.ACCOUNT_REQUIRED)
    return Call(services, session, address)


def _of_staff(operation: Operation, services: Services, address: str) -> Call:
    _require_version(services.settings)
    member = staff_sessions.find_session(services, bearer_token(request))
    if member is None or operation.permission is None:
        raise Refused(Reason.UNAUTHENTICATED)
    staff.require_and_log(member, operation.permission, f"{operation.method} {operation.path}")
    return Call(services, None, address, member)


def _signed(operation: Operation, services: Services, address: str) -> Call:
    signed = SignedRequest(
        request.headers.get("X-Key-Id", ""),
        request.headers.get("X-Timestamp", ""),
        request.headers.get("X-Nonce", ""),
        request.headers.get("X-Signature", ""),
        request.method,
        request.path,
        read_body(operation.api.body_limit),
    )
    key_id = signatures.authenticate(services, signed, address=address)
    return Call(services, None, address, key_id=key_id)


STAGING_MARK = "-staging"
"""At the end of the version of a build for a staging service."""

_WAYS: dict[Auth, Callable[[Operation, Services, str], Call]] = {
    Auth.NONE: _without_session,
    Auth.OPTIONAL: _with_session,
    Auth.WECHAT: _with_session,
    Auth.ACCOUNT: _with_session,
    Auth.STAFF: _of_staff,
    Auth.SIGNED: _signed,
}


def _require_version(settings: Settings) -> None:
    """Refuse a client whose X-Client-Version is below MIN_CLIENT_VERSION.

    Production also refuses the build for a staging service, whatever its version.
    """
    least, given = settings.min_client_version, request.headers.get("X-Client-Version", "")
    given, mark, _ = given.partition(STAGING_MARK)
    if mark and settings.profile == "production":
        raise Refused(Reason.CLIENT_OUTDATED, min_version=least)
    if not least or not given:
        return
    is_version = re.fullmatch(r"\d{1,6}(\.\d{1,6}){0,3}", given) is not None
    if not is_version or _numbers(given) < _numbers(least):
        raise Refused(Reason.CLIENT_OUTDATED, min_version=least)


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(part) for part in version.split(".")]
    return tuple(numbers + [0] * (4 - len(numbers)))
