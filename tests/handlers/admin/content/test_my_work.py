"""The start page of editors: what waits for them, each count leading to its list."""

import re
from datetime import timedelta

import pytest

from faq.editing import drafts
from faq.editing.publication import plans
from miniprogram_api import clock
from models.faq.messages import FaqMessage
from models.faq.plans import FaqPlan
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service, data_of

WRONG = "199号段已经可以注册。"
CHANGED, RATED, DUE = "user_not_found", "sms_not_received", "name_symbol"
TITLES = {
    CHANGED: "登录提示“用户不存在”",
    RATED: "注册账号时收不到短信、没有反应",
    DUE: "姓名中含符号“·”",
}


@pytest.fixture
def waiting(small_service: Service) -> tuple[Desk, str]:
    """Return an editor for whom something of every kind waits, and their actor."""
    member = member_of("editor", name="孙编辑")
    draft = drafts.entry(CHANGED)
    content = {**draft.content, "answer": WRONG}
    drafts.save(draft.key, content, based_on=draft.revision, editor=member.actor)
    for helpful in (False, False, False, True):
        asked = data_of(small_service.post("/faq/ask", json={"question": "怎么给办公室续租"}))
        this = FaqMessage.message_id == asked["message_id"]
        rated = {"slug": RATED, "helpful": helpful, "rated_at": clock.now(), "state": "new"}
        FaqMessage.update(**rated).where(this).execute()
    plans.look_on(DUE, clock.today() + timedelta(days=1), actor=member.actor)
    FaqPlan.update(due_at=clock.now()).execute()
    return Desk(small_service, token_of(member)), member.actor


def test_every_count_leads_to_its_list(waiting: tuple[Desk, str]) -> None:
    desk, _ = waiting
    page = desk.get("/").text
    assert "我的工作" in page
    assert "4次评价，3次没帮助" in page
    assert "到了下次复核的日子" in page
    for kind, slug in (("mine", CHANGED), ("contradictions", CHANGED), ("worst", RATED),
                       ("due", DUE)):  # fmt: skip
        assert f"work={kind}" in page
        listed = desk.get(f"/entries?work={kind}").text
        shown = {name for name, title in TITLES.items() if f">{title}</a>" in listed}
        assert shown == {slug}, kind
    # The menu counts the inbox on every page.
    counts = re.findall(r'<span class="badge bg-red[^>]*>(\d+)<', desk.get("/releases").text)
    assert counts == ["4"]


def test_ratings_count_for_a_month(waiting: tuple[Desk, str]) -> None:
    desk, _ = waiting
    FaqMessage.update(rated_at=clock.now() - timedelta(days=31)).execute()
    assert "次没帮助" not in desk.get("/").text


def test_look_is_recorded_on_the_entry(waiting: tuple[Desk, str]) -> None:
    desk, _ = waiting
    page = f"/entries/{DUE}"
    assert "已复核，不用改" in desk.get(page).text
    assert desk.post(f"{page}/plans", {"act": "look", "look_on": ""}, page=page).status_code == 422
    assert desk.post(f"{page}/plans", {"act": "looked"}, page=page).status_code == 302
    assert "到了下次复核的日子" not in desk.get("/").text


def test_failed_plan_shows_its_reason_until_it_is_dismissed(waiting: tuple[Desk, str]) -> None:
    desk, actor = waiting
    failed = FaqPlan.create(
        kind="publish",
        name=CHANGED,
        parts=f'[["entry","{CHANGED}"]]',
        due_at=clock.now(),
        actor=actor,
        state="failed",
        problem="请重新检查后再发布。",
        made_at=clock.now(),
    )
    assert "没有办成：请重新检查后再发布。" in desk.get("/").text
    assert desk.post(f"/plans/{failed.id}/cancellation", page="/").status_code == 302
    assert "没有办成" not in desk.get("/").text


def test_other_members_see_their_pages(small_service: Service) -> None:
    page = Desk(small_service, token_of(member_of("auditor"))).get("/").text
    assert "我的工作" not in page
    assert "首页" in page
