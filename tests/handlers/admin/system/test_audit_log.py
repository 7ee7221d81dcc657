"""The audit log as page and file: acts and fields in Chinese."""

import ast
import csv
import io
from itertools import product
from typing import get_args

import pytest

from faq.editing import drafts
from faq.editing.publication.review import State
from miniprogram_api import audit
from miniprogram_api.accounts import switching
from miniprogram_api.operations import outages
from miniprogram_api.staff import attempts as staff_attempts
from miniprogram_api.texts import words
from miniprogram_api.tickets import opening
from miniprogram_api.tickets.opening import Opening
from models.desks.audit import AuditEntry
from models.desks.tickets import Ticket
from models.faq.messages import APPLIED, DISMISSED, NOT_OURS
from models.storage.database import transaction
from tests.architecture import source
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of, window_of
from tests.support.service.service import Service

# The values of the parts that tags are composed of, by variable name.
PARTS = {
    "state": (APPLIED, DISMISSED, NOT_OURS),
    "tag": (staff_attempts.FAILED, staff_attempts.LOCKED),
    "step": get_args(State),
    "act": ("archived", "restored"),
    "said": ("asked", "answered"),
    "change": ("described", "persons_chosen", "reported", "notice_asked", "notice_begun", "closed"),
    "done": ("admin:staff:readmitted", "admin:staff:reset", "command:staff:reset"),
    "ENABLED": (switching.ENABLED,),
    "DISABLED": (switching.DISABLED,),
    "REOPENED": (switching.REOPENED,),
}


def written() -> list[ast.Call]:
    """Return every call in the product that writes an audit line."""
    return [
        node
        for file in source.sources("handlers", "faq", "miniprogram_api")
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("audit.write", "audit.write_own")
    ]


def tags_of(node: ast.expr) -> set[str]:
    """Return all tags that an expression can be."""
    if isinstance(node, ast.Constant):
        return {str(node.value)}
    if isinstance(node, ast.IfExp):
        return tags_of(node.body) | tags_of(node.orelse)
    if isinstance(node, ast.Name):
        return set(PARTS[node.id])
    assert isinstance(node, ast.JoinedStr), ast.unparse(node)
    pieces = [
        tags_of(part.value if isinstance(part, ast.FormattedValue) else part)
        for part in node.values
    ]
    return {"".join(chosen) for chosen in product(*pieces)}


def test_every_written_act_has_a_name() -> None:
    found = set().union(*(tags_of(call.args[0]) for call in written()))
    assert len(found) > 60
    assert set(words("audit.tags")) == found


def test_every_written_field_has_a_name() -> None:
    fields = {
        (tag, word.arg)
        for call in written()
        for tag in tags_of(call.args[0])
        for word in call.keywords
        if word.arg not in (None, "actor", "account_id")
    }
    assert len(fields) > 60
    nameless = {(tag, name) for tag, name in fields if name not in words("audit.fields")}
    assert {":".join(pair) for pair in nameless} <= set(words("audit.fields_of_tag"))


@pytest.fixture
def auditor(desk_service: Service) -> Desk:
    return Desk(desk_service, token_of(member_of("auditor", name="孙审计")))


def rows_of(desk: Desk, query: str = "") -> list[dict[str, str]]:
    file = desk.get(f"/audit.csv?{query}")
    assert file.status_code == 200
    return list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))


def test_line_is_shown_without_codes(auditor: Desk) -> None:
    member = member_of("operator", name="周运行")
    outages.switch_off("sms", "短信通道正在维护。", None, actor=member.actor)
    with transaction():
        audit.write(
            "admin:staff:roles",
            actor=member.actor,
            member=member.id,
            before="clerk",
            after="clerk,editor",
        )
        audit.write("command:other:thing", actor="command:root", other="乙", letter="reply-4")
    page = auditor.get("/audit").text
    for text in (
        "关闭来源", "来源：短信验证码", "给用户的说明：短信通道正在维护。",
        "工作人员：周运行", "现在的角色：窗口人员、常见问题编辑",
        "command:other:thing", "other：乙", "消息：聊天回复4号",
        '<option value="admin:source:switched_off">关闭来源</option>',
    ):  # fmt: skip
        assert text in page, text
    for code in (r"\u", "{&#34;", "<code>"):
        assert code not in page
    [row] = rows_of(auditor, "tag=admin:source:switched_off")
    assert (row["事项"], row["事项代码"]) == ("关闭来源", "admin:source:switched_off")
    assert row["详情"] == "给用户的说明：短信通道正在维护。；来源：短信验证码"
    exported = auditor.get("/audit?tag=admin:audit:exported").text
    assert "筛选条件：事项 关闭来源" in exported


