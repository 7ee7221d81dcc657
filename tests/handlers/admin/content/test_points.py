"""Pages of points over HTTP: the table of an entry, conflicts, the list, confirmation, files."""

import csv
import io
import re
from html import unescape
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from faq.editing import draft_points, drafts
from handlers.admin.content.forms import points as point_form
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service

SLUG = "segment_199"
PATH = f"/entries/{SLUG}/points"
WORDINGS = "三个人能挂一个号吗\n全家共用一个手机号\n一个号码注册几家人"
NEW: dict[str, str] = {
    "question": "一个号能注册几个人",
    "wordings": WORDINGS,
    "answer": "一个手机号最多供{一号账号数}个人注册。",
}


@pytest.fixture
def editor(small_service: Service) -> Desk:
    return Desk(small_service, token_of(member_of("editor", name="李编辑")))


def form_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the form of these points as a browser sends it."""
    form: dict[str, Any] = {"point": [row["id"] for row in rows]}
    for point in rows:
        row = point_form.row_of(point)
        values: dict[str, Any] = {
            "question": row.question,
            "wordings": row.wordings,
            "answer": row.answer,
            "asks": row.asks,
            "person": row.person,
            "states": [name for name, _ in row.states],
            "unless": [name for name, _ in row.unless],
            "action_type": row.action[0],
            "action_label": row.action[1],
            "action_target": row.action[2],
        }
        form |= {f"{name}.{row.id}": value for name, value in values.items()}
        if row.is_local:
            form[f"is_local.{row.id}"] = "1"
    return form


def typed(**changes: Any) -> dict[str, Any]:
    """Return the form with one more point, `people`, whose fields may be changed."""
    part = drafts.entry(SLUG)
    form = form_of(draft_points.read(part))
    form["point"] = [*form["point"], "people"]
    form |= {f"{name}.people": value for name, value in {**NEW, **changes}.items()}
    return {**form, "revision": str(part.revision)}


def saved(name: str = "people", slug: str = SLUG) -> dict[str, Any]:
    return draft_points.find(slug, name)


def plain(text: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", text))


def test_form_holds_every_point_as_it_is(small_service: Service) -> None:
    known = [
        point
        for part in drafts.parts()
        if part.key.kind == "entry"
        for point in draft_points.read(part)
    ]
    assert len(known) > 20
    for point in known:
        assert point_form.content_of(MultiDict(form_of([point]))) == [point]


def test_point_is_added_changed_moved_and_deleted(editor: Desk) -> None:
    before = [point["id"] for point in draft_points.read(drafts.entry(SLUG))]
    more = {
        "asks": "how_long",
        "person": "other",
        "states_add": "密码已锁定（locked）",
        "unless": ["frozen"],
        "action_type": "call",
        "action_label": "打热线",
        "action_target": "12345",
        "is_local": "1",
    }
    assert editor.post(PATH, typed(**more)).status_code == 302
    assert saved() == {
        "id": "people",
        "question": NEW["question"],
        "wordings": WORDINGS.split("\n"),
        "answer": NEW["answer"],
        "asks": "how_long",
        "person": "other",
        "states": ["locked"],
        "unless": ["frozen"],
        "action": {"type": "call", "label": "打热线", "call": "12345"},
        "is_local": True,
    }
    assert [p["id"] for p in draft_points.read(drafts.entry(SLUG))] == [*before, "people"]
    history = plain(editor.get(f"/entries/{SLUG}/history").text)
    assert "要点“一个号能注册几个人”" in history
    assert "答案：一个手机号最多供{一号账号数}个人注册。" in history

    form = form_of(draft_points.read(drafts.entry(SLUG)))
    form["point"] = ["people", *before]
    revision = str(drafts.entry(SLUG).revision)
    assert editor.post(PATH, {**form, "revision": revision}).status_code == 302
    assert [p["id"] for p in draft_points.read(drafts.entry(SLUG))] == ["people", *before]
    form |= {"revision": str(drafts.entry(SLUG).revision), "point_remove": "people"}
    assert editor.post(PATH, form).status_code == 302
    assert [p["id"] for p in draft_points.read(drafts.entry(SLUG))] == before


def test_autosave_names_faults_and_warnings(editor: Desk) -> None:
    other = drafts.entry("sms_not_received").content
    answer = editor.post(
        f"{PATH}/autosave",
        typed(
            answer="{没有的数}分钟内{时间}可用。",
            wordings=f"{other['questions'][0]}\n第二种说法",
        ),
        page=PATH,
    ).json()
    assert answer["fields"]["revision"] == drafts.entry(SLUG).revision
    assert any("别的问法至少3条，现在2条" in problem for problem in answer["problems"])
    assert any(other["questions"][0] in warning for warning in answer["warnings"])
    shown = editor.post(f"{PATH}/autosave", typed(answer="{没有的数}分钟。"), page=PATH).json()
    assert any("不能用{没有的数}" in problem for problem in shown["problems"])
    long = editor.post(f"{PATH}/autosave", typed(answer="很" * 121), page=PATH).json()
    assert any("最多120个字" in problem for problem in long["problems"])
    right = editor.post(
        f"{PATH}/autosave", typed(states=["locked"], answer="{时间}解锁。"), page=PATH
    )
    assert (right.json()["problems"], right.json()["warnings"]) == ([], [])


def test_points_with_the_same_answer_are_told(editor: Desk) -> None:
    twin = {"id": "twin", **NEW, "question": "几个人共一个号", "wordings": ["甲甲", "乙乙", "丙丙"]}
    draft_points.put("sms_not_received", twin, editor="test")
    answer = editor.post(f"{PATH}/autosave", typed(), page=PATH).json()
    assert answer["problems"] == []
    assert any("几个人共一个号”答案一样" in warning for warning in answer["warnings"])
    draft_points.put(SLUG, twin, editor="test")
    form = {**typed(), "revision": str(drafts.entry(SLUG).revision)}
    answer = editor.post(f"{PATH}/autosave", form, page=PATH).json()
    assert any("请合成一个" in problem for problem in answer["problems"])


def test_two_editors_change_two_points(editor: Desk) -> None:
    assert editor.post(PATH, typed()).status_code == 302
    mine, theirs = typed(answer="我写的短答。"), saved()
    colleague = member_of("editor", name="王编辑").actor
    fee = {"id": "fee", "question": "收费吗", "answer": "不收费。", "wordings": ["甲", "乙", "丙"]}
    draft_points.put(SLUG, {**theirs, "question": "同事改的问题"}, editor=colleague)
    draft_points.put(SLUG, fee, editor=colleague)
    assert editor.post(f"{PATH}/autosave", mine, page=PATH).status_code == 409
    page = editor.post(PATH, mine)
    assert page.status_code == 409
    assert "王编辑" in plain(page.text)
    picks = re.findall(r'name="(pick\.points\.\w+)" value="(\w+)" checked', page.text)
    assert dict(picks) == {"pick.points.people": "mine", "pick.points.fee": "theirs"}
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(
        r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text
    ):
        fields.setdefault(unescape(name), []).append(unescape(value))
    fields.pop("csrf")
    merged = editor.post(f"{PATH}/merge", {**fields, **dict(picks)}, page=PATH)
    assert merged.status_code == 302
    assert (saved()["question"], saved()["answer"]) == (NEW["question"], "我写的短答。")
    assert saved("fee")["answer"] == "不收费。"


def test_bureau_confirms_local_points(editor: Desk) -> None:
    assert editor.post(PATH, typed(is_local="1")).status_code == 302
    listed = plain(editor.get("/points?local=1").text)
    assert NEW["question"] in listed
    everyone = editor.get("/points?q=一个号能注册几个人").text
    assert "待本局确认" in everyone
    file = editor.get("/points.csv?local=1")
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    (row,) = [row for row in rows if row["要点标识"] == "people"]
    assert (row["标识"], row["待本局确认"], row["别的问法"]) == (SLUG, "是", WORDINGS)
    confirmed = editor.post(
        "/points/confirmation",
        {"of": SLUG, "point": "people", "local": "1"},
        page="/points?local=1",
    )
    assert confirmed.headers["Location"].endswith("/points?local=1&done=saved")
    assert "is_local" not in saved()
    assert NEW["question"] not in plain(editor.get("/points?local=1").text)
    unknown = editor.post("/points/confirmation", {"of": SLUG, "point": "no"}, page="/points")
    assert unknown.status_code == 404


def test_file_of_points_is_previewed_and_imported(editor: Desk) -> None:
    assert editor.post(PATH, typed(is_local="1", asks="cost")).status_code == 302
    changed = editor.get(f"/points.xlsx?slug={SLUG}")
    assert changed.content.startswith(b"PK")
    text = editor.get(f"/points.csv?slug={SLUG}").content.decode("utf-8-sig")
    file = {"file": ("要点.csv", text.replace("个人注册。", "个人用。").encode())}
    # All entries stay, although the form says that the file is everything.
    sent = editor.post("/exchange", {"replaces": "1"}, files=file)
    preview = editor.get(sent.headers["Location"].removeprefix("/admin")).text
    assert "要点“一个号能注册几个人”" in plain(preview)
    form = dict(re.findall(r'<input type="hidden" name="(seen)" value="([^"]*)">', preview))
    path = sent.headers["Location"].removeprefix("/admin")
    assert editor.post(f"{path}/import", form, page=path).status_code == 302
    assert saved()["answer"] == "一个手机号最多供{一号账号数}个人用。"
    assert (saved()["asks"], saved()["is_local"]) == ("cost", True)
    assert not [part.key.name for part in drafts.parts() if part.is_retired]


def test_reader_without_the_right_to_write_sees_points_alone(small_service: Service) -> None:
    desk = Desk(small_service, token_of(member_of("auditor")))
    page = desk.get(PATH)
    assert page.status_code == 200
    assert "data-autosave" not in page.text
    assert desk.post(PATH, {}, page="/profile").status_code == 403
    assert desk.get("/points").status_code == 200
