"""Security headers of HTML pages: no external resources, nothing inline."""

from flask import Response

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def secure(response: Response) -> Response:
    """Add the headers that forbid a page to load from, send to or be framed by other sites."""
    headers = response.headers
    headers["Content-Security-Policy"] = _POLICY
    headers["X-Frame-Options"] = "DENY"
    # With "no-referrer" browsers send no Origin for our own forms either.
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    return response
