"""Receipts and the consent on paper, over HTTP, and the codes that ``/verify`` knows."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from miniprogram_api.second_person import deciding
from miniprogram_api.services import Services
from miniprogram_api.windows import matter_acts
from models.desks.ledger import LedgerLine
from models.second_person import LATE, SecondPersonRequest
from models.storage.database import database
from tests.handlers.admin.window.test_desk import CONTACT, SEEN, opened, path_of, registration
from tests.support.admin.desk import Desk
from tests.support.admin.holds import DENIED, denied_account
from tests.support.admin.staff import member_of, token_of
from tests.support.matters.matters import form, named
from tests.support.people.accounts import account_of
from tests.support.people.captures import FILES
from tests.support.people.persons import person
from tests.support.service.service import Service

SOMEONE = person("张三丰", number=11)


@pytest.fixture
def clerk(desk_service: Service) -> Desk:
    return Desk(desk_service, token_of(member_of("clerk")))


def verified(desk: Desk) -> str:
    """Verify a person and return the path of the receipt."""
    account_of(SOMEONE)
    path = opened(desk, SOMEONE.id_number)
    desk.post(f"{path}/verification", SEEN, files=FILES)
    return f"{path}/receipt"


def codes_of(page: str) -> list[str]:
    return re.findall(r"T[0-9]+-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", page)


def looked_up(service: Service, code: str) -> str:
    return requests.get(f"{service.url}/verify", params={"code": code}, timeout=30).text


@contextmanager
def without_triggers() -> Iterator[None]:
    """Let the lines of the ledger be changed meanwhile."""
    dropped = database.execute_sql(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger_line'"
    ).fetchall()
    for name, _ in dropped:
        database.execute_sql(f'DROP TRIGGER "{name}"')
    yield
    for _, statement in dropped:
        database.execute_sql(statement)


def test_receipt_tells_the_acts_of_today_without_full_names(
    desk_service: Service, clerk: Desk
) -> None:
    page = clerk.get(verified(clerk)).text
    for shown in ("办理回执", "测试窗口", "窗口电话", "经人工核验通过", "居民身份证原件"):
        assert shown in page
    for hidden in (SOMEONE.name, SOMEONE.id_number, SOMEONE.phone):
        assert hidden not in page
    (code,) = codes_of(page)
    found = looked_up(desk_service, code.lower().replace("-", " "))
    assert "台账里有这条记录，与打印时一致" in found
    assert "经人工核验通过" in found
    assert SOMEONE.name not in found


def test_receipt_is_of_this_clerk_alone(desk_service: Service, clerk: Desk) -> None:
    verified(clerk)
    colleague = Desk(desk_service, token_of(member_of("clerk")))
    path = opened(colleague, SOMEONE.id_number)
    assert "今天还没有可打印的办理" in colleague.get(f"{path}/receipt").text


def test_code_of_a_changed_line_is_unknown(desk_service: Service, clerk: Desk) -> None:
    (code,) = codes_of(clerk.get(verified(clerk)).text)
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert "没有查到这个核验码" in looked_up(desk_service, wrong)
    number = LedgerLine.select().order_by(LedgerLine.number.desc()).get().number
    change = "UPDATE ledger_line SET {} WHERE number = {}"
    with without_triggers():
        database.execute_sql(change.format("action = 'ticket_filed'", number))
        assert "被改动过" in looked_up(desk_service, code)
        database.execute_sql(change.format("hash = x'00'", number))
        assert "没有查到这个核验码" in looked_up(desk_service, code)


def test_held_act_says_that_it_waits(desk_service: Service, clerk: Desk) -> None:
    someone = person("张不符", number=12)
    path = registration(clerk, someone, **CONTACT)
    clerk.post(path, SEEN)
    done = path_of(clerk.post(path, {**SEEN, "despite_source": "1"}))
    page = clerk.get(done.replace("/done", "/receipt")).text
    assert "还没有生效" in page
    (code,) = codes_of(page)
    assert "还在等第二人复核" in looked_up(desk_service, code)
    SecondPersonRequest.update(state=LATE).execute()
    assert "没有生效：台账里有这条记录，没有等到第二人复核" in looked_up(desk_service, code)


def test_lines_of_a_held_sitting_are_on_its_receipt(desk_service: Service, clerk: Desk) -> None:
    services = Services(desk_service.settings, None)  # type: ignore[arg-type]
    matter_acts.create(services, member_of("clerk"), "M-1", form((named(DENIED),)))
    denied_account()
    confirming = path_of(clerk.post("/window/matters", {"document": DENIED.id_number}))
    page = clerk.get(confirming).text
    (line_ids,) = re.findall(r'name="line_ids" value="([^"]+)"><input[^>]+name="digests"', page)
    seen = {
        "seen_id_card": "1",
        "reason": "多次刷脸未通过",
        "sign": "paper",
        "no_photo": "不愿拍照",
    }
    done = clerk.post(confirming, {**seen, "line_ids": line_ids})
    page = clerk.get(str(done.headers["Location"]).removeprefix("/admin")).text
    assert "已记录，还没有生效" in page
    assert "data-confirming" not in page
    page = clerk.get(confirming.replace("/matters", "/receipt")).text
    assert page.count("还没有生效") == 2
    codes = codes_of(page)
    assert len(codes) == 2
    for code in codes:
        assert "还在等第二人复核" in looked_up(desk_service, code)
    (held,) = SecondPersonRequest.of_kinds(["held_verification"])
    deciding.decide(services, member_of("clerk"), held.id, agrees=True)
    for code in codes:
        assert "与打印时一致" in looked_up(desk_service, code)


def test_consent_is_printed_with_lines_to_sign(clerk: Desk) -> None:
    page = clerk.get("/window/consent").text
    for shown in ("个人信息处理规则", "签名", "data-print-now", "版本 2026-"):
        assert shown in page
