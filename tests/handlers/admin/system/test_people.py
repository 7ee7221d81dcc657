"""Staff pages: two administrators remain, own permissions cannot be raised."""

import re

from miniprogram_api.phones import ranges as number_ranges
from miniprogram_api.staff import members as staff
from models.desks.audit import AuditEntry
from tests.support.admin.desk import Desk
from tests.support.admin.staff import STAFF_PASSWORD, member_of, token_of
from tests.support.people.persons import person
from tests.support.service.service import Service


def test_administrator_creates_a_member(desk_service: Service) -> None:
    desk = Desk(desk_service, token_of(member_of("administrator")))
    refused = desk.post("/staff/new", {"username": "x", "name": "", "roles": ["editor"]})
    assert refused.status_code == 422
    assert "用户名为4至32位" in refused.text
    assert "登录账号" not in refused.text
    form = {"username": "liu_bian", "name": "<b>刘编</b>", "roles": ["editor"]}
    shown = desk.post("/staff/new", form)
    assert "&lt;b&gt;刘编" in shown.text
    assert "<b>刘编" not in shown.text
    password = re.search(r'user-select-all">([a-hjkmnp-z2-9]{16})<', shown.text)
    assert password is not None

    newcomer = Desk(desk_service)
    answer = newcomer.post("/sign-in", {"username": "liu_bian", "password": password[1]})
    assert answer.headers["Location"] == "/admin/password"
    assert "刘编" in desk.get("/staff").text


def test_own_roles_cannot_change_and_two_administrators_remain(desk_service: Service) -> None:
    first, second = member_of("administrator"), member_of("administrator")
    others = [m for m in staff.members() if m.id not in (first.id, second.id)]
    desk = Desk(desk_service, token_of(first))
    own = desk.post(f"/staff/{first.id}", {"roles": ["administrator", "centre"]})
    assert own.status_code == 403
    for act in ("end", "reset"):
        assert desk.post(f"/staff/{first.id}/{act}", page="/").status_code == 403
    assert staff.get(first.id).roles == {"administrator"}
    for role in ("auditor", "centre", "clerk", "editor", "operator"):
        other = member_of(role)
        theirs = Desk(desk_service, token_of(other))
        raised = theirs.post(f"/staff/{other.id}", {"roles": ["administrator"]}, page="/")
        assert raised.status_code == 403
        assert staff.get(other.id).roles == {role}
    for other in others:
        if "administrator" in other.roles:
            desk.post(f"/staff/{other.id}/end", page=f"/staff/{other.id}")
    same = desk.post(f"/staff/{second.id}", {"roles": ["administrator"]})
    assert same.headers["Location"].endswith("done=unchanged")
    answer = desk.post(f"/staff/{second.id}", {"roles": ["editor"]})
    assert answer.status_code == 409
    assert "至少要保留两名系统管理员" in answer.text
    assert "administrator" in staff.get(second.id).roles


def test_deactivated_member_is_marked_and_can_be_reactivated(desk_service: Service) -> None:
    desk = Desk(desk_service, token_of(member_of("administrator")))
    member = member_of("operator", name="赵运")
    page, back = f"/staff/{member.id}", f"/staff/{member.id}/return"
    assert "已停用" not in desk.get(page).text
    assert desk.post(back, {"roles": ["operator"]}, page=page).status_code == 409
    assert desk.post(f"{page}/end", page=page).status_code == 302
    shown = desk.get(page).text
    assert shown.count("已停用") >= 2
    assert f"/staff/{member.id}/reset" not in shown
    # A reset cannot reactivate a member.
    assert desk.post(f"{page}/reset", page=page).status_code == 409
    auditor = Desk(desk_service, token_of(member_of("auditor")))
    assert auditor.post(back, {"roles": ["operator"]}, page="/").status_code == 403
    bare = desk.post(back, {"roles": ["clerk"]}, page=page)
    assert bare.status_code == 422
    assert "窗口人员要指定所在的窗口" in bare.text
    done = desk.post(back, {"roles": ["editor"]}, page=page)
    assert "已重新启用" in done.text
    password = re.search(r'user-select-all">(\w+)<', done.text)
    assert password is not None
    again = staff.get(member.id)
    assert (again.active, again.roles, again.pending) == (True, {"editor"}, {"password"})
    answer = Desk(desk_service).post(
        "/sign-in", {"username": member.username, "password": password[1]}
    )
    assert answer.headers["Location"] == "/admin/password"
    noted = AuditEntry.select().where(AuditEntry.tag == "admin:staff:readmitted")
    assert noted.count() == 1


