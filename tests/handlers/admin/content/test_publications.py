"""Check and publish pages: background check, reasons for losses, rollback."""

import re
from datetime import timedelta

import pytest

from faq.editing import drafts, workflow
from faq.editing.publication import plans
from faq.release import publishing
from miniprogram_api import clock
from models.faq.plans import FaqPlan
from models.faq.review import FaqCheck
from tests.support.admin.desk import Desk, when_done
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service, data_of

SLUG = "segment_199"
# No page waits for a check; generous for a busy machine.
AT_ONCE = 5.0


@pytest.fixture
def editor(small_service: Service) -> Desk:
    return Desk(small_service, token_of(member_of("editor")))


def change(**fields: object) -> None:
    draft = drafts.entry(SLUG)
    drafts.save(draft.key, {**draft.content, **fields}, based_on=draft.revision, editor="staff:1")


def answers(service: Service) -> set[str]:
    """Return the API's answers, from every worker."""
    entries = [data_of(service.get(f"/faq/entries/{SLUG}")) for _ in range(12)]
    return {entry.get("entry", entry)["answer"] for entry in entries}


def test_losses_need_a_reason_and_releases_can_be_rolled_back(
    small_service: Service, editor: Desk
) -> None:
    before, number = answers(small_service), publishing.current().number
    assert "没有要发布的修改" in editor.get("/publish").text
    change(answer="下月开通。", title="月租", questions=["月租多少", "套餐怎么退"])

    waiting = editor.get("/publish").text
    assert "月租" in waiting
    assert "发布后：" not in waiting
    checked = when_done(editor, "/publish").text
    assert "变差" in checked
    assert "发布后：" in checked
    assert "<strong>我是199的号，怎么老说不支持</strong>" in checked
    found = re.search(r'name="digest" value="(\w+)"', checked)
    assert found is not None

    form = {"digest": found[1], "note": "改得太多"}
    refused = editor.post("/publish", form)
    assert refused.status_code == 409
    assert "答得更差" in refused.text or "问题" in refused.text
    assert answers(small_service) == before
    outdated = editor.post("/publish", {**form, "digest": "0" * 64, "override": "x"})
    assert outdated.status_code == 409
    too_long = editor.post("/publish", {**form, "override": "长" * 201})
    assert "最多200个字" in too_long.text

    done = editor.post("/publish", {**form, "override": "改由短信通知"})
    assert done.status_code == 302
    assert answers(small_service) == {"下月开通。"}
    releases = editor.get("/releases").text
    assert "改由短信通知" in releases

    again = f"/releases/{number}/again"
    assert editor.post(again, {"reason": " "}, page="/releases").status_code == 422
    going = editor.post(again, {"reason": "写错了"}, page="/releases")
    path = going.headers["Location"].removeprefix("/admin")
    assert when_done(editor, path).headers["Location"].endswith("done=published")
    assert answers(small_service) == before
    assert workflow.releases()[0].restores == number
    assert f"退回到第{number}次发布" in editor.get("/releases").text
    assert f"第{number + 1}次发布" not in editor.get(f"/releases?before={number + 1}").text
    assert editor.get("/releases?before=x").status_code == 200


def test_held_back_parts_are_named_and_not_published(small_service: Service, editor: Desk) -> None:
    assert "草稿和已发布的内容一样" in editor.get("/publish").text
    change(answer="下月开通。")
    drafts.hold(SLUG, True, based_on=drafts.entry(SLUG).revision, editor="staff:1")
    page = editor.get("/publish").text
    assert "没有要发布的修改" in page
    assert "内容一样" not in page
    assert "暂不发布的1处" in page
    assert f"/entries/{SLUG}/history" in page


def test_invalid_parts_are_named_and_not_published(small_service: Service, editor: Desk) -> None:
    change(answer="")
    checked = when_done(editor, "/publish").text
    assert "还不能发布" in checked
    assert "答案" in checked
    assert 'name="digest"' not in checked
    assert editor.post("/publish", {"digest": "", "override": "x"}).status_code == 422
    # A corrected draft is not blocked by the old finding.
    change(answer="好了。")
    assert "还不能发布" not in editor.get("/publish").text
    when_done(editor, "/publish")


def test_auditor_sees_the_check_and_cannot_publish(small_service: Service) -> None:
    auditor = Desk(small_service, token_of(member_of("auditor")))
    change(answer="")
    assert "还不能发布" in when_done(auditor, "/publish").text
    for path in ("/publish", "/releases/1/again"):
        assert auditor.post(path, {"reason": "x"}, page="/").status_code == 403
    assert auditor.get("/releases/back/1").status_code == 404


def test_deleted_check_is_repeated(small_service: Service, editor: Desk) -> None:
    change(answer="下月开通。")
    assert "检查结果" in when_done(editor, "/publish").text
    FaqCheck.delete().execute()
    assert "检查结果" in when_done(editor, "/publish").text


def test_writer_writes_and_does_not_publish(small_service: Service, editor: Desk) -> None:
    writer = Desk(small_service, token_of(member_of("writer", name="周撰稿")))
    change(answer="下月开通。")
    shown = when_done(writer, "/publish").text
    assert "您可以编写，不能发布" in shown
    assert 'id="publishing"' not in shown
    found = re.search(r'name="digest" value="(\w+)"', when_done(editor, "/publish").text)
    assert found is not None
    form = {"digest": found[1], "override": "可以"}
    assert writer.post("/publish", form).status_code == 403
    one = f"/entries/{SLUG}/publication"
    assert writer.post(one, form).status_code == 403
    plan = {"act": "end", "ends_at": "2030-01-01T10:00"}
    assert writer.post(f"/entries/{SLUG}/plans", plan, page=one).status_code == 403
    number = workflow.releases()[0].number
    again = f"/releases/{number}/again"
    assert writer.post(again, {"reason": "退"}, page="/releases").status_code == 403
    assert "退回</button>" not in writer.get("/releases").text
    page = writer.get(f"/entries/{SLUG}").text
    assert "检查这一条" in page
    assert "data-autosave" in page


def test_overdue_plan_is_red_and_counted_for_its_author(
    small_service: Service, editor: Desk
) -> None:
    author = member_of("editor", name="吴编辑")
    late = {"kind": "publish", "name": SLUG, "parts": f'[["entry","{SLUG}"]]'}
    passed = clock.now() - plans.GRACE - timedelta(seconds=1)
    FaqPlan.create(**late, due_at=passed, actor=author.actor, made_at=passed)
    page = Desk(small_service, token_of(author)).get("/").text
    assert "alert-danger" in page
    assert "已经过了时间，还没有办成" in page
    counted = r'检查与发布</span><span class="badge bg-red[^>]*>1<'
    assert re.search(counted, page)
    # Others see it, without a number in their menu.
    other = editor.get("/").text
    assert "已经过了时间，还没有办成" in other
    assert not re.search(counted, other)
    FaqPlan.update(due_at=clock.now() + timedelta(hours=1)).execute()
    assert "已经过了时间" not in editor.get("/").text
