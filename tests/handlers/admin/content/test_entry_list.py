"""The list of entries: order, remembered filters, new entries and copies."""

import re
from typing import Any

import pytest

from faq.conversation import usage
from faq.editing import drafts
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service, data_of

LOGIN, SEGMENT, SYMBOL = "user_not_found", "segment_199", "name_symbol"
NEW = "/entries/new"
FORM = {"kind": "case", "case": "17", "title": "银行卡验证不过", "category": "其他", "slug": ""}


@pytest.fixture
def editor(desk_service: Service) -> Desk:
    return Desk(desk_service, token_of(member_of("editor")))


def listed(editor: Desk, query: str) -> list[str]:
    """Return the slugs of the rows, in order."""
    text = editor.get(f"/entries?{query}").text
    return re.findall(r'class="entry-title"><a href="/admin/entries/(\w+)"', text)


def ask_and_rate(service: Service, question: str, *ratings: bool) -> None:
    for helpful in ratings:
        asked = data_of(service.post("/faq/ask", json={"question": question}))
        path = f"/faq/messages/{asked['message_id']}/feedback"
        service.post(path, json={"helpful": helpful})


def test_list_is_sorted_by_answers_and_help_rate(desk_service: Service, editor: Desk) -> None:
    ask_and_rate(desk_service, "199号段暂不支持", True, True, False)
    ask_and_rate(desk_service, "提示用户不存在", False)
    assert {SEGMENT, LOGIN} == {s for s, used in _used().items() if used.hits}
    assert listed(editor, "order=most")[:2] == [SEGMENT, LOGIN]
    assert listed(editor, "order=worst")[:2] == [LOGIN, SEGMENT]
    assert listed(editor, "order=best")[:2] == [SEGMENT, LOGIN]
    # The second page goes on where the first ended.
    first, second = listed(editor, "order=least"), listed(editor, "order=least&after=50")
    assert len(first) == 50
    assert second[-2:] == [LOGIN, SEGMENT]
    assert sorted([*first, *second]) == sorted(p.key.name for p in drafts.parts() if p.key.name)
    sorted_by = editor.get("/entries?order=most").text
    assert sorted_by.count("aria-sort=") == 1
    assert 'aria-sort="descending"><a href="/admin/entries?order=least">30天回答' in sorted_by


def _used() -> dict[str, usage.Usage]:
    return usage.of_entries([p.key.name for p in drafts.parts() if p.key.name])


def test_numbers_of_cases_are_shown(editor: Desk) -> None:
    row = editor.get("/entries?q=199号段手机号").text.partition("<tbody>")[2]
    assert '<td class="text-end number">2</td>' in row


def test_filters_stay_and_are_remembered_by_an_entry(editor: Desk) -> None:
    category = drafts.entry(SEGMENT).content["category"]
    page = editor.get(f"/entries?category={category}&state=published&order=most").text
    # The filter form keeps the order, the heads of the columns keep the filters.
    assert '<input type="hidden" name="order" value="most">' in page
    assert "state=published&amp;order=worst" in page
    for path in (f"/entries/{SEGMENT}", f"/entries/{SEGMENT}/history"):
        above = editor.get(path).text.partition('class="page-pretitle"><a href="')[2]
        address = above.partition('"')[0]
        assert re.search(r"\?category=.+&amp;state=published&amp;order=most$", address), path
    # A new entry belongs to the category that is looked at.
    assert f'name="category" value="{category}"' in editor.get(NEW).text
    editor.get("/entries")
    assert '<a href="/admin/entries">常见问题' in editor.get(f"/entries/{SEGMENT}").text


def test_case_is_made_in_the_page_with_the_next_number(editor: Desk) -> None:
    assert 'name="case" type="text" value="17"' in editor.get(NEW).text
    made = editor.post(NEW, FORM)
    assert made.headers["Location"] == "/admin/entries/yin_hang_ka_yan_zheng_bu_guo?done=begun"
    found = drafts.entry("yin_hang_ka_yan_zheng_bu_guo")
    assert (found.held, found.content["kind"], found.content["case"]) == (True, "case", 17)
    assert 'name="case" type="text" value="18"' in editor.get(NEW).text


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"slug": SEGMENT}, "标识segment_199已经有条目在用"),
        ({"slug": "Bank"}, "标识只能用小写字母"),
        ({"case": "2"}, "编号2已经是“199号段手机号暂不支持”，下一个空的编号是17"),
        ({"case": "0"}, "情形编号是从1开始的数字"),
        ({"title": " "}, "请填写标题"),
    ],
)
def test_refused_new_entry_keeps_what_was_typed(
    editor: Desk, changes: dict[str, str], told: str
) -> None:
    form = {**FORM, "title": "银行卡", "category": "银行", "slug": "bank", **changes}
    refused = editor.post(NEW, form)
    assert refused.status_code == 422
    assert told in refused.text
    for name in ("title", "category", "slug", "case"):
        assert re.search(rf'name="{name}"[^>]* value="{form[name].strip() or " ?"}"', refused.text)
    assert "bank" not in {p.key.name for p in drafts.parts()}


def test_slug_is_proposed_and_checked_while_typing(editor: Desk) -> None:
    def checked(query: str) -> dict[str, Any]:
        return dict(editor.get(f"/entry-names?{query}").json())

    assert checked("title=重置密码")["slug"] == "chong_zhi_mi_ma"
    assert checked("title=绿色通道199")["slug"] == "lv_se_tong_dao_199"
    assert checked("title=199号段")["slug"] == "entry_199_hao_duan"
    assert checked("title=！")["slug"] == "entry"
    editor.post(NEW, {**FORM, "title": "重置密码"})
    assert checked("title=重置密码")["slug"] == "chong_zhi_mi_ma_2"
    found = checked(f"slug={SEGMENT}&case=17")
    assert sorted(found["errors"]) == ["case", "slug"]
    assert checked("slug=bank&case=18")["errors"] == {}


def test_copy_brings_all_but_what_one_entry_alone_may_have(editor: Desk) -> None:
    source = drafts.entry(SYMBOL).content
    assert f"/entries/new?source={SYMBOL}" in editor.get(f"/entries/{SYMBOL}").text
    page = editor.get(f"{NEW}?source={SYMBOL}").text
    assert f'value="{source["title"]}（副本）"' in page
    form = {**FORM, "title": "少数民族姓名", "source": SYMBOL}
    assert editor.post(NEW, form, page=f"{NEW}?source={SYMBOL}").status_code == 302
    copy = drafts.entry("shao_shu_min_zu_xing_ming").content
    assert copy["title"] == "少数民族姓名"
    assert (copy["answer"], copy["steps"], copy["images"]) == (
        source["answer"],
        source["steps"],
        source["images"],
    )
    assert not {"questions", "negatives", "synonyms", "explains"} & copy.keys()
    assert editor.get(f"{NEW}?source=nowhere").status_code == 404


def test_place_and_category_that_stay_are_not_told_as_saved(editor: Desk) -> None:
    category = drafts.entry(SEGMENT).content["category"]
    for path, form, done in (
        ("/entry-order", {"slug": SEGMENT, "number": "2"}, "unchanged"),
        ("/entry-order", {"slug": SEGMENT, "number": "3"}, "saved"),
        ("/entry-category", {"chosen": [SEGMENT], "new_category": category}, "unchanged"),
        ("/entry-category", {"chosen": [SEGMENT], "new_category": "别的"}, "saved"),
    ):
        assert editor.post(path, form, page="/entries").headers["Location"].endswith(done), form