def test_locked_member_is_unlocked(desk_service: Service) -> None:
    desk = Desk(desk_service, token_of(member_of("administrator")))
    member = member_of("operator")
    form = {"username": member.username, "password": "not his password"}

    def lock() -> None:
        for _ in range(6):
            refused = Desk(desk_service).post("/sign-in", form)
        assert refused.status_code == 423
        assert "解除锁定" in desk.get(f"/staff/{member.id}").text

    lock()
    right = {**form, "password": STAFF_PASSWORD}
    assert Desk(desk_service).post("/sign-in", right).status_code == 423
    answer = desk.post(f"/staff/{member.id}/unlock", page=f"/staff/{member.id}")
    assert answer.headers["Location"] == f"/admin/staff/{member.id}?done=unlocked"
    assert "解除锁定" not in desk.get(f"/staff/{member.id}").text
    assert Desk(desk_service).post("/sign-in", right).status_code == 302
    assert AuditEntry.select().where(AuditEntry.tag == "admin:staff:unlocked").count() == 1
    # A new password must also unlock.
    lock()
    desk.post(f"/staff/{member.id}/reset", page=f"/staff/{member.id}")
    assert "解除锁定" not in desk.get(f"/staff/{member.id}").text
    other = Desk(desk_service, token_of(member_of("auditor")))
    assert other.post(f"/staff/{member.id}/unlock", page="/").status_code == 403


def test_member_cannot_handle_own_matters(desk_service: Service) -> None:
    desk, someone = Desk(desk_service, token_of(member_of("administrator"))), person(number=71)
    form = {"username": "li_chuang", "name": "李窗", "roles": ["editor"], "id_number": "1"}
    assert "请填写18位身份证号码" in desk.post("/staff/new", form).text
    assert desk.post("/staff/new", {**form, "id_number": someone.id_number}).status_code == 200
    member = next(found for found in staff.members() if found.username == "li_chuang")
    page = f"/staff/{member.id}"
    shown = desk.get(page).text
    assert "已登记身份证号码" in shown
    assert someone.id_number not in shown
    wrong = desk.post(f"{page}/identity", {"id_number": "1"}, page=page)
    assert wrong.status_code == 422
    assert desk.post(f"{page}/identity", {"id_number": ""}, page=page).status_code == 302
    assert "还没有登记身份证号码" in desk.get(page).text
    noted = AuditEntry.select().where(AuditEntry.tag == "admin:staff:identity")
    assert [someone.id_number in entry.details for entry in noted] == [False]


def test_auditor_reads_and_changes_nothing(desk_service: Service) -> None:
    auditor, other = member_of("auditor"), member_of("editor")
    desk = Desk(desk_service, token_of(auditor))
    assert desk.get("/staff").status_code == 200
    assert desk.get(f"/staff/{other.id}").status_code == 200
    for path in (f"/staff/{other.id}", f"/staff/{other.id}/end", f"/staff/{other.id}/reset"):
        assert desk.post(path, {"roles": ["centre"]}, page="/").status_code == 403
    assert staff.get(other.id).roles == {"editor"}


def test_audit_log_is_searched_and_exported(desk_service: Service) -> None:
    administrator = member_of("administrator")
    desk = Desk(desk_service, token_of(administrator))
    desk.post("/staff/new", {"username": "wang_yun", "name": "王运", "roles": ["operator"]})
    page = desk.get("/audit?tag=admin:staff:created")
    assert "admin:staff:created" in page.text
    assert "经办人" in page.text
    assert "没有符合条件的记录" in desk.get("/audit?actor=staff:999999999").text
    number_ranges.set_range("1700", None, actor="command:root")
    assert "命令行（root）" in desk.get("/audit?actor=command:root").text
    assert desk.get("/audit?first_day=0001-01-01&last_day=9999-12-31").status_code == 200

    file = desk.get("/audit.csv?tag=admin:staff:created")
    assert file.content.startswith(b"\xef\xbb\xbf")
    assert "admin:staff:created" in file.text
    assert AuditEntry.select().where(AuditEntry.tag == "admin:audit:exported").count() == 1
