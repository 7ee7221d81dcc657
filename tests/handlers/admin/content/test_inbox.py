"""The inbox page: each way of settling a group of questions."""

import re
import time

import pytest

from faq.conversation import inbox
from faq.conversation.inbox import Wanted
from faq.editing import draft_points, drafts, question_sets
from faq.editing.question_sets import Labelled
from faq.release import publishing
from faq.release.parts import Key
from models.faq.messages import FaqMessage
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service, data_of

QUESTION, SIMILAR = "推荐一部好看的电影", "推荐一部好看的电影吧"


@pytest.fixture
def editor(desk_service: Service) -> Desk:
    for _ in range(2):
        ask(desk_service, QUESTION)
    ask(desk_service, SIMILAR)
    ask(desk_service, "我的电话13812345678，想给办公室续租")
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
    return desk.get(f"/inbox/{group.id}").text


def rate_down(service: Service, question: str, comment: str | None) -> None:
    """Ask and rate the answer as unhelpful."""
    said = data_of(service.post("/faq/ask", json={"question": question}))
    path, rating = f"/faq/messages/{said['message_id']}/feedback", {"helpful": False}
    body = rating if comment is None else {**rating, "comment": comment}
    assert service.post(path, json=body).status_code == 200


def form_of(page: str, question: str) -> dict[str, str]:
    """Return the fields of the group's form in the list."""
    row = next(row for row in page.split("inbox-item")[1:] if f">{question}</a>" in row)
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', row))


def decide(desk: Desk, page: str, form: dict[str, str | list[str]], query: str = "") -> str:
    """Send a decision; return the page that it leads to."""
    answer = desk.post(f"/inbox/decision{query}", form, page=page)
    assert answer.status_code == 302, answer.text
    return desk.get(answer.headers["Location"].removeprefix("/admin")).text


def test_most_asked_group_is_first_with_its_conversation(editor: Desk) -> None:
    page = editor.get("/inbox").text
    assert page.index(QUESTION) < page.index("办公室续租")
    assert "没答上来 3" in page
    assert "13812345678" not in page
    path = re.search(r'href="/admin(/inbox/[^"?]+)"', page)
    assert path is not None
    group = editor.get(path[1]).text
    assert SIMILAR in group
    # The conversation, without personal data.
    rent = page_of(editor, "办公室续租").split('id="talk"')[1]
    assert "我的电话***，想给办公室续租" in rent
    assert "13812345678" not in rent
    assert editor.get("/inbox/nobody").status_code == 404


def test_one_click_adds_to_an_entry_and_can_be_undone(editor: Desk) -> None:
    form = {**form_of(editor.get("/inbox").text, QUESTION), "slug": "segment_199", "act": "apply"}
    title = drafts.entry("segment_199").content["title"]
    assert f"加了2个例句到“{title}”，收件箱里去掉3条。" in decide(editor, "/inbox", form)
    assert {QUESTION, SIMILAR} <= set(drafts.entry("segment_199").content["questions"])
    assert QUESTION not in editor.get("/inbox").text
    for page in ("/inbox?state=applied", f"/inbox/{form['group']}"):
        assert f'/entries/segment_199">{title}</a>' in editor.get(page).text
    faster = editor.post("/inbox/decision", form, page="/inbox")
    assert faster.status_code == 409
    assert "刚有同事处理过" in faster.text
    again = {"group": form["group"], "act": "reopen", "state": "applied"}
    assert "放回待处理3条" in decide(editor, "/inbox", again)
    assert QUESTION in editor.get("/inbox").text
    # The examples are there already.
    assert "没有再加；收件箱里去掉3条" in decide(editor, "/inbox", form)


def test_question_becomes_a_test_question_without_being_an_example(editor: Desk) -> None:
    page = f"/inbox/{inbox.groups()[0].id}"
    form = {"wording": inbox.groups()[0].id, "slug": "segment_199", "act": "apply", "boxes": "1"}
    form["page"] = form["wording"]
    unused = editor.post("/inbox/decision", form, page=page)
    assert "请至少选一项" in unused.text
    assert "加了1个问题到问题集" in decide(editor, page, {**form, "in_checks": "1"})
    assert QUESTION not in drafts.entry("segment_199").content["questions"]
    assert ("收件箱", Labelled(QUESTION, ("segment_199",))) in question_sets.asked()


