"""The body of the current request, up to a limit."""

from flask import request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from miniprogram_api.reasons import Reason, Refused


def read_body(limit: int) -> bytes:
    """Return the whole body.

    Raises Refused BODY_TOO_LARGE beyond ``limit`` bytes, ClientDisconnected when the body is
    shorter than its Content-Length.
    """
    # One byte more, because a chunked body is cut at the limit without an error.
    request.max_content_length = limit + 1
    try:
        # Cached, because a signature is checked before the body is read.
        body = request.get_data()
    except RequestEntityTooLarge:
        raise Refused(Reason.BODY_TOO_LARGE, limit_bytes=limit) from None
    if len(body) > limit:
        raise Refused(Reason.BODY_TOO_LARGE, limit_bytes=limit)
    if len(body) < (request.content_length or 0):
        raise ClientDisconnected
    return body
