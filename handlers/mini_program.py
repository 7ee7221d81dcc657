"""The mini program for browsers below ``/m/``, as ``make app`` built it; open to everyone."""

from contextlib import suppress
from pathlib import Path

from flask import Blueprint, Response, make_response, render_template, request, send_from_directory
from werkzeug.exceptions import NotFound

from handlers import page_headers

BUILT = Path(__file__).resolve().parents[1] / "miniprogram" / "dist" / "build" / "h5"
START = "index.html"
# Their names contain a hash of what is in them.
HASHED = "assets/"
YEAR_SECONDS = 31_536_000
# Beside each file, the smallest first.
VARIANTS = (("br", ".br"), ("gzip", ".gz"))

blueprint = Blueprint("mini_program", __name__, url_prefix="/m")


def is_built() -> bool:
    """Return whether there is a built program to serve."""
    return (BUILT / START).is_file()


@blueprint.get("/")
def start() -> Response:
    """Show the program, or how to build it."""
    if is_built():
        return _send(START)
    return make_response(render_template("not_built.html"), 404)


@blueprint.get("/<path:name>")
def file(name: str) -> Response:
    """Send a file of the program; browsers keep those with a hash in their name."""
    response = _send(name)
    if name.startswith(HASHED):
        response.cache_control.no_cache = None
        response.cache_control.public = True
        response.cache_control.max_age = YEAR_SECONDS
        response.cache_control.immutable = True
    return response


def _send(name: str) -> Response:
    """Send the smallest variant that the client accepts. Raises NotFound."""
    for coding, suffix in VARIANTS:
        if request.accept_encodings.quality(coding) > 0:
            with suppress(NotFound):
                return _file(name + suffix)
    return _file(name)


def _file(name: str) -> Response:
    response = send_from_directory(BUILT, name)
    response.headers.remove("Content-Disposition")
    response.vary.add("Accept-Encoding")
    return response


@blueprint.after_request
def _secure(response: Response) -> Response:
    return page_headers.secure(response, takes_photos=True)
