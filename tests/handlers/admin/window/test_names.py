"""Names checked at the desk: whole names or parts, each on a line, and the slip for the person."""

import pytest

from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.name_register import fill, row
from tests.support.pdf import text_of
from tests.support.service.service import Service, data_of

PATH = "/window/names"
SEAT = {"district": "浙江省杭州市西湖区"}


@pytest.fixture
def clerk(desk_service: Service) -> Desk:
    return Desk(desk_service, token_of(member_of("clerk")))


def test_names_are_cut_or_given_in_parts_and_ranked(clerk: Desk) -> None:
    names = "杭州 绿 餐饮 有限公司\n杭州青山绿水餐饮有限公司\n杭州 新天 地餐饮 有限公司\n"
    page = clerk.post(PATH, {**SEAT, "names": names})
    assert page.status_code == 200
    order = [
        page.text.index(f'aria-label="{name}"')
        for name in ("杭州青山绿水餐饮有限公司", "杭州新天地餐饮有限公司", "杭州绿餐饮有限公司")
    ]
    assert order[0] < order[2]
    assert order[1] < order[2]
    assert "仅供参考，不是名称预留" in page.text
    # The clerk's own cut stands.
    assert "</span> 新天</span>" in page.text
    assert "这样写不能用" in page.text


def test_clerk_sees_the_whole_entries_of_the_register(clerk: Desk, desk_service: Service) -> None:
    fill(
        [
            row("杭州青山绿水餐饮有限公司", "reserved", "2026-11-20", "330106", until="2027-01-20"),
            row("杭州青山绿水餐饮管理有限公司", "registered", "2020-05-06", "330102"),
        ]
    )
    form = {"names": "杭州青山绿水餐饮有限公司", **SEAT}
    page = clerk.post(PATH, form).text
    entries = page[page.index("只给工作人员看") :]
    for text in ("已保留", "2026-11-20", "2027-01-20", "杭州市西湖区", "已登记", "杭州市上城区"):
        assert text in entries, text
    # Others hear of a reserved name without its words.
    body = {"district": "330106", "word": "青山绿水", "industry": "餐饮", "form": "有限公司"}
    checked = data_of(desk_service.post("/names/check", json=body))
    assert checked["findings"][0]["against"] == "一个已保留的名称"
    free = clerk.post(PATH, {**SEAT, "names": "杭州云上人家餐饮有限公司"})
    assert "只给工作人员看" not in free.text


def test_what_is_wrong_is_said_beside_its_field(clerk: Desk) -> None:
    page = clerk.post(PATH, {"district": "没有这个地方", "names": "杭州青山绿水餐饮有限公司"})
    assert page.status_code == 422
    assert "没有这个地区" in page.text
    page = clerk.post(PATH, {**SEAT, "names": "\n".join(["杭州青山绿水餐饮有限公司"] * 6)})
    assert page.status_code == 422
    assert "最多5个" in page.text
    page = clerk.post(PATH, {**SEAT, "names": " "})
    assert page.status_code == 422
    assert "请填写想用的名称" in page.text


def test_slip_is_printed_at_the_desk(clerk: Desk) -> None:
    form = {**SEAT, "names": "杭州青山绿水餐饮有限公司", "slip": "1"}
    answer = clerk.post(PATH, form)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert "杭州青山绿水餐饮有限公司" in text_of(answer.content)


def test_page_is_for_clerks_alone(desk_service: Service) -> None:
    editor = Desk(desk_service, token_of(member_of("editor")))
    assert editor.get(PATH).status_code == 403
