"""The ledger pages: search, masking, export and erasure."""

import io
import json
import time
from pathlib import Path

import pytest
from openpyxl import load_workbook

from miniprogram_api.ledger import comparison, signing
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.ledger import seals as ledger_seals
from miniprogram_api.ledger.lines import Person
from miniprogram_api.tickets import opening
from miniprogram_api.tickets.opening import Opening
from models.desks.audit import AuditEntry
from models.desks.tickets import Ticket
from models.storage.database import database, transaction
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.people.persons import person
from tests.support.service.service import Service

SOMEONE, OTHER = person(number=81), person(number=82)
NUMBER = "ABCDEFGHJK"


@pytest.fixture
def filled(desk_service: Service) -> Service:
    clerk, centre = member_of("clerk"), member_of("centre")
    ticket = opening.insert(
        Opening(kind="other", source="user", openid="o-1"), "other:1", actor="wechat:o-1"
    )
    Ticket.update(number=NUMBER).execute()
    with transaction():
        for who in (SOMEONE, OTHER, SOMEONE):
            ledger.append(
                clerk,
                "manual_verification",
                Person(who.id_number, who.name),
                reason=f"刷脸不过，电话{who.phone}",
                evidence=["居民身份证原件"],
                before={"level": 3, "phone": who.phone},
                after={"level": 4, "verified_by": "manual"},
                ticket_id=ticket.id,
            )
        ledger.append(centre, "ticket_claimed", Person(), ticket_id=8)
    return desk_service


@pytest.fixture
def auditor(filled: Service) -> Desk:
    return Desk(filled, token_of(member_of("auditor")))


def audited(tag: str) -> list[dict[str, object]]:
    return [json.loads(line.details) for line in AuditEntry.select().where(AuditEntry.tag == tag)]


def lines(text: str) -> set[int]:
    return {n for n in range(1, 9) if f'href="/admin/ledger/{n}"' in text}


def test_lines_are_filtered(filled: Service, auditor: Desk) -> None:
    assert lines(auditor.get("/ledger").text) == {1, 2, 3, 4}
    assert f"#{NUMBER}" in auditor.get("/ledger").text
    for query, found in (
        ("number=2", {2}),
        ("action=ticket_claimed", {4}),
        ("ticket=abcdefghjk", {1, 2, 3}),
        ("actor=staff:999", set()),
        ("first_day=2020-01-01&last_day=2020-01-02", set()),
        ("first_day=2020-01-01&last_day=9999-12-31", {1, 2, 3, 4}),
        ("before=3", {1, 2}),
        ("person=1", {1, 3}),
        ("person=4", set()),
        ("before=-1", {1, 2, 3, 4}),
    ):
        answer = auditor.get(f"/ledger?{query}")
        assert (answer.status_code, lines(answer.text)) == (200, found), query
        assert auditor.get(f"/ledger/print?{query}").status_code == 200


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("number=abc", "编号只能是数字"),
        ("ticket=KJHGFEDCBA", "没有这个编号的工单"),
        ("ticket=９", "没有这个编号的工单"),
        ("number=" + "9" * 25, "编号只能是数字"),
        ("action=nonsense", "没有这个事项"),
        ("first_day=2026-13-01", "请按“年-月-日”填写日期"),
        ("first_day=2026-02-02&last_day=2026-02-01", "开始日期不能晚于结束日期"),
    ],
)
def test_invalid_filter_is_named_and_lists_nothing(auditor: Desk, query: str, said: str) -> None:
    for path in ("/ledger", "/ledger/print"):
        answer = auditor.get(f"{path}?{query}")
        assert (answer.status_code, lines(answer.text)) == (422, set())
        assert said in answer.text
    form = {
        "form": "csv",
        "reason": "月度检查",
        **dict(part.split("=") for part in query.split("&")),
    }
    answer = auditor.post("/ledger/export", form, page="/ledger")
    assert (answer.status_code, said in answer.text) == (422, True)
    assert audited("staff:ledger:exported") == []


def test_id_number_is_searched_by_form_and_not_in_the_address(
    filled: Service, auditor: Desk
) -> None:
    answer = auditor.post("/ledger/person", {"id_number": SOMEONE.id_number}, page="/ledger")
    assert answer.headers["Location"] == "/admin/ledger?person=3"
    page = auditor.get("/ledger?person=3").text
    assert lines(page) == {1, 3}
    for personal in (SOMEONE.name, SOMEONE.id_number, SOMEONE.phone):
        assert personal not in page
    assert audited("staff:ledger:searched") == [{"line": 3}]
    unknown = {"id_number": person(number=83).id_number}
    assert auditor.post("/ledger/person", unknown, page="/ledger").status_code == 404
    assert auditor.post("/ledger/person", {"id_number": "1"}, page="/ledger").status_code == 422


