"""The pages of spot checks over HTTP and by the keyboard."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from faq.conversation import spot_checks
from faq.editing import question_sets
from handlers.admin.frame.access import COOKIE
from miniprogram_api import clock
from models.faq.messages import FaqMessage
from tests.support.admin.browser import browsing
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service, data_of

FIRST, SECOND = "199的号码收不到验证码，我的电话是13812345678", "姓名中间的点打不出来"


@pytest.fixture
def drawn(small_service: Service) -> list[str]:
    """Ask a conversation of two turns, as if it was last week; return the drawn ids."""
    conversation = None
    for question in (FIRST, SECOND):
        body = {"question": question, "conversation_id": conversation}
        said = data_of(small_service.post("/faq/ask", json=body))
        assert said["kind"] == "answer"
        conversation = said["conversation_id"]
    week = clock.milliseconds(clock.now()) - clock.milliseconds(clock.now() - timedelta(days=7))
    FaqMessage.update(asked_at=FaqMessage.asked_at - week).execute()
    spot_checks.draw()
    return [one.message_id for one in spot_checks.of_week(spot_checks.weeks()[0].name)]


def test_answers_are_marked_one_after_the_other(small_service: Service, drawn: list[str]) -> None:
    editor = Desk(small_service, token_of(member_of("editor")))
    page = editor.get("/spot-checks").text
    assert "已标0条，还剩2条" in page
    assert page.index(f"/spot-checks/{drawn[0]}") < page.index(f"/spot-checks/{drawn[1]}")
    first, second = (f"/spot-checks/{one}" for one in drawn)
    shown = editor.get(first).text
    assert "199的号码收不到验证码" in shown
    assert "13812345678" not in shown
    # Words that lead to the entry alone are a test question, others by choice.
    assert re.search(r'name="listed" value="1" checked', shown)
    assert not re.search(r'name="listed" value="1" checked', editor.get(second).text)
    assert "199的号码收不到验证码" in editor.get(second).text

    form = {"mark": "right", "listed": "1", "before": ""}
    answer = editor.post(f"{first}/mark", form, page=first)
    assert answer.headers["Location"].partition("?")[0].endswith(second)
    again = editor.post(f"{first}/mark", form, page=first)
    assert again.status_code == 302
    colleague = Desk(small_service, token_of(member_of("editor")))
    late = colleague.post(f"{first}/mark", {**form, "mark": "wrong"}, page=first)
    assert late.status_code == 409
    assert "同事刚标过这一条" in late.text
    assert 'name="before" value="right"' in late.text

    wrong = {"mark": "wrong", "listed": "1", "expected": "two_ids_old_dates", "before": ""}
    unknown = editor.post(f"{second}/mark", {**wrong, "expected": "nowhere"}, page=second)
    assert unknown.status_code == 422
    done = editor.post(f"{second}/mark", wrong, page=second)
    assert "/spot-checks?week=" in done.headers["Location"]
    assert "已标2条，还剩0条：对1，半对0，不对1" in editor.get("/spot-checks").text
    found = question_sets.find("抽查")
    assert found is not None
    labelled = [row.labelled for row in question_sets.questions(found.id)]
    assert [one.expected for one in labelled] == [("segment_199",), ("two_ids_old_dates",)]
    assert "13812345678" not in labelled[0].question

    table = editor.get("/dashboard.csv").text
    assert "回答抽查（最近四周）" in table
    assert "对,1,50%\r\n半对,0,0%\r\n不对,1,50%\r\n未标,0,—" in table


def test_readers_see_marks_and_set_none(small_service: Service, drawn: list[str]) -> None:
    auditor = Desk(small_service, token_of(member_of("auditor")))
    path = f"/spot-checks/{drawn[0]}"
    assert "data-key" not in auditor.get(path).text
    form = {"mark": "right", "before": ""}
    assert auditor.post(f"{path}/mark", form, page="/").status_code == 403
    clerk = Desk(small_service, token_of(member_of("clerk")))
    for hidden in ("/spot-checks", path):
        assert clerk.get(hidden).status_code == 403
    assert auditor.get("/spot-checks/nothing").status_code == 404


def test_keys_mark_an_answer(small_service: Service, drawn: list[str]) -> None:
    cookie = {"name": COOKIE, "value": token_of(member_of("editor")), "url": small_service.url}
    with browsing((820, 1180)) as visit:
        page = visit.page
        page.context.add_cookies([cookie])  # type: ignore[list-item]
        page.goto(f"{small_service.url}/admin/spot-checks/{drawn[0]}")
        # A key in a field chooses there.
        page.locator("select").focus()
        page.keyboard.press("3")
        page.locator("[name=listed]").focus()
        page.keyboard.press("2")
        expect(page).to_have_url(re.compile(drawn[1]))
        # The keys work once the script has run.
        page.wait_for_load_state()
        page.keyboard.press("1")
        expect(page.locator("main")).to_contain_text("对1，半对1，不对0")
        assert visit.complaints == []
