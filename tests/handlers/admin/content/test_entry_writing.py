"""What helps while an entry is written: alike entries, other editors, pasted tables."""

import pytest

from faq.editing import drafts
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service

SLUG = "segment_199"
PATH = f"/entries/{SLUG}"


@pytest.fixture
def editor(desk_service: Service) -> Desk:
    return Desk(desk_service, token_of(member_of("editor")))


def test_new_entry_shows_entries_that_are_alike(editor: Desk) -> None:
    question = drafts.entry(SLUG).content["questions"][0]
    alike = editor.get("/entry-names", params={"title": question}).json()["alike"]
    assert f"/admin/entries/{SLUG}" in [one["address"] for one in alike]
    assert editor.get("/entry-names", params={"title": ""}).json()["alike"] == []


def test_editors_of_one_entry_see_each_other(desk_service: Service, editor: Desk) -> None:
    colleague = Desk(desk_service, token_of(member_of("editor", name="王编辑")))
    path = f"{PATH}/presence"
    assert colleague.post(path, page=PATH).json() == {"others": []}
    assert editor.post(path, page=PATH).json() == {"others": ["王编辑"]}
    assert len(colleague.post(path, page=PATH).json()["others"]) == 1
    colleague.post(path, {"leaves": "1"}, page=PATH)
    assert editor.post(path, page=PATH).json() == {"others": []}


def test_pasted_table_becomes_a_list(editor: Desk) -> None:
    html = "<table><tr><td>设立</td><td>3天</td></tr><tr><td>变更</td><td>1天</td></tr></table>"
    answer = editor.post("/pasted-text", {"html": html, "text": "x"}, page=PATH).json()
    assert answer == {
        "text": "- 设立：3天\n- 变更：1天",
        "items": ["设立：3天", "变更：1天"],
        "is_table": True,
    }
