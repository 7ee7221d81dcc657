"""The inbox page: each way of settling a group of questions."""

import re
import time

import pytest

from faq.conversation import inbox
from faq.editing import drafts, question_sets
from faq.editing.question_sets import Labelled
from faq.release.parts import Key
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service, data_of

QUESTION = "推荐一部好看的电影"


@pytest.fixture
def editor(desk_service: Service) -> Desk:
    for _ in range(2):
        ask(desk_service, QUESTION)
    ask(desk_service, "推荐一部好看的电影吧", "我的电话13812345678，想给办公室续租")
    return Desk(desk_service, token_of(member_of("editor")))


def ask(service: Service, *questions: str) -> None:
    """Ask the bot and wait until the questions are stored."""
    before = inbox.count()
    conversation = None
    for question in questions:
        body = {"question": question}
        if conversation is not None:
            body["conversation_id"] = conversation
        conversation = data_of(service.post("/faq/ask", json=body))["conversation_id"]
    wait_for(before + len(questions))


def wait_for(count: int) -> None:
    """Wait until so many messages are in the inbox."""
    deadline = time.monotonic() + 30
    while inbox.count() < count:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def page_of(desk: Desk, question: str) -> str:
    """Return the page of the group with this question."""
    group = next(group for group in inbox.groups() if question in group.question)
    return desk.get(f"/inbox/{group.message_ids[0]}").text


def form_of(page: str, question: str) -> tuple[str, dict[str, str]]:
    """Return the address and the fields of the group's form."""
    for action, form in re.findall(
        r'action="/admin(/inbox/[^"]+/decision)"[^>]*>(.*?)</form>', page, re.DOTALL
    ):
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
        if fields.get("question") == question:
            return action, fields
    raise AssertionError(page)


def test_most_asked_group_is_first_with_its_conversation(editor: Desk) -> None:
    page = editor.get("/inbox").text
    assert page.index(QUESTION) < page.index("办公室续租")
    assert "没答上来 3" in page
    assert "13812345678" not in page
    path = re.search(r'href="/admin(/inbox/[^"?]+)"', page)
    assert path is not None
    group = editor.get(path[1]).text
    assert "推荐一部好看的电影吧" in group
    # The rest of the conversation, without personal data.
    assert "办公室续租" in group
    assert "13812345678" not in group
    found = editor.get(f"{path[1]}?q=199").text
    assert "199号段" in found
    assert editor.get("/inbox/nobody").status_code == 404


def test_one_click_adds_to_an_entry_and_can_be_undone(editor: Desk) -> None:
    action, fields = form_of(editor.get("/inbox").text, QUESTION)
    form = {**fields, "slug": "segment_199", "act": "apply"}
    assert editor.post(action, form, page="/inbox").status_code == 302
    assert QUESTION in drafts.entry("segment_199").content["questions"]
    assert QUESTION not in editor.get("/inbox").text
    title = drafts.entry("segment_199").content["title"]
    for page in ("/inbox?state=applied", action.removesuffix("/decision")):
        assert f'/entries/segment_199">{title}</a>' in editor.get(page).text
    faster = editor.post(action, form, page="/inbox")
    assert faster.status_code == 409
    assert "刚有同事处理过" in faster.text
    again = {"messages": fields["messages"], "act": "reopen", "state": "applied"}
    assert editor.post(action, again, page="/inbox").status_code == 302
    assert QUESTION in editor.get("/inbox").text


def test_question_becomes_a_test_question_without_being_an_example(editor: Desk) -> None:
    action, fields = form_of(editor.get("/inbox").text, QUESTION)
    form = {**fields, "slug": "segment_199", "act": "apply", "boxes": "1"}
    page = action.removesuffix("/decision")
    unused = editor.post(action, form, page=page)
    assert "请至少选一项" in unused.text
    assert editor.post(action, {**form, "in_checks": "1"}, page=page).status_code == 302
    assert QUESTION not in drafts.entry("segment_199").content["questions"]
    assert ("收件箱", Labelled(QUESTION, ("segment_199",))) in question_sets.asked()


def test_only_a_likely_entry_is_preselected(desk_service: Service, editor: Desk) -> None:
    sure = drafts.entry("segment_199").content["questions"][0]
    said = data_of(desk_service.post("/faq/ask", json={"question": sure}))
    path = f"/faq/messages/{said['message_id']}/feedback"
    assert desk_service.post(path, json={"helpful": False}).status_code == 200
    wait_for(4 + 1)
    assert len(re.findall(r'type="radio"[^>]* checked', page_of(editor, sure))) == 1
    # No entry is likely for a question about a film.
    film = page_of(editor, QUESTION)
    assert 'type="radio"' in film
    assert not re.search(r'type="radio"[^>]* checked', film)


def test_other_conversations_are_of_other_persons(editor: Desk) -> None:
    # Three visitors asked about films.
    assert page_of(editor, QUESTION).count(">对话") == 3


def test_other_ways_to_settle_a_group(editor: Desk) -> None:
    page = editor.get("/inbox").text
    action, fields = form_of(page, QUESTION)
    assert editor.post(action, {**fields, "act": "not_ours"}, page="/inbox").status_code == 302
    assert QUESTION in drafts.part(Key("out_of_scope")).content["questions"]
    other = next(g for g in inbox.groups() if "续租" in g.question)
    action = f"/inbox/{other.message_ids[0]}/decision"
    form = {"messages": ",".join(other.message_ids), "question": "怎么办公室续租"}
    assert editor.post(action, {**form, "act": "x"}, page="/inbox").status_code == 404
    begun = editor.post(action, {**form, "act": "begin", "title": "续租"}, page="/inbox")
    assert begun.status_code == 302
    slug = begun.headers["Location"].partition("/entries/")[2].partition("?")[0]
    assert drafts.entry(slug).held
    assert drafts.entry(slug).content["questions"] == ["怎么办公室续租"]
    assert "都处理完了" in editor.get("/inbox").text


def test_auditor_cannot_dismiss(desk_service: Service, editor: Desk) -> None:
    action, fields = form_of(editor.get("/inbox").text, QUESTION)
    auditor = Desk(desk_service, token_of(member_of("auditor")))
    assert "不用处理</button>" not in auditor.get("/inbox").text
    assert auditor.post(action, {**fields, "act": "dismiss"}, page="/").status_code == 403
    assert editor.post(action, {**fields, "act": "dismiss"}, page="/inbox").status_code == 302
    assert QUESTION in editor.get("/inbox?state=dismissed").text
