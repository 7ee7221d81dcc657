"""Every known name of a service leads to the entry that shows its item."""

import pytest

from faq.content.entries import Content, Entry
from faq.matching.matcher import Matcher
from tests.faq.content.test_catalogue import CODES


def shown_by(content: Content, entry: Entry) -> set[str]:
    """Return the items that an entry or the items' pages that it links to show."""
    linked = {button.get("page", "").partition("?item=")[2] for button in entry.buttons}
    groups = [group for group in content.catalogue if group.code in linked | {entry.catalogue}]
    return linked | {item.code for group in groups for item in (group, *group.items)}


@pytest.mark.parametrize("asked", ["{}", "{}怎么办理"])
def test_known_name_leads_to_its_item(matcher: Matcher, shipped: Content, asked: str) -> None:
    lost = {}
    for name, code in CODES.items():
        entry = matcher.match(asked.format(name)).entry
        if not isinstance(entry, Entry) or code not in shown_by(shipped, entry):
            lost[name] = entry.title if isinstance(entry, Entry) else None
    assert lost == {}


def test_cooperation_is_asked_back(matcher: Matcher) -> None:
    entry = matcher.match("合作企业注册").entry
    assert isinstance(entry, Entry)
    assert entry.answer.startswith("请问您要办哪一种？")
    assert {button["label"] for button in entry.buttons} == {
        "合伙企业",
        "农民专业合作社",
        "外商投资企业",
    }
