"""POST /identity-card-images over HTTP: what a card says, as suggestions for the form."""

from typing import Any

import pytest
import requests

from miniprogram_api.access.attempts import CARDS_A_DAY
from tests.support.people import photos
from tests.support.people.persons import person
from tests.support.service.service import Service, data_of, error_of

PATH = "/identity-card-images"
HOLDER = person("阿依古丽·买买提", number=4)
NOTHING: dict[str, Any] = dict.fromkeys(("name", "id_number", "valid_from", "valid_until"))


@pytest.fixture
def token(service: Service) -> str:
    return service.wechat_login("card")


def send(service: Service, token: str | None, picture: bytes, side: str) -> requests.Response:
    files = {"image": ("tmp_0", picture, None)}
    return service.post(PATH, data={"side": side}, files=files, token=token)


def test_both_sides_fill_in_the_form(service: Service, token: str) -> None:
    front = service.sandbox.card("front", name=HOLDER.name, id_number=HOLDER.id_number)
    assert data_of(send(service, token, front, "front"), 200) == {
        **NOTHING,
        "side": "front",
        "name": HOLDER.name,
        "id_number": HOLDER.id_number,
        "warnings": [],
    }
    back = service.sandbox.card("back", valid_from="20171025", valid_until="20371025")
    assert data_of(send(service, token, back, "back"), 200) == {
        **NOTHING,
        "side": "back",
        "valid_from": "2017-10-25",
        "valid_until": "2037-10-25",
        "warnings": [],
    }
    for_ever = service.sandbox.card("back", valid_from="20171025", valid_until="长期")
    assert data_of(send(service, token, for_ever, "back"), 200)["valid_until"] == "长期"


def test_browser_may_read_cards(service: Service) -> None:
    login = service.post("/web/login", json={"device": "a1b2c3d4" * 4})
    front = service.sandbox.card("front", name=HOLDER.name, id_number="")
    answer = data_of(send(service, data_of(login)["token"], front, "front"))
    assert (answer["name"], answer["id_number"]) == (HOLDER.name, None)


def test_doubtful_values_come_with_warnings(service: Service, token: str) -> None:
    expired = service.sandbox.card("back", valid_from="20031025", valid_until="20131025")
    answer = data_of(send(service, token, expired, "back"))
    assert answer["valid_until"] == "2013-10-25"
    codes = {warning["code"] for warning in answer["warnings"]}
    assert codes == {"valid_from_too_early", "valid_until_expired"}
    assert set(answer["warnings"][0]) == {"field", "code", "message", "suggestion"}

    repaired = service.sandbox.card("front", name="买买提•艾力", id_number=HOLDER.id_number)
    answer = data_of(send(service, token, repaired, "front"))
    assert (answer["name"], answer["warnings"]) == ("买买提·艾力", [])

    misread = service.sandbox.card("front", name="张3", id_number=HOLDER.id_number)
    answer = data_of(send(service, token, misread, "front"))
    assert answer["name"] == "张3"
    assert [warning["code"] for warning in answer["warnings"]] == ["name_digit"]


def test_poor_pictures_say_what_is_wrong(service: Service, token: str) -> None:
    front = service.sandbox.card("front", name=HOLDER.name, id_number=HOLDER.id_number)
    small = photos.jpeg(photos.resized(photos.pixels(front), 300))
    empty = service.sandbox.card("front", name="", id_number="")
    for reason, picture, side in (
        ("wrong_side", front, "back"),
        ("wrong_side", service.sandbox.card("back"), "front"),
        ("no_card", photos.portrait(), "front"),
        ("no_text", empty, "front"),
        ("too_small", small, "front"),
        ("too_large", photos.png_claiming(50_000, 50_000), "front"),
        ("unreadable", b"GIF89a", "front"),
    ):
        body = error_of(send(service, token, picture, side), 422, "CARD_IMAGE_QUALITY")
        assert body["data"] == {"reason": reason}
    assert service.sandbox.calls("idcard")[-1]["request"]["img"].endswith(" bytes")


def test_missing_parts_and_token_are_refused(service: Service, token: str) -> None:
    error_of(send(service, None, b"x", "front"), 401, "UNAUTHENTICATED")
    body = error_of(send(service, token, b"x", "left"), 422, "INVALID_INPUT")
    assert body["data"]["fields"][0]["field"] == "side"
    answer = service.post(PATH, json={"side": "front"}, token=token)
    assert error_of(answer, 422, "INVALID_INPUT")["data"]["fields"][0]["field"] == "image"


def test_readings_are_limited_and_outages_are_not_counted(service: Service) -> None:
    token = service.wechat_login("many")
    card = service.sandbox.card("back")
    service.sandbox.fault("wechat", "busy", action="idcard")
    body = error_of(send(service, token, card, "back"), 503, "UPSTREAM_UNAVAILABLE")
    assert "手工填写" in body["message"]
    # A used-up quota gives nothing back, so that decoding pictures has an end.
    service.sandbox.fault("wechat", "limit", action="idcard")
    error_of(send(service, token, card, "back"), 503, "UPSTREAM_UNAVAILABLE")
    for _ in range(CARDS_A_DAY - 1):
        data_of(send(service, token, card, "back"))
    body = error_of(send(service, token, card, "back"), 429, "TOO_MANY_ATTEMPTS")
    assert body["data"]["scope"] == "cards"
    assert 86_300 < body["data"]["retry_after"] <= 86_400
    data_of(send(service, service.wechat_login("another"), card, "back"))


def test_nothing_is_kept(service: Service, token: str) -> None:
    name = "阿卜杜外力·吐尔逊"
    front = service.sandbox.card("front", name=name, id_number=HOLDER.id_number)
    assert data_of(send(service, token, front, "front"))["name"] == name
    for path in service.settings.var_dir.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert HOLDER.id_number.encode() not in content, path
            assert name.encode() not in content, path
