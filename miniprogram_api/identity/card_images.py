"""Read a photo of an ID card by WeChat, as suggestions for the form; nothing is stored."""

from dataclasses import field
from datetime import date

from PIL import Image

from miniprogram_api import clock
from miniprogram_api.access import attempts
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.answers import answer_class
from miniprogram_api.clients.wechat import (
    CardSide,
    CardTexts,
    WeChatCardQuotaUsed,
    WeChatCardUnread,
    WeChatUnavailable,
)
from miniprogram_api.identity.checks import Warned
from miniprogram_api.identity.documents import id_numbers, names, terms
from miniprogram_api.identity.documents.dates import DateProblem, parse
from miniprogram_api.identity.documents.findings import Finding
from miniprogram_api.identity.refused_fields import entry
from miniprogram_api.pictures import photos, pictures
from miniprogram_api.pictures.pictures import PictureTooLarge, UnreadablePicture
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.texts import invalid
from models.storage.database import release

# WeChat takes less than 2 MB.
SENT_BYTES = 1_000_000
# A card in a smaller picture has letters of less than 10 pixels.
SMALLEST_SIDE = 400

_LONGEST_TEXT = 64


@answer_class
class ReadCard:
    """What was read of one side of a card; null where nothing was read or on the other side."""

    side: CardSide
    name: str | None = field(repr=False)
    id_number: str | None = field(repr=False)
    valid_from: str | None
    valid_until: str | None
    """The last day, or 长期."""
    warnings: list[Warned] = field(repr=False)
    """What is wrong or doubtful with the values, which were perhaps read wrongly."""


def read(
    services: Services, session: SessionInfo, content: bytes | None, side: CardSide
) -> ReadCard:
    """Return what WeChat reads of this side of a card.

    Raises Refused: NOT_FOUND when not configured, INVALID_INPUT without a picture,
    TOO_MANY_ATTEMPTS, CARD_IMAGE_QUALITY with ``reason``, UPSTREAM_UNAVAILABLE.
    """
    if services.settings.card_ocr == "off":
        raise Refused(Reason.NOT_FOUND, cause="card")
    if not content:
        raise invalid("api.image.required", field="image")
    limits = attempts.cards_of(services.settings, session)
    taken = attempts.take(services, limits, scope="cards")
    # No connection to the database is held while decoding and calling.
    release()
    jpeg = _prepared(content)
    try:
        texts = services.clients.wechat.read_card(jpeg)
    except WeChatCardUnread as error:
        raise _poor(error.reason) from None
    except WeChatUnavailable as error:
        if not isinstance(error, WeChatCardQuotaUsed):
            attempts.give_back(services, taken)
        raise Refused(Reason.UPSTREAM_UNAVAILABLE, cause="card", **error.details) from None
    if texts.side != side:
        raise _poor("wrong_side")
    card = _front(texts) if side == "front" else _back(texts)
    if card.name is card.id_number is card.valid_from is card.valid_until is None:
        raise _poor("no_text")
    return card


def _prepared(content: bytes) -> bytes:
    """Return the JPEG to send, upright and without EXIF."""
    try:
        return pictures.reencoded(content, photos.KEPT_SIDE, SENT_BYTES, _require_letters)
    except PictureTooLarge:
        raise _poor("too_large") from None
    except UnreadablePicture:
        raise _poor("unreadable") from None


def _require_letters(image: Image.Image) -> None:
    if max(image.size) < SMALLEST_SIDE:
        raise _poor("too_small")


def _poor(reason: str) -> Refused:
    return Refused(Reason.CARD_IMAGE_QUALITY, reason=reason)


def _front(texts: CardTexts) -> ReadCard:
    name, number = texts.name[:_LONGEST_TEXT], texts.id_number[:_LONGEST_TEXT]
    findings: list[Finding] = []
    if name:
        checked = names.check(name)
        findings += checked.refusals + checked.warnings
        name = checked.value or name
    if number:
        known = id_numbers.check(number, clock.today())
        findings += known.refusals + known.warnings
        number = number if known.value is None else known.value.number
    return ReadCard("front", name or None, number or None, None, None, _warned(findings))


def _back(texts: CardTexts) -> ReadCard:
    first, _, last = texts.valid_date[:_LONGEST_TEXT].partition("-")
    checked = terms.check(first, last, None, clock.today())
    findings = [*checked.refusals, *checked.warnings]
    start, end = _day(parse(first)), _day(terms.read_end(last)[0])
    return ReadCard("back", None, None, start, end, _warned(findings))


def _day(day: date | DateProblem | None) -> str | None:
    """Return a day as in answers; None is 长期, and a problem is no day."""
    if isinstance(day, DateProblem):
        return None
    return terms.LONG_TERM if day is None else day.isoformat()


def _warned(findings: list[Finding]) -> list[Warned]:
    return [Warned(**entry(finding)) for finding in findings]
