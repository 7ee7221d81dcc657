"""Pictures and card readers on the clerk's pages: what they may use, and what a sitting keeps."""

import re
from typing import Any

import pytest

from miniprogram_api.captures import evidence, readings
from models.accounts.accounts import Account
from models.captures import DeskPicture
from models.second_person import SecondPersonRequest
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.people.accounts import account_of
from tests.support.people.captures import FILES, CardReader
from tests.support.people.persons import person
from tests.support.service.service import Service, data_of

SOMEONE = person(number=45)
SEEN = {"seen_id_card": "1", "reason": "核对原件一致"}
CONTACT = {"whose": "own", "proved_by": "clerk", "consent_signed": "1"}


@pytest.fixture
def clerk(desk_service: Service) -> Desk:
    return Desk(desk_service, token_of(member_of("clerk")))


def below(answer: object) -> str:
    location = answer.headers["Location"]  # type: ignore[attr-defined]
    return str(location).removeprefix("/admin").partition("?")[0]


def opened(clerk: Desk) -> str:
    return below(clerk.post("/window", {"id_number": SOMEONE.id_number}))


def test_only_pages_that_take_pictures_may_use_camera_and_reader(
    desk_service: Service, clerk: Desk
) -> None:
    account_of(SOMEONE)
    path = opened(clerk)
    form = clerk.get(f"{path}/verification")
    assert form.headers["Permissions-Policy"].startswith("camera=(self),")
    assert "127.0.0.1:17654" not in form.headers["Content-Security-Policy"]
    assert "读卡</button>" not in form.text
    CardReader()
    with_reader = clerk.get(f"{path}/verification")
    policy = with_reader.headers["Content-Security-Policy"]
    assert re.search(r"connect-src [^;]*http://127\.0\.0\.1:17654", policy)
    assert "读卡</button>" in with_reader.text
    for page in ("/window", path, "/second-person"):
        headers = clerk.get(page).headers
        assert headers["Permissions-Policy"].startswith("camera=(),")
        assert "17654" not in headers["Content-Security-Policy"]


def test_verification_stores_the_pictures_of_its_form(desk_service: Service, clerk: Desk) -> None:
    account_of(SOMEONE)
    path = f"{opened(clerk)}/verification"
    done = clerk.post(path, SEEN, files=FILES)
    assert done.status_code == 302, done.text
    assert {row.name for row in DeskPicture.select()} == {*FILES}
    assert evidence.of(SecondPersonRequest.get()).card_seen
    request = f"/second-person/{SecondPersonRequest.get().id}"
    second = Desk(desk_service, token_of(member_of("clerk")))
    shown = second.get(request).text
    assert shown.count("<figure>") == len(FILES)
    assert "手工录入" in shown
    picture = second.get(f"{request}/pictures/photo.jpg")
    assert picture.headers["Content-Type"] == "image/jpeg"
    assert picture.headers["Cache-Control"] == "no-store"
    assert second.get(f"{request}/pictures/chip_photo.jpg").status_code == 404


def test_refused_form_keeps_pictures_and_reason(desk_service: Service, clerk: Desk) -> None:
    account_of(SOMEONE)
    path = f"{opened(clerk)}/verification"
    form = {"reason": "没勾证件", "no_pictures_reason": "camera_broken"}
    refused = clerk.post(path, form, files={"photo": FILES["photo"]})
    assert refused.status_code == 422
    assert 'src="data:image/jpeg;base64,' in refused.text
    assert clerk.post(path, {**SEEN, **form}, files={"card_back": b"no picture"}).status_code == 422
    done = clerk.post(path, {**form, **SEEN})
    assert done.status_code == 302, done.text
    kept = evidence.of(SecondPersonRequest.get())
    assert kept.photo_taken
    assert kept.reasons == dict.fromkeys(("card_front", "card_back"), "camera_broken")


@pytest.mark.parametrize("common", ["", "camera_broken"])
def test_each_missing_picture_names_its_own_reason_or_the_common_one(
    desk_service: Service, clerk: Desk, common: str
) -> None:
    account_of(SOMEONE)
    path = f"{opened(clerk)}/verification"
    own = {"no_photo_reason": "refused", "no_card_front_reason": "card_damaged"}
    form = {"no_pictures_reason": common, **own}
    refused = clerk.post(path, {**SEEN, **form, "no_card_back_reason": "chip_read"})
    assert refused.status_code == 422
    assert 'id="e-card_back"' in refused.text
    for name, reason in own.items():
        choice = refused.text.partition(f'name="{name}"')[2].partition("</select>")[0]
        assert f'<option value="{reason}" selected>' in choice
    done = clerk.post(path, {**SEEN, **form})
    assert done.status_code == 302, done.text

    row = SecondPersonRequest.get()
    reasons = {"photo": "refused", "card_front": "card_damaged"}
    reasons |= {"card_back": common} if common else {}
    assert evidence.of(row).reasons == reasons
    titles = ["本人照片（本人不同意拍照）", "证件人像面（证件损坏，拍不清楚）"]
    titles += ["证件国徽面（摄像头故障）"] if common else []
    second = Desk(desk_service, token_of(member_of("clerk")))
    shown = second.get(f"/second-person/{row.id}").text
    missing = shown.partition("data-missing>")[2].partition("</p>")[0]
    assert missing == "没有拍的：" + "、".join(titles)
    token = token_of(member_of("clerk"))
    answer: Any = data_of(desk_service.get(f"/window/reviews/{row.id}", token=token))
    assert list(answer["missing"]) == [*reasons]


def test_reason_of_a_taken_picture_is_left_out(clerk: Desk) -> None:
    account_of(SOMEONE)
    form = {**SEEN, "no_photo_reason": "refused", "no_pictures_reason": "other"}
    done = clerk.post(f"{opened(clerk)}/verification", form, files=FILES)
    assert done.status_code == 302, done.text
    assert evidence.of(SecondPersonRequest.get()).reasons == {}


def test_read_card_fills_a_registration_and_counts_at_its_end(
    desk_service: Service, clerk: Desk
) -> None:
    reader = CardReader()
    nonce = clerk.post("/window/readings", page="/window/registrations").json()["nonce"]
    begun = clerk.post(
        "/window/registrations/reading",
        {"reading": reader.read(nonce, SOMEONE)},
        page="/window/registrations",
    )
    identity = below(begun)
    page = clerk.get(identity).text
    assert page.count("已读卡</span>") == 4
    assert SOMEONE.id_number in page
    changed = clerk.post(identity, {**SOMEONE.four_elements, "valid_until": "长期", "draft": "1"})
    assert changed.status_code == 204
    assert clerk.get(identity).text.count("已读卡</span>") == 3
    contact = below(clerk.post(identity, SOMEONE.four_elements))
    last = below(clerk.post(contact, {**CONTACT, "phone": SOMEONE.phone}))
    done = clerk.post(last, SEEN, files={"photo": FILES["photo"]})
    assert done.status_code == 302, done.text
    kept = evidence.of(SecondPersonRequest.get())
    assert kept.reading is not None
    assert kept.reasons == dict.fromkeys(("card_front", "card_back"), "chip_read")
    assert Account.get().level == 4


def test_foreign_reading_fills_the_form_as_typed(desk_service: Service, clerk: Desk) -> None:
    member = member_of("clerk")
    text = CardReader().read(readings.issue(member).nonce, SOMEONE)
    begun = clerk.post(
        "/window/registrations/reading", {"reading": text}, page="/window/registrations"
    )
    page = clerk.get(below(begun)).text
    assert "按手工录入" in page
    assert "已读卡</span>" not in page
    assert SOMEONE.id_number in page