def _ticket() -> Ticket:
    return opening.insert(
        Opening(kind="other", source="user", openid="o-zhang"), "other", actor="wechat:o-zhang"
    )


def test_ids_of_a_line_are_resolved(auditor: Desk) -> None:
    counter, ticket = window_of("城东窗口"), _ticket()
    known = drafts.entry("segment_199").content["title"]
    with transaction():
        for tag, actor, details in (
            ("admin:staff:created", "wechat:o-very-secret", {"window": counter.id}),
            ("job:ticket:escalated", "worker", {"ticket": ticket.id}),
            ("faq:draft:moved", "command:root", {"entry": "segment_199", "before": "no_such"}),
            ("admin:staff:roles", "command:root", {"after": "editor", "before": ""}),
        ):
            audit.write(tag, actor=actor, **details)
    roles, moved, escalated, created, *_ = rows_of(auditor)[1:]
    assert escalated["详情"] == f"工单：{ticket.number}"
    assert roles["详情"] == "原来的角色：无；现在的角色：常见问题编辑"
    assert moved["详情"] == f"移到此条之前：no_such；条目：{known}"
    assert (created["操作人"], created["详情"]) == ("微信用户（o-very…）", "窗口：城东窗口")


def test_refused_attempts_are_described(desk_service: Service, auditor: Desk) -> None:
    clerk = Desk(desk_service, token_of(member_of("clerk")))
    assert clerk.get("/audit").status_code == 403
    # The navigation lists releases, but no page of one release.
    assert clerk.get("/releases/1").status_code == 403
    page = auditor.get("/audit").text
    assert "操作：打开 审计日志" in page
    assert "操作：打开 发布记录" in page
    assert "FORBIDDEN" not in page


def test_members_are_found_by_name(auditor: Desk) -> None:
    two = [member_of("operator", name="周运行", username=name) for name in ("zhou_yi", "Zhou_er")]
    for member in two:
        outages.switch_on("sms", actor=member.actor)
        outages.switch_off("sms", "短信通道正在维护。", None, actor=member.actor)
    outages.switch_on("sms", actor="command:root")

    def found(actor: str) -> list[str]:
        query = f"tag=admin:source:switched_off&actor={actor}"
        assert auditor.get(f"/audit?{query}").status_code == 200
        return [row["操作人代码"] for row in rows_of(auditor, query)]

    first, second = (member.actor for member in two)
    assert found("周运行") == [second, first]
    assert found("zhou_ER") == [second]
    assert found(first) == [first]
    assert next(row["操作人"] for row in rows_of(auditor, f"actor={first}")) == "周运行"
    for actor in ("command:root", "命令行（root）"):
        [row] = rows_of(auditor, f"tag=admin:source:switched_on&actor={actor}")
        assert row["操作人"] == "命令行（root）"
    audit.write_own("staff:sign_in:failed", actor="stranger", why="unknown")
    assert [row["操作人代码"] for row in rows_of(auditor, "actor=未登录的人")] == ["stranger"]
    exports = AuditEntry.select().where(AuditEntry.tag == "admin:audit:exported")
    assert all(r"\u5468" not in line.details for line in exports)
    assert "操作人 周运行、周运行" in auditor.get("/audit?tag=admin:audit:exported").text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("account_id=abc", "账号只能是数字"),
        ("account_id=" + "9" * 25, "账号只能是数字"),
        ("actor=无此人", "没有这个工作人员"),
        ("tag=no:such:tag", "没有这个事项"),
        ("first_day=2026-02-02&last_day=2026-02-01", "开始日期不能晚于结束日期"),
        ("last_day=gestern", "请按“年-月-日”填写日期"),
    ],
)
def test_invalid_filter_is_named_and_lists_nothing(auditor: Desk, query: str, said: str) -> None:
    outages.switch_off("sms", "短信通道正在维护。", None, actor="command:root")
    for path in ("/audit", "/audit.csv"):
        answer = auditor.get(f"{path}?{query}")
        assert answer.status_code == 422
        assert said in answer.text
        assert "短信通道正在维护" not in answer.text