def test_ticked_wordings_are_settled_split_and_joined(editor: Desk) -> None:
    films = inbox.groups()[0]
    page, (first, second) = f"/inbox/{films.id}", films.wordings
    nothing = editor.post("/inbox/decision", {"act": "dismiss", "page": films.id}, page=page)
    assert (nothing.status_code, "请先勾选" in nothing.text) == (422, True)
    split = decide(editor, page, {"act": "split", "wording": second.id})
    assert "拆出了一组，共1条" in split
    assert 'name="wording"' in split
    assert QUESTION not in re.findall(r'<label for="w-\d">(.*?)</label>', split)
    joined = {"act": "join", "wording": second.id, "target": first.id}
    assert "并成了一组，这次移了1条" in decide(editor, page, joined)
    (alone,) = [group for group in inbox.groups() if group.question == QUESTION]
    assert [wording.question for wording in alone.wordings] == [QUESTION, SIMILAR]
    assert "去掉1条" in decide(editor, page, {"act": "dismiss", "wording": second.id})
    assert [w.question for w in inbox.group_of(first.id).wordings] == [QUESTION]


def test_ticked_groups_are_settled_by_one_act_under_the_same_filters(editor: Desk) -> None:
    groups = [group.id for group in inbox.groups()]
    query = "?concern=unanswered&channel=visitor"
    page = editor.get(f"/inbox{query}").text
    assert f'action="/admin/inbox/decision{query.replace("&", "&amp;")}"' in page
    form = {"act": "not_ours", "group": groups}
    after = decide(editor, "/inbox", form, query)
    # The wording with a masked number is no example.
    assert "加了2个例句到“不归我们”，收件箱里去掉4条" in after
    assert '<option value="unanswered" selected>' in after
    assert "没有找到" in after
    assert QUESTION in drafts.part(Key("out_of_scope")).content["questions"]


def test_list_is_narrowed_by_its_address(editor: Desk) -> None:
    for query, found in [
        ("text=续租", ["办公室续租"]),
        ("text=续租&channel=chat", []),
        ("concern=unanswered&text=电影", [QUESTION]),
        ("concern=unhelpful", []),
        ("last_day=2020-01-01", []),
    ]:
        page = editor.get(f"/inbox?{query}").text
        assert [
            q for q in (QUESTION, "办公室续租") if q in page.partition('id="bulk"')[0]
        ] == found, query
    assert "开始日期不能晚于" in editor.get("/inbox?first_day=2026-02-01&last_day=2026-01-01").text


def test_only_a_likely_entry_is_preselected(desk_service: Service, editor: Desk) -> None:
    sure = drafts.entry("segment_199").content["questions"][0]
    data_of(desk_service.post("/faq/ask", json={"question": sure}))
    unsure = {"confidence": inbox.UNSURE - 0.01, "concern": "unsure", "state": "new"}
    FaqMessage.update(**unsure).where(FaqMessage.slug == "segment_199").execute()
    wait_for(4 + 1)
    assert len(re.findall(r'type="radio"[^>]* checked', page_of(editor, sure))) == 1
    # No entry is likely for a question about a film.
    film = page_of(editor, QUESTION)
    assert 'type="radio"' in film
    assert not re.search(r'type="radio"[^>]* checked', film)


def test_right_answer_that_was_rated_down_leads_to_its_text(
    desk_service: Service, editor: Desk
) -> None:
    sure = drafts.entry("segment_199").content["questions"][0]
    rate_down(desk_service, sure, "什么时候能开通？")
    wait_for(4 + 1)
    page = editor.get("/inbox?about=segment_199").text
    assert '<option value="segment_199" selected>情形2 199号段' in page
    assert QUESTION not in page.partition('id="bulk"')[0]
    assert 'href="/admin/entries/segment_199#f-answer"' in page
    assert "什么时候能开通？" in page
    group = page_of(editor, sure)
    assert group.count("什么时候能开通？") == 2
    assert "没有登录" in group
    assert "答了“199号段" in group
    assert "查到：号段（办不了）" in group
    form = {"act": "answered", "group": inbox.find("new", Wanted(text="什么时候"))[0].id}
    early = editor.post("/inbox/decision", form, page="/inbox")
    assert "这个条目还没有改过" in early.text
    draft = drafts.entry("segment_199")
    content = {**draft.content, "answer": "12月开通。"}
    drafts.save(draft.key, content, based_on=draft.revision, editor="admin:1")
    assert "答案改过了，收件箱里去掉1条" in decide(editor, "/inbox", form)


def test_other_conversations_are_of_other_persons(desk_service: Service, editor: Desk) -> None:
    # Three visitors asked about films.
    assert page_of(editor, QUESTION).count(">对话") == 3
    # The same user asks twice.
    token = desk_service.wechat_login("zhang")
    for question in ("怎么养一只猫", "请问怎么养一只猫"):
        desk_service.post("/faq/ask", json={"question": question}, token=token)
    wait_for(4 + 2)
    assert "共2次" in page_of(editor, "养一只猫")
    assert "看别的人是怎么问的" not in page_of(editor, "养一只猫")


