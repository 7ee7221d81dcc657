"""WeChat's URL Link: an address that opens a page of the mini program from a phone's browser."""

import time
from typing import Any

from flask import Blueprint, Response, render_template, url_for

from sandbox.calls import WeChatError, memory, random_id, text_of
from sandbox.control import PAGE_POLICY
from sandbox.wechat import call

blueprint = Blueprint("links", __name__)

# 85401: the time limit is between 1 minute and 30 days.
_SHORTEST_SECONDS, _LONGEST_SECONDS = 60, 30 * 24 * 3600
_LONGEST_QUERY = 1024


@blueprint.post("/wxa/generate_urllink")
def generate_urllink() -> Response:
    """Make a link to a page with a query, valid until a time or for some days."""

    def handle(body: dict[str, Any]) -> dict[str, Any]:
        path, query = text_of(body, "path"), text_of(body, "query")
        if not path.startswith("pages/"):
            raise WeChatError(40165, "invalid weapp pagepath")
        if len(query) > _LONGEST_QUERY:
            raise WeChatError(40212, "invalid query")
        ends_at = _end_of(body)
        if not _SHORTEST_SECONDS <= ends_at - time.time() <= _LONGEST_SECONDS:
            raise WeChatError(85401, "time limit between 1min and 1year")
        number = random_id()
        memory().links.put(number, (f"{path}?{query}", ends_at))
        return {"url_link": url_for("links.show", number=number, _external=True)}

    return call("wechat", "generate_urllink", handle)


@blueprint.get("/urllink/<number>")
def show(number: str) -> Response:
    """Show what the link opens in WeChat."""
    target, ends_at = memory().links.get(number) or ("", 0)
    is_open = ends_at > time.time()
    return Response(
        render_template("link.html", target=target if is_open else ""),
        status=200 if is_open else 410,
        headers={"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"},
    )


def _end_of(body: dict[str, Any]) -> float:
    """Return when the link ends, in seconds since 1970."""
    given = body.get("expire_interval" if body.get("expire_type") == 1 else "expire_time")
    if not isinstance(given, int):
        raise WeChatError(40097, "invalid args")
    return time.time() + given * 24 * 3600 if body.get("expire_type") == 1 else given
