"""The reader of ID cards, which fills in the form of the four elements."""

from typing import Literal

from handlers.api.endpoint import Body, Call, Resource
from handlers.api.uploads import Image
from handlers.auth import Auth
from miniprogram_api.identity import card_images
from miniprogram_api.identity.card_images import ReadCard
from miniprogram_api.reasons import Reason

resource = Resource("identity_card_images")


class CardImageBody(Body):
    """The side of the card that the picture shows."""

    side: Literal["front", "back"]


@resource.post(
    "/identity-card-images",
    auth=Auth.WECHAT,
    body=CardImageBody,
    image=True,
    # The answer is stored nowhere, not even encrypted under a key.
    repeatable=False,
    answer=ReadCard,
    reasons=(
        Reason.NOT_FOUND,
        Reason.TOO_MANY_ATTEMPTS,
        Reason.CARD_IMAGE_QUALITY,
        Reason.UPSTREAM_UNAVAILABLE,
    ),
)
def read_identity_card(call: Call, body: CardImageBody, image: Image | None) -> ReadCard:
    """Read a photo of an ID card (multipart, part ``image``), as suggestions for the form.

    JPEG, PNG or WebP, up to 10 MiB. WeChat reads it, nothing is stored; `front` answers name and ID
    number, `back` the validity. 10 pictures a user in 24 hours, 60 an hour the visitors in browsers
    of one address. 404 where no reader is configured.
    """
    content = None if image is None else image.content
    return card_images.read(call.services, call.holder, content, body.side)
