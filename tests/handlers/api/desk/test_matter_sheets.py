"""Sheets are printed by the receiving window, or by another one for the person who is there."""

import json
from typing import Any

import pytest
import requests

from miniprogram_api.matter_lines import finding
from miniprogram_api.services import Services
from models.desks.ledger import LedgerDetail, LedgerLine
from models.matters.matters import Matter
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of, window_of
from tests.support.matters.matters import PEOPLE, confirm, verified
from tests.support.matters.systems import made, person_body, system_of
from tests.support.people.accounts import sign_in, tables_of
from tests.support.service.service import Service, data_of, error_of

ZHANG, LI, WANG = PEOPLE
BODY = {"reason": "归档"}


class Scene:
    """A matter that two persons confirmed, its receiving window and another one."""

    def __init__(self, service: Service) -> None:
        self.service = service
        with tables_of(service):
            office, other = window_of("受理县窗口"), window_of("另一县窗口")
            self.receiving = token_of(member_of("clerk", window=office.id))
            self.other = token_of(member_of("clerk", window=other.id))
            self.accounts = [verified(ZHANG), verified(LI)]
        system = system_of(service)
        self.id = made(system, person_body(ZHANG), person_body(LI), office=office.id)
        with tables_of(service):
            services = Services(service.settings, None)  # type: ignore[arg-type]
            for account in self.accounts:
                confirm(services, finding.matter(self.id), account)

    def print(self, token: str, **present: str) -> requests.Response:
        path = f"/window/matters/{self.id}/sheets"
        return self.service.post(path, json={**BODY, **present}, token=token)

    def printed(self) -> list[tuple[str | None, Any]]:
        """Return ID number and content of the lines of the ledger about printing."""
        with tables_of(self.service):
            rows = LedgerLine.select().where(LedgerLine.action == "matter_sheet_printed")
            said = [LedgerDetail.get_by_id(row.number) for row in rows.order_by(LedgerLine.number)]
            return [(one.id_number, json.loads(one.content)) for one in said]

    def is_fetched(self) -> bool:
        with tables_of(self.service):
            return Matter.get().sheet_fetched_at is not None


@pytest.fixture
def scene(service: Service) -> Scene:
    return Scene(service)


def is_pdf(answer: requests.Response) -> bool:
    return answer.status_code == 200 and answer.content.startswith(b"%PDF-")


def test_receiving_window_prints_all(scene: Scene) -> None:
    assert is_pdf(scene.print(scene.receiving))
    assert [number for number, _ in scene.printed()] == [ZHANG.id_number, LI.id_number]
    assert scene.is_fetched()


def test_other_window_without_the_person_is_refused(scene: Scene) -> None:
    refused = error_of(scene.print(scene.other), 403, "PERSON_NOT_PRESENT")
    assert "由受理窗口打印" in refused["message"]
    assert scene.printed() == []
    assert not scene.is_fetched()


@pytest.mark.parametrize("number", [WANG.id_number, "E12345678"])
def test_card_of_somebody_else_opens_no_sheet(scene: Scene, number: str) -> None:
    refused = error_of(scene.print(scene.other, document=number), 422, "INVALID_INPUT")
    assert [one["field"] for one in refused["data"]["fields"]] == ["document"]
    assert scene.printed() == []


def test_other_window_prints_for_the_person_with_the_card(scene: Scene) -> None:
    assert is_pdf(scene.print(scene.other, document=LI.id_number.lower()))
    ((number, said),) = scene.printed()
    assert (number, said["evidence"]) == (LI.id_number, ["到场出示证件"])
    assert (said["place"], said["receiving_window"]) == ("另一县窗口", "受理县窗口")
    # It is not the registration file.
    assert not scene.is_fetched()


def test_other_window_prints_for_the_person_with_the_code_once(scene: Scene) -> None:
    token = sign_in(scene.service, ZHANG)
    code = data_of(scene.service.post("/account/desk-codes", token=token), 201)["code"]
    assert is_pdf(scene.print(scene.other, desk_code=code))
    ((number, said),) = scene.printed()
    assert (number, said["evidence"]) == (ZHANG.id_number, ["到场出示二维码"])
    error_of(scene.print(scene.other, desk_code=code), 422, "DESK_CODE_INVALID")


def test_others_see_masked_names(scene: Scene) -> None:
    path = f"/window/matters/{scene.id}"
    for token, names, receives in (
        (scene.receiving, [ZHANG.name, LI.name], True),
        (scene.other, ["张*", "李*"], False),
    ):
        shown: Any = data_of(scene.service.get(path, token=token))
        assert [line["name"] for line in shown["lines"]] == names
        assert shown["receives"] is receives


def test_page_of_another_window_asks_for_the_person(scene: Scene) -> None:
    page = f"/window/matters/{scene.id}"
    own, other = Desk(scene.service, scene.receiving), Desk(scene.service, scene.other)
    assert 'id="f-present"' not in own.get(page).text
    assert 'id="f-present"' in other.get(page).text
    refused = other.post(f"{page}/sheets", BODY, page=page)
    assert refused.status_code == 403
    assert "由受理窗口打印" in refused.text
    wrong = other.post(f"{page}/sheets", {**BODY, "present": WANG.id_number}, page=page)
    assert (wrong.status_code, "不在这项业务里" in wrong.text) == (422, True)
    assert is_pdf(other.post(f"{page}/sheets", {**BODY, "present": LI.id_number}, page=page))
    assert is_pdf(own.post(f"{page}/sheets", BODY, page=page))


def test_sitting_prints_the_sheet_of_its_person(scene: Scene) -> None:
    desk = Desk(scene.service, scene.other)
    found = desk.post("/window/matters", {"document": ZHANG.id_number})
    page = found.headers["Location"].removeprefix("/admin")
    assert 'data-act="print"' in desk.get(page).text
    printing = page.replace("/matters", "/sheets")
    assert is_pdf(desk.post(printing, {**BODY, "matter_id": scene.id}, page=page))
    ((number, said),) = scene.printed()
    assert (number, said["evidence"]) == (ZHANG.id_number, ["到场出示证件"])
    # Begun from a masked line: no card has been shown yet.
    line = data_of(scene.service.get(f"/window/matters/{scene.id}", token=scene.other))
    begun = desk.post(
        f"/window/matters/{scene.id}/lines/{line['lines'][1]['line_id']}/person",
        page=f"/window/matters/{scene.id}",
    )
    page = begun.headers["Location"].removeprefix("/admin")
    assert 'data-act="print"' not in desk.get(page).text
    printing = page.replace("/matters", "/sheets")
    refused = desk.post(printing, {**BODY, "matter_id": scene.id}, page=page)
    assert refused.status_code == 403
    assert len(scene.printed()) == 1
