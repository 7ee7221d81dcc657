"""Pages of the lists beside the entries: edits, conflicts, rollback."""

import re
from html import unescape

import pytest

from faq.editing import drafts
from faq.release.parts import Key
from handlers.admin.content import list_forms
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service

KINDS = ("out_of_scope", "smalltalk", "synonyms", "replies")


@pytest.fixture
def editor(small_service: Service) -> Desk:
    return Desk(small_service, token_of(member_of("editor", name="甲编辑")))


def typed(desk: Desk, kind: str, **changes: str) -> dict[str, str]:
    """Return the form of a list as a browser sends it."""
    text = desk.get(f"/lists/{kind}").text
    fields = {}
    for name, value in re.findall(r'<input [^>]*?name="([^"]+)" value="([^"]*)"', text):
        fields[name] = unescape(value)
    for name, value in re.findall(r'<textarea [^>]*?name="([^"]+)"[^>]*>([^<]*)<', text):
        fields[name] = unescape(value)
    for name, options in re.findall(r'<select [^>]*?name="([^"]+)"[^>]*>(.*?)</select>', text):
        chosen = re.search(r'value="(\w*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    return {**fields, **changes}


def test_buttons_are_named_as_in_the_entry_form(editor: Desk) -> None:
    def types(path: str, name: str) -> dict[str, str]:
        found = re.search(rf'<select [^>]*name="{name}"[^>]*>(.*?)</select>', editor.get(path).text)
        assert found is not None
        return dict(re.findall(r'<option value="(\w+)"[^>]*>([^<]+)<', found[1]))

    in_replies = types("/lists/replies", "type.1")
    assert in_replies == types("/entries/segment_199", "action_type")
    assert in_replies["call"] == "打电话"


@pytest.mark.parametrize("kind", KINDS)
def test_unchanged_form_changes_nothing(editor: Desk, kind: str) -> None:
    before = drafts.part(Key(kind))
    assert editor.post(f"/lists/{kind}", typed(editor, kind)).status_code == 302
    assert drafts.part(Key(kind)) == before


def test_words_that_contain_separators_are_kept() -> None:
    content = [{"word": "a", "spellings": ["b、c"]}, {"word": "d", "spellings": ["e", "f,g"]}]
    rows = list_forms.rows_of("synonyms", content)
    form = {f"{name}.{n}": text for n, row in enumerate(rows) for name, text in row.items()}
    assert list_forms.content_of("synonyms", content, form) == content


def test_service_is_added_and_removed(editor: Desk) -> None:
    form = typed(editor, "out_of_scope")
    spare = max(int(name[5:]) for name in form if name.startswith("name."))
    form |= {f"name.{spare}": "省图书馆", f"words.{spare}": "图书馆、借书证", "name.1": ""}
    assert editor.post("/lists/out_of_scope", form).status_code == 302
    services = drafts.part(Key("out_of_scope")).content["other_services"]
    assert services[-1] == {"name": "省图书馆", "words": ["图书馆", "借书证"]}
    assert "支付宝" not in [service["name"] for service in services]
    assert "有修改" in editor.get("/lists").text
    assert "不归我们的问题" in editor.get("/publish").text

    bad = typed(editor, "replies", other_service="没有名称")
    assert editor.post("/lists/replies", bad).status_code == 302
    assert "还不能发布" in editor.get("/lists/replies").text


def test_concurrent_edits_lose_no_text_and_history_is_restored(
    small_service: Service, editor: Desk
) -> None:
    mine = typed(editor, "replies", unknown="我写的答复。")
    other = Desk(small_service, token_of(member_of("editor", name="乙编辑")))
    theirs = typed(other, "replies", unknown="别人写的答复。")
    assert other.post("/lists/replies", theirs).status_code == 302
    conflict = editor.post("/lists/replies", mine)
    assert conflict.status_code == 409
    assert "乙编辑" in conflict.text
    assert "我写的答复。" in conflict.text
    assert "别人" in conflict.text
    revision = re.search(r'name="revision" value="(\d+)"', conflict.text)
    assert revision is not None
    merged = {**mine, "unknown": "合在一起。", "revision": revision[1]}
    assert editor.post("/lists/replies", merged).status_code == 302
    part = drafts.part(Key("replies"))
    assert part.content["unknown"] == "合在一起。"
    assert "<ins>" in editor.get("/lists/replies/history").text
    back = {"to": "1", "revision": str(part.revision)}
    page = "/lists/replies/history"
    assert editor.post("/lists/replies/roll-back", back, page=page).status_code == 302
    assert drafts.part(Key("replies")).state == "published"


def test_auditor_reads_lists_and_changes_none(small_service: Service) -> None:
    auditor = Desk(small_service, token_of(member_of("auditor")))
    for kind in KINDS:
        assert auditor.get(f"/lists/{kind}").status_code == 200
        assert auditor.post(f"/lists/{kind}", {"unknown": "x"}).status_code == 403
        for act in ("discard", "roll-back"):
            assert auditor.post(f"/lists/{kind}/{act}", page="/").status_code == 403
    assert auditor.get("/lists/entry").status_code == 404
