"""The choice of short texts: the entry's, its item's, its family's, the general ones."""

from faq.content import seed
from faq.content.catalogue import texts_of_item
from faq.content.short_texts import own_texts_of, texts_of


def test_services_answer_from_their_items() -> None:
    content = seed.load()
    for entry in content.entries:
        if entry.kind != "service":
            assert entry.catalogue is None
            continue
        texts = texts_of(content, entry)
        of_item = texts_of_item(content.catalogue_items[entry.catalogue or ""])
        own = {point.asks: point.answer for point in entry.points}
        assert texts.how_long == (of_item.how_long or own["how_long"])
        # 登记代理 has no list of materials.
        assert texts.documents == (of_item.documents or own["documents"])
        assert own_texts_of(content, entry).cost == (of_item.cost or own["cost"])


def test_changed_item_changes_the_answers_of_its_entry() -> None:
    values = seed.load().model_dump(mode="json", by_alias=True)
    group = next(one for one in values["catalogue"] if one["code"] == "change")
    group["fee"]["amount"] = "变更登记收10元。"
    group["materials"] = ["一份表"]
    content = type(seed.load()).model_validate(values)
    texts = texts_of(content, content.by_slug["change_registration"])
    assert texts.cost == "变更登记收10元。"
    assert texts.documents == "要准备：一份表。"
    assert texts.why != content.general.why