def test_line_is_unmasked_for_a_reason(filled: Service, auditor: Desk) -> None:
    page = auditor.get("/ledger/1").text
    for text in ("经人工核验通过", "3级" if "3级" in page else "实名等级", "居民身份证原件"):
        assert text in page
    with transaction():
        first = ledger.get(member_of("auditor"), 1)
    for told in (first.hash, first.previous_hash, first.personal_hash):
        assert told.hex() in page
    assert 'href="/admin/ledger/3"' in page
    assert SOMEONE.name not in page
    assert SOMEONE.phone not in page
    assert auditor.post("/ledger/1", {"reason": ""}).status_code == 422
    opened = auditor.post("/ledger/1", {"reason": f"核查投诉 {SOMEONE.phone}"}).text
    for text in (SOMEONE.name, SOMEONE.id_number, SOMEONE.phone):
        assert text in opened
    assert audited("staff:ledger:revealed") == [{"line": 1, "reason": "核查投诉 ***"}]
    assert auditor.get("/ledger/99").status_code == 404


def test_export_needs_a_reason_and_is_masked(filled: Service, auditor: Desk) -> None:
    asked = {"form": "xlsx", "person": "1"}
    assert auditor.post("/ledger/export", asked, page="/ledger").status_code == 422
    answer = auditor.post("/ledger/export", {**asked, "reason": "月度检查"}, page="/ledger")
    assert "attachment" in answer.headers["Content-Disposition"]
    sheet = load_workbook(io.BytesIO(answer.content)).active
    rows = [[str(cell) for cell in row] for row in sheet.values]
    assert [row[0] for row in rows[1:]] == ["1", "3"]
    assert SOMEONE.name not in repr(rows)
    whole = {**asked, "form": "csv", "reason": "月度检查", "unmasked": "1"}
    assert SOMEONE.id_number in auditor.post("/ledger/export", whole, page="/ledger").text
    centre = Desk(filled, token_of(member_of("centre")))
    assert centre.post("/ledger/export", whole, page="/ledger").status_code == 403


def test_only_the_centre_erases(filled: Service, auditor: Desk) -> None:
    assert auditor.post("/ledger/2/erase", {"basis": "x"}, page="/ledger/2").status_code == 403
    centre = Desk(filled, token_of(member_of("centre")))
    assert centre.post("/ledger/2/erase", {"basis": ""}, page="/ledger/2").status_code == 422
    form = {"basis": "本人申请，个人信息保护法第47条"}
    assert centre.post("/ledger/2/erase", form, page="/ledger/2").status_code == 302
    assert "已依法删除" in centre.get("/ledger/2").text
    assert centre.post("/ledger/2/erase", form, page="/ledger/2").status_code == 404


def test_ledger_is_verified_from_a_page(filled: Service, auditor: Desk) -> None:
    def verified() -> str:
        assert auditor.post("/ledger/verifications").status_code == 302
        for _ in range(200):
            page = auditor.get("/ledger/verifications", headers={"HX-Request": "true"}).text
            if "校验中" not in page:
                return page
            time.sleep(0.05)
        raise AssertionError(page)

    assert "完整" in verified()
    triggers = database.execute_sql(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    ).fetchall()
    for name, _ in triggers:
        database.execute_sql(f"DROP TRIGGER {name}")
    database.execute_sql("UPDATE ledger_line SET actor = 'staff:99' WHERE number = 3")
    for _, statement in triggers:
        database.execute_sql(statement)
    page = verified()
    assert "第3号</a>的内容被改动过" in page


def test_seals_are_shown_and_downloaded(filled: Service, auditor: Desk) -> None:
    page = auditor.get("/ledger/seals").text
    assert signing.encoded_key(signing.public_key(filled.settings)) in page
    made = auditor.post("/ledger/seals")
    assert made.headers["Location"] == "/admin/ledger/seals?done=sealed"
    newest = max(seal.sequence for seal in ledger_seals.all_seals())
    exported = auditor.get(f"/ledger/seals/{newest}.json")
    seal = ledger_seals.from_json(exported.text)
    assert seal.number == 4
    assert ledger_seals.mismatch(filled.settings, seal) is None
    anchor = Path(filled.settings.ledger_seal_dir) / f"seal-{newest:08}.json"
    assert anchor.read_text() == exported.text
    assert f"/ledger/seals/{newest}.json" in auditor.get("/ledger/seals").text
    assert auditor.get("/ledger/seals/2020.json").status_code == 404
    centre = Desk(filled, token_of(member_of("centre")))
    assert centre.get("/ledger/seals").status_code == 200
    assert centre.post("/ledger/seals").status_code == 403


def test_differences_of_the_tables_are_shown(filled: Service, auditor: Desk) -> None:
    page = auditor.get("/ledger/verifications").text
    assert "还没有核对过，每天夜里自动核对一次。" in page
    comparison.compare()
    page = auditor.get("/ledger/verifications").text
    assert "2处不一致" in page
    assert f"工单{NUMBER}：台账里有人工核验，核验记录不见了" in page
    assert "工单8：台账里有记录，但数据不见了" in page


def test_missing_trigger_is_shown(filled: Service, auditor: Desk) -> None:
    trigger = "SELECT sql FROM sqlite_master WHERE name = 'ledger_line_no_update'"
    ((statement,),) = database.execute_sql(trigger).fetchall()
    database.execute_sql("DROP TRIGGER ledger_line_no_update")
    try:
        assert "1处不对，请做完整性校验" in auditor.get("/ledger/seals").text
    finally:
        database.execute_sql(statement)
    assert "完整</div>" in auditor.get("/ledger/seals").text
