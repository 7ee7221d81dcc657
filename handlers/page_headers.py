"""Security headers of HTML pages: no external resources, nothing inline."""

from flask import Response

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


# A page addresses the photos that it took itself by "blob:".
_POLICY_WITH_PHOTOS = _POLICY.replace("data:", "data: blob:").replace(
    "connect-src 'self'", "connect-src 'self' blob:"
)


def secure(response: Response, *, takes_photos: bool = False, reader: str = "") -> Response:
    """Add the headers that forbid a page to load from, send to or be framed by other sites.

    With ``takes_photos`` it may use the camera; ``reader``: the address of a card reader's program
    on the same computer, which it may call.
    """
    headers = response.headers
    policy = _POLICY_WITH_PHOTOS if takes_photos else _POLICY
    if reader:
        policy = policy.replace("connect-src 'self'", f"connect-src 'self' {reader}")
    headers["Content-Security-Policy"] = policy
    headers["X-Frame-Options"] = "DENY"
    # With "no-referrer" browsers send no Origin for our own forms either.
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    camera = "(self)" if takes_photos else "()"
    headers["Permissions-Policy"] = f"camera={camera}, geolocation=(), microphone=()"
    return response
