"""The privacy notice."""

from handlers.api.endpoint import Call, Resource
from handlers.auth import Auth
from miniprogram_api.accounts import privacy
from miniprogram_api.accounts.privacy import Notice

resource = Resource("privacy")


@resource.get("/privacy", auth=Auth.NONE, answer=Notice)
def show_notice(call: Call) -> Notice:
    """Show what is kept of users, on which ground, how long, its receivers, and their rights."""
    return privacy.notice(call.services.settings)
