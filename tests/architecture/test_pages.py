"""The front end's pages: all that content and code link to exist, and offer what they say."""

import re
from pathlib import Path

from faq.content import seed
from faq.content.catalogue import Item
from faq.content.entries import Content
from miniprogram_api.texts.pages import TITLES, is_page
from tests.architecture.source import sources

ADDRESS = re.compile(r"pages/[A-Za-z][\w/-]*(?:\?[\w=&-]*)?")
ONLINE = re.compile("在线办理|网上办|在网上|可以在线|网上申请")
CONTENT = seed.load()


def addresses() -> dict[str, set[str]]:
    """Return the pages that each file of the product names."""
    folders = ("faq/content/seed", "miniprogram_api/texts/zh_CN")
    written = [path for folder in folders for path in Path(folder).rglob("*.yaml")]
    texts = {str(path): path.read_text(encoding="utf-8") for path in written}
    texts |= {file.name: file.text for file in sources("faq", "miniprogram_api", "handlers")}
    found = {name: {*ADDRESS.findall(text)} for name, text in texts.items()}
    return {name: pages for name, pages in found.items() if pages}


def unknown(found: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return the pages that do not exist, by file."""
    missing = {name: {p for p in pages if not is_page(p)} for name, pages in found.items()}
    return {name: pages for name, pages in missing.items() if pages}


def test_every_named_page_exists() -> None:
    found = addresses()
    assert len(found) > 20
    assert unknown(found) == {}
    planted = {"planted.py": {*ADDRESS.findall("see pages/account/planted?a=1")}}
    assert unknown(planted) == planted


def test_pages_have_distinct_titles() -> None:
    assert len(set(TITLES.values())) == len(TITLES)
    assert TITLES["pages/account/authorization"] == "是否办理工商登记注册"


def test_links_into_the_catalogue_name_known_items() -> None:
    pages = {page for found in addresses().values() for page in found}
    codes = {page.partition("?item=")[2] for page in pages if "?item=" in page}
    assert len(codes) >= 9
    assert codes <= {*CONTENT.catalogue_items}


def is_online(item: Item) -> bool:
    return item.handled_by == "bureau" or item.online_url is not None


def said_online(content: Content) -> set[str]:
    """Return entries and items that offer something online that is not."""
    found = set()
    for entry in content.entries:
        item = content.catalogue_items.get(entry.catalogue or "")
        texts = [point.answer for point in entry.points]
        said = " ".join((entry.answer, *entry.steps, *texts))
        if entry.kind == "service" and ONLINE.search(said) and not (item and is_online(item)):
            found.add(entry.slug)
    for item in content.catalogue_items.values():
        if ONLINE.search(" ".join(item.steps)) and not is_online(item):
            found.add(item.code)
    return found


def test_online_is_said_only_of_what_is_online() -> None:
    assert said_online(CONTENT) == set()
    bank = CONTENT.by_slug["bank_account"]
    wrong = bank.model_copy(update={"answer": "企业开户可以在线办理。"})
    others = tuple(entry for entry in CONTENT.entries if entry.slug != bank.slug)
    content = CONTENT.model_copy(update={"entries": (wrong, *others)})
    assert said_online(content) == {"bank_account"}


def test_agents_are_not_offered_as_ours() -> None:
    for item in CONTENT.catalogue_items.values():
        said = " ".join(item.steps)
        assert "代办" not in said or "自愿" in said, item.code
    assert "登记机关不提供、也不推荐代办" in CONTENT.by_slug["enterprise_services"].answer
