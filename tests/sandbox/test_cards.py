"""The sandbox's sample ID cards and WeChat's reader of them."""

from typing import Any

import pytest
import requests

from tests.sandbox.conftest import WeChat
from tests.support.people import photos
from tests.support.people.persons import person
from tests.support.service.sandbox import SandboxServer

HOLDER = person("阿依古丽·买买提", number=3)
FRONT = {"name": HOLDER.name, "id_number": HOLDER.id_number}


def read(wechat: WeChat, picture: bytes | None, **query: str) -> dict[str, Any]:
    answer = wechat.http.post(
        f"{wechat.sandbox.url}/cv/ocr/idcard",
        params={"type": "photo", "access_token": wechat.token, **query},
        files=None if picture is None else {"img": ("card.jpg", picture, "image/jpeg")},
        timeout=10,
    )
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_both_sides_are_read(wechat: WeChat) -> None:
    front = read(wechat, wechat.sandbox.card("front", **FRONT))
    assert front["errcode"] == 0
    assert (front["type"], front["name"], front["id"]) == ("Front", HOLDER.name, HOLDER.id_number)
    assert {"addr", "gender", "nationality"} < front.keys()

    dates = {"valid_from": "20171025", "valid_until": "长期"}
    back = read(wechat, wechat.sandbox.card("back", **dates))
    assert (back["type"], back["valid_date"]) == ("Back", "20171025-长期")
    dates = {"valid_from": "2017-10-25", "valid_until": "2037-10-25"}
    assert read(wechat, wechat.sandbox.card("back", **dates))["valid_date"] == "20171025-20371025"


def test_card_is_read_from_a_small_photo_of_it(wechat: WeChat) -> None:
    card = photos.pixels(wechat.sandbox.card("front", **FRONT))
    assert read(wechat, photos.jpeg(photos.resized(card, 600)))["id"] == HOLDER.id_number


def test_missing_values_are_read_as_empty(wechat: WeChat) -> None:
    card = wechat.sandbox.card("front", name="", id_number=HOLDER.id_number)
    assert read(wechat, card)["name"] == ""


def test_pictures_without_a_card_are_refused(wechat: WeChat) -> None:
    assert read(wechat, photos.portrait())["errcode"] == 101001
    assert read(wechat, b"GIF89a")["errcode"] == 101000
    assert read(wechat, None)["errcode"] == 101000
    assert read(wechat, b"x" * 2 * 1024 * 1024)["errcode"] == 101000
    assert read(wechat, photos.portrait(), type="")["errcode"] == 40097
    assert read(wechat, photos.portrait(), access_token="old")["errcode"] == 40001


def test_reading_has_faults_and_records_no_picture(wechat: WeChat, sandbox: SandboxServer) -> None:
    sandbox.fault("wechat", "busy", action="idcard")
    assert read(wechat, photos.portrait())["errcode"] == -1
    (call,) = sandbox.calls("idcard")
    assert call["request"] == {"type": "photo", "img": f"{len(photos.portrait())} bytes"}


def test_only_numbers_of_test_people_are_drawn(sandbox: SandboxServer) -> None:
    with pytest.raises(requests.HTTPError, match="400"):
        sandbox.card("front", id_number="110101199003070019")


def test_page_shows_both_sides_to_download(sandbox: SandboxServer, http: requests.Session) -> None:
    page = http.get(f"{sandbox.url}/sandbox/cards", params=FRONT, timeout=10).text
    for side in ("front", "back"):
        assert f'download="{side}.png"' in page
    assert HOLDER.name in page

    page = http.get(f"{sandbox.url}/sandbox/cards", params={"id_number": "1"}, timeout=10).text
    assert "download" not in page