def test_group_can_begin_an_entry(editor: Desk) -> None:
    rent = next(group for group in inbox.groups() if "续租" in group.question)
    form = {"group": rent.id, "question": "怎么办公室续租"}
    assert editor.post("/inbox/decision", {**form, "act": "x"}, page="/inbox").status_code == 404
    begun = editor.post("/inbox/decision", {**form, "act": "begin", "title": "续租"}, page="/inbox")
    assert begun.status_code == 302
    slug = begun.headers["Location"].partition("/entries/")[2].partition("?")[0]
    assert drafts.entry(slug).held
    assert drafts.entry(slug).content["questions"] == ["怎么办公室续租"]


def test_auditor_cannot_dismiss(desk_service: Service, editor: Desk) -> None:
    form = {**form_of(editor.get("/inbox").text, QUESTION), "act": "dismiss"}
    auditor = Desk(desk_service, token_of(member_of("auditor")))
    assert "不用处理</button>" not in auditor.get("/inbox").text
    assert auditor.post("/inbox/decision", form, page="/").status_code == 403
    assert "没有改动任何条目" in decide(editor, "/inbox", form)
    assert QUESTION in editor.get("/inbox?state=dismissed").text


def test_question_is_answered_as_a_new_point_in_one_act(editor: Desk) -> None:
    group = next(g for g in inbox.groups() if g.question == QUESTION)
    page = f"/inbox/{group.id}"
    form = {
        "wording": [wording.id for wording in group.wordings],
        "act": "point",
        "page": group.id,
        "point_entry": "segment_199",
        "point_question": "号段里有电影看吗",
    }
    without = editor.post("/inbox/decision", form, page=page)
    assert "请写要点的问题和短答" in without.text
    long = editor.post("/inbox/decision", {**form, "point_answer": "很" * 121}, page=page)
    assert "最多120个字" in long.text
    title = drafts.entry("segment_199").content["title"]
    after = decide(editor, page, {**form, "point_answer": "没有，号段只管号码。"})
    assert f"写成了“{title}”的要点，收件箱里去掉3条" in after
    assert "至少要有三种别的问法" in after
    written = draft_points.read(drafts.entry("segment_199"))[-1]
    assert (written["question"], written["answer"]) == ("号段里有电影看吗", "没有，号段只管号码。")
    assert set(written["wordings"]) == {QUESTION, SIMILAR}
    assert QUESTION not in drafts.entry("segment_199").content["questions"]
    assert QUESTION not in editor.get("/inbox").text


def test_question_becomes_a_wording_of_a_known_point(editor: Desk) -> None:
    point = draft_points.read(drafts.entry("sms_not_received"))
    known = point[0] if point else None
    if known is None:
        known = draft_points.begun(
            "sms_not_received", "几分钟", ["一分钟", "两分钟", "三分"], "等一等。"
        )
        draft_points.put("sms_not_received", known, editor="test")
    group = next(g for g in inbox.groups() if g.question == QUESTION)
    form = {
        "wording": [wording.id for wording in group.wordings],
        "act": "point",
        "page": group.id,
        "point": f"sms_not_received.{known['id']}",
    }
    assert "的要点加了2种问法" in decide(editor, f"/inbox/{group.id}", form)
    after = draft_points.find("sms_not_received", known["id"])
    assert after["wordings"] == [*known["wordings"], QUESTION, SIMILAR]


def test_entry_that_was_just_rated_down_is_not_proposed(
    editor: Desk, desk_service: Service
) -> None:
    rate_down(desk_service, "199号段怎么办", "说的不对")
    wait_for(4)
    group = next(g for g in inbox.groups() if "199" in g.question)
    assert group.blamed == {"segment_199"}
    page = editor.get(f"/inbox/{group.id}").text
    proposed = re.findall(r'type="radio" name="slug" value="(\w+)"', page)
    assert proposed
    assert "segment_199" not in proposed


def test_decided_group_shows_what_came_of_it(small_service: Service) -> None:
    desk = Desk(small_service, token_of(member_of("editor")))
    ask(small_service, QUESTION)
    form = {**form_of(desk.get("/inbox").text, QUESTION), "slug": "segment_199", "act": "apply"}
    decide(desk, "/inbox", form)
    row = plain(desk.get("/inbox?state=applied").text)
    assert "还没有发布" in row
    assert "种问法里1种不这样答" in row
    assert "处理以后还没有人再问" in row
    publishing.publish(drafts.content(), after=publishing.current().number)
    said = data_of(small_service.post("/faq/ask", json={"question": QUESTION}))
    assert said["slug"] == "segment_199"
    path = f"/faq/messages/{said['message_id']}/feedback"
    assert small_service.post(path, json={"helpful": True}).status_code == 200
    deadline = time.monotonic() + 30
    while "1次有帮助" not in (row := plain(desk.get(f"/inbox/{form['group']}").text)):
        assert time.monotonic() < deadline, row
        time.sleep(0.1)
    assert "已发布" in row
    assert "现在都这样答" in row


def plain(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", text).split())
