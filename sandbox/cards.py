"""WeChat's reader of ID cards, and pictures of sample cards to read.

A sample card shows its content as text and as a QR code, which survives scaling, compression and a
photo of the screen. Only ID numbers with the sequence codes 990 to 999 are drawn and read.
"""

import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import segno
from flask import Blueprint, Response, render_template, request
from PIL import Image, ImageDraw, ImageFont

from sandbox.calls import WeChatError, text_of
from sandbox.control import PAGE_POLICY, refuse
from sandbox.people import NOT_KNOWN, is_id_number, look_up
from sandbox.wechat import call

blueprint = Blueprint("cards", __name__)

# "文件大小限制：小于2M"
_MOST_BYTES = 2 * 1024 * 1024
_UNREADABLE = WeChatError(101000, "invalid image url")
_NO_CARD = WeChatError(101001, "certificate not found")

# Ten pixels per millimetre.
_SIZE = (856, 540)
_FONT = Path(__file__).parents[1] / "miniprogram_api/sheets/fonts/NotoSansSC-Regular.ttf"
_INK, _LABEL = "#20242c", "#2f6fb0"
_EXAMPLE = {
    "name": "张三",
    "id_number": "110101199003079913",
    "valid_from": "20200102",
    "valid_until": "20400102",
}


@blueprint.post("/cv/ocr/idcard")
def read_card() -> Response:
    """Read the card in the picture ``img`` of a multipart body."""
    sent = request.files.get("img")
    content = b"" if sent is None else sent.read()

    def handle(_body: dict[str, Any]) -> dict[str, Any]:
        if request.args.get("type") not in ("photo", "scan"):
            raise WeChatError(40097, "invalid args: type")
        if not content or len(content) >= _MOST_BYTES:
            raise _UNREADABLE
        return _read(content)

    kept = {"type": request.args.get("type", ""), "img": f"{len(content)} bytes"}
    return call("wechat", "idcard", handle, sent=kept)


@blueprint.get("/sandbox/cards")
def page() -> Response:
    """Show both sides of a sample card with the values of the query."""
    typed = {name: request.args.get(name, example) for name, example in _EXAMPLE.items()}
    shown = render_template(
        "cards.html", typed=typed, query=urlencode(typed), is_known=_is_known(typed["id_number"])
    )
    return Response(
        shown,
        mimetype="text/html",
        headers={"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"},
    )


@blueprint.get("/sandbox/cards/<any(front, back):side>.png")
def picture(side: str) -> Response:
    """Draw one side; a value that is given empty is missing on the card.

    ``name`` and ``id_number`` are those of the front, ``valid_from`` and ``valid_until`` (YYYYMMDD,
    YYYY-MM-DD or 长期) those of the back.
    """
    value = {name: request.args.get(name, example)[:50] for name, example in _EXAMPLE.items()}
    if value["id_number"] and not _is_known(value["id_number"]):
        return refuse("id_number is a valid number with the sequence code 990 to 999")
    if side == "front":
        code = {"type": "Front", "name": value["name"], "id": value["id_number"]}
        lines = [("姓名", value["name"]), ("公民身份号码", value["id_number"])]
    else:
        ends = [value[name].replace("-", "") for name in ("valid_from", "valid_until")]
        term = "-".join(ends) if any(ends) else ""
        code = {"type": "Back", "valid_date": term}
        lines = [("签发机关", "样卡市公安局"), ("有效期限", term)]
    png = io.BytesIO()
    _drawn(code, lines).save(png, "PNG")
    return Response(png.getvalue(), mimetype="image/png", headers={"Cache-Control": "no-store"})


def _is_known(id_number: str) -> bool:
    return is_id_number(id_number) and look_up("", id_number) is not NOT_KNOWN


def _drawn(code: dict[str, str], lines: list[tuple[str, str]]) -> Image.Image:
    card = Image.new("RGB", _SIZE, "#eef3f8")
    draw = ImageDraw.Draw(card)
    draw.rounded_rectangle((8, 8, _SIZE[0] - 8, _SIZE[1] - 8), 28, outline=_LABEL, width=3)
    draw.text((48, 40), "样卡 · 仅供测试", _LABEL, ImageFont.truetype(_FONT, 30))
    top = 150
    for label, value in lines:
        draw.text((48, top), label, _LABEL, ImageFont.truetype(_FONT, 26))
        draw.text((48, top + 40), value, _INK, ImageFont.truetype(_FONT, 40))
        top += 150
    drawn = io.BytesIO()
    segno.make(json.dumps(code), error="m", micro=False).save(drawn, kind="png", scale=5)
    square = Image.open(drawn).convert("RGB")
    card.paste(square, (_SIZE[0] - square.width - 48, 90))
    return card


def _read(content: bytes) -> dict[str, Any]:
    """Return the fields of WeChat's answer. Raises WeChatError."""
    # Only this call needs OpenCV, and importing it takes longer than the sandbox's start.
    import cv2
    import numpy

    pixels = cv2.imdecode(numpy.frombuffer(content, numpy.uint8), cv2.IMREAD_COLOR)
    if pixels is None:
        raise _UNREADABLE
    doubled = cv2.resize(pixels, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    # Each misses a few pictures that another reads.
    detectors = (cv2.QRCodeDetectorAruco(), cv2.QRCodeDetector())
    decoded = (one.detectAndDecode(size)[0] for size in (pixels, doubled) for one in detectors)
    try:
        code = json.loads(next(filter(None, decoded), ""))
    except ValueError:
        raise _NO_CARD from None
    if not isinstance(code, dict) or code.get("type") not in ("Front", "Back"):
        raise _NO_CARD
    if code["type"] == "Back":
        return {"type": "Back", "valid_date": text_of(code, "valid_date")}
    name, number = text_of(code, "name"), text_of(code, "id")
    if number and not _is_known(number):
        raise _NO_CARD
    is_male = number[16:17].isdecimal() and int(number[16]) % 2 == 1
    return {
        "type": "Front",
        "name": name,
        "id": number,
        "addr": "样卡省样卡市样卡路1号",
        "gender": "男" if is_male else "女",
        "nationality": "汉",
    }
