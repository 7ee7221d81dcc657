"""Review pages (三审三校): three persons, each step signed, the wrong person refused."""

import re

import pytest

from faq.editing import drafts, workflow
from faq.release import publishing
from tests.support.admin.desk import Desk, when_done
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service, data_of

SLUG = "segment_199"


def editor_of(service: Service, name: str) -> Desk:
    return Desk(service, token_of(member_of("editor", name=name)))


@pytest.fixture
def handed_in(review_service: Service) -> tuple[Desk, str]:
    """Submit a draft; return the author and the address of the submission."""
    member = member_of("editor", name="甲作者")
    author = Desk(review_service, token_of(member))
    draft = drafts.entry(SLUG)
    content = {**draft.content, "answer": "下月开通。"}
    drafts.save(draft.key, content, based_on=draft.revision, editor=member.actor)
    checked = when_done(author, "/publish").text
    assert "提交审核" in checked
    found = re.search(r'name="digest" value="(\w+)"', checked)
    assert found is not None
    done = author.post("/publish", {"digest": found[1], "note": "改一处", "override": "可以"})
    assert done.status_code == 302
    return author, done.headers["Location"].removeprefix("/admin").partition("?")[0]


def test_three_persons_publish_a_text(review_service: Service, handed_in: tuple[Desk, str]) -> None:
    author, path = handed_in
    shown = author.get(path).text
    assert "撰写人（甲作者）不能审核自己写的内容" in shown
    assert 'value="approve"' not in shown
    assert "<ins>" in shown
    approve = {"decision": "approve"}
    assert "正在等审核" in author.get("/publish").text
    own = author.post(f"{path}/decision", approve, page=path)
    assert own.status_code == 403
    assert "不同的人" in own.text

    reviewer = editor_of(review_service, "乙审核")
    assert 'value="approve"' in reviewer.get(path).text
    bare = reviewer.post(f"{path}/decision", {"decision": "reject"}, page=path)
    assert bare.status_code == 422
    assert "请写明哪里要改" in bare.text
    assert reviewer.post(f"{path}/publication", page=path).status_code == 409
    assert reviewer.post(f"{path}/decision", approve, page=path).status_code == 302
    assert reviewer.post(f"{path}/publication", page=path).status_code == 403
    assert author.post(f"{path}/publication", page=path).status_code == 403

    publisher = editor_of(review_service, "丙发布")
    waiting = publisher.get(path).text
    assert "审核人（乙审核）" in waiting
    assert publisher.post(f"{path}/publication", page=path).status_code == 302
    entry = data_of(review_service.get(f"/faq/entries/{SLUG}"))
    assert entry.get("entry", entry)["answer"] == "下月开通。"
    signed = publisher.get(path).text
    for name in ("甲作者", "乙审核", "丙发布"):
        assert name in signed
    assert "已发布" in publisher.get("/reviews").text
    number = publishing.current().number
    for page in ("/releases", f"/releases/{number}"):
        said = publisher.get(page).text
        assert "撰写：甲作者 · 审核：乙审核 · 发布：丙发布" in said
        assert f'href="/admin{path}"' in said
    changed = publisher.get(f"/releases/{number}").text
    assert "比上一次发布改动1处" in changed
    assert "<ins>下月</ins>" in changed
    first = workflow.releases()[-1].number
    assert "没有可比的上一次" in publisher.get(f"/releases/{first}").text
    assert publisher.get(f"/releases/{number + 1}").status_code == 404


def test_returned_draft_shows_the_reason_and_auditor_only_reads(
    review_service: Service, handed_in: tuple[Desk, str]
) -> None:
    author, path = handed_in
    auditor = Desk(review_service, token_of(member_of("auditor")))
    assert auditor.get(path).text.count("<form") == 1
    for act in ("decision", "withdrawal", "publication"):
        assert auditor.post(f"{path}/{act}", {"decision": "approve"}).status_code == 403

    reviewer = editor_of(review_service, "乙审核")
    back = {"decision": "reject", "comment": "请写明日期"}
    assert reviewer.post(f"{path}/decision", back, page=path).status_code == 302
    assert "请写明日期" in author.get(path).text
    assert reviewer.post(f"{path}/decision", back, page=path).status_code == 409
    # The review cannot be skipped.
    assert author.post("/publish", {"digest": "0" * 64, "override": "x"}).status_code == 409
    assert reviewer.get("/reviews/999").status_code == 404


def test_roll_back_is_flagged_until_another_person_confirms_it(
    review_service: Service, handed_in: tuple[Desk, str]
) -> None:
    _, path = handed_in
    first = publishing.current().number
    reviewer, publisher = (editor_of(review_service, name) for name in ("乙审核", "丙发布"))
    reviewer.post(f"{path}/decision", {"decision": "approve"}, page=path)
    publisher.post(f"{path}/publication", page=path)
    going = publisher.post(f"/releases/{first}/again", {"reason": "写错了"}, page="/releases")
    when_done(publisher, going.headers["Location"].removeprefix("/admin"))
    number = publishing.current().number
    flagged = publisher.get("/releases").text
    assert "待另一人事后确认" in flagged
    assert "确认这次退回" not in flagged
    confirmation = f"/releases/{number}/confirmation"
    assert publisher.post(confirmation, page="/releases").status_code == 403
    assert "没有经过审核的退回" in reviewer.get("/").text
    writer = Desk(review_service, token_of(member_of("writer")))
    assert writer.post(confirmation, page="/releases").status_code == 403
    assert "确认这次退回" in reviewer.get("/releases").text
    assert reviewer.post(confirmation, page="/releases").status_code == 302
    assert reviewer.post(confirmation, page="/releases").status_code == 404
    confirmed = reviewer.get(f"/releases/{number}").text
    assert "乙审核" in confirmed
    assert "事后确认" in confirmed
    assert "待另一人" not in reviewer.get("/releases").text
