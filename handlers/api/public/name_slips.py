"""Slips to keep of a check of names."""

from faq.release import published_names
from handlers.api import sheet_files
from handlers.api.endpoint import Call, File, Resource
from handlers.api.public.names import CheckBody
from handlers.auth import Auth
from miniprogram_api.access import attempts
from miniprogram_api.reasons import Reason
from miniprogram_api.sheets import name_slips

resource = Resource("name_slips")


@resource.post(
    "/names/slips",
    auth=Auth.OPTIONAL,
    body=CheckBody,
    files=(sheet_files.PDF,),
    reasons=(Reason.TOO_MANY_ATTEMPTS,),
    repeatable=False,
)
def make_name_slip(call: Call, body: CheckBody) -> File:
    """Check the names once more and return the slip as PDF; its code is for /verify/{code}."""
    attempts.take_name_check(call.services, call.session, call.address)
    checked = published_names.check(body.district, body.wishes(), body.subject, body.investors)
    return sheet_files.of(name_slips.make(checked))
