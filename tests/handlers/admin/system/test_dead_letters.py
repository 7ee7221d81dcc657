"""The page of undelivered messages."""

import json
from datetime import timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.delivery import dead_letters
from models.chat import ChatReply
from models.desks.audit import AuditEntry
from models.outbox import Notice, OutboxJob
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service

REASON = "用户已到窗口办好"


PHONE = "13800000011"


@pytest.fixture
def operator(desk_service: Service) -> Desk:
    return Desk(desk_service, token_of(member_of("operator")))


def fail(number: int, text: str = "您的工单有答复") -> str:
    """Create a failed reply, later for larger numbers, and return its key."""
    row = ChatReply.create(
        openid=f"o-secret-{number}",
        content=f'{{"msgtype": "text", "text": {{"content": "{text}，电话13812345678"}}}}',
        created_at=clock.now(),
        failed_at=clock.now() + timedelta(seconds=number),
        code=45047,
    )
    return f"reply-{row.id}"


def test_message_is_resent_or_dropped_for_a_reason(operator: Desk) -> None:
    assert "没有积压" in operator.get("/dead-letters").text
    first, second = fail(1), fail(2)
    page = operator.get("/dead-letters").text
    assert page.index(second) < page.index(first)
    assert f"聊天回复{first.removeprefix('reply-')}号" in page
    assert f"· {first} ·" not in page
    assert "超过5条" in page
    assert "o-secret-1" not in page
    assert "13812345678" not in page

    path = "/dead-letters"
    assert "请先勾选" in operator.post(path, {"act": "drop", "reason": REASON}).text
    bare = operator.post(path, {"act": "drop", "key": first})
    assert bare.status_code == 422
    assert "请写明为什么" in bare.text
    form = {"act": "drop", "key": [first, "reply-999"], "reason": REASON}
    assert operator.post(path, form).status_code == 302
    assert [letter.key for letter in dead_letters.page(limit=9)] == [second]
    line = AuditEntry.get(AuditEntry.tag == "command:dead_letter:dropped")
    assert json.loads(line.details)["reason"] == REASON
    assert operator.post(path, {"act": "send", "key": second}).status_code == 302
    assert AuditEntry.select().where(AuditEntry.tag == "command:dead_letter:sent_again").exists()
    assert operator.post(path, {"act": "x", "key": second}).status_code == 404


def test_message_that_a_colleague_handled_is_not_told_as_resent(operator: Desk) -> None:
    gone = operator.post("/dead-letters", {"act": "send", "key": "reply-999999"})
    assert gone.headers["Location"].endswith("done=unchanged")
    assert "没有改动" in operator.get("/dead-letters?done=unchanged").text


def test_what_waits_and_what_was_given_up_is_counted_and_listed(operator: Desk) -> None:
    fail(1)
    now = clock.now()
    values = {"kind": "phone_changed", "phone": PHONE, "created_at": now}
    notice = Notice.create(**values, failed_at=now, last_error="refused")
    job = OutboxJob.create(name="export", created_at=now, failed_at=now, last_error="ZeroDivision")
    page = operator.get("/dead-letters").text
    assert f"短信通知{notice.id}号" in page
    assert "短信平台没有收下" in page
    assert PHONE not in page
    assert f"后台任务{job.id}号" in page
    assert page.count('<span class="badge bg-red-lt">1</span>') == 3
    both = {"act": "send", "key": [f"notice-{notice.id}", f"job-{job.id}"]}
    assert operator.post("/dead-letters", both).status_code == 302
    assert [letter.kind for letter in dead_letters.list_all()] == ["reply"]


def test_list_is_paged(operator: Desk) -> None:
    keys = [fail(number // 2) for number in range(55)]
    shown = operator.get("/dead-letters").text
    more = shown.split('href="/admin/dead-letters?before=')[1].split('"')[0]
    rest = operator.get(f"/dead-letters?before={more}").text
    listed = [key for key in keys if f'value="{key}"' in shown]
    assert len(listed) == 50
    assert [key for key in keys if f'value="{key}"' in rest] == keys[:5]
    assert operator.get("/dead-letters?before=nonsense").status_code == 200


def test_auditor_reads_and_changes_nothing(desk_service: Service) -> None:
    key = fail(1)
    auditor = Desk(desk_service, token_of(member_of("auditor")))
    page = auditor.get("/dead-letters").text
    assert f"聊天回复{key.removeprefix('reply-')}号" in page
    assert page.count("<form") == 1
    assert auditor.post("/dead-letters", {"act": "send", "key": key}).status_code == 403
