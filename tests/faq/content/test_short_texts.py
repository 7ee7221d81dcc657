"""The choice of short texts: the entry's points, its item, its family, the general ones."""

from faq.content import seed
from faq.content.catalogue import texts_of_item
from faq.content.entries import Point
from faq.content.short_texts import own_texts_of, texts_of


def test_services_answer_from_their_items() -> None:
    content = seed.load()
    for entry in content.entries:
        if entry.kind != "service":
            assert entry.catalogue is None
            continue
        bare = entry.model_copy(update={"points": ()})
        texts = texts_of(content, bare)
        of_item = texts_of_item(content.catalogue_items[entry.catalogue or ""])
        assert texts.how_long == of_item.how_long
        # 登记代理 has no list of materials.
        assert texts.documents == (of_item.documents or content.general.documents)
        assert own_texts_of(content, bare).cost == of_item.cost


def test_points_for_everybody_come_first() -> None:
    content = seed.load()
    entry = content.by_slug["change_registration"]
    point = Point.model_validate(
        {
            "id": "fee",
            "question": "多少钱",
            "wordings": ["要钱吗", "收费吗", "花钱不"],
            "answer": "免费。",
            "asks": "cost",
        }
    )
    own = entry.model_copy(update={"points": (point,)})
    assert own_texts_of(content, own).cost == "免费。"
    for update in ({"states": ("locked",)}, {"person": "other"}, {"answer": "{时间}起免费。"}):
        other = own.model_copy(update={"points": (point.model_copy(update=update),)})
        assert own_texts_of(content, other).cost not in (None, "免费。", "{时间}起免费。")


def test_changed_item_changes_the_answers_of_its_entry() -> None:
    values = seed.load().model_dump(mode="json", by_alias=True)
    group = next(one for one in values["catalogue"] if one["code"] == "change")
    group["fee"]["amount"] = "变更登记收10元。"
    group["materials"] = ["一份表"]
    next(e for e in values["entries"] if e["slug"] == "change_registration")["points"] = []
    content = type(seed.load()).model_validate(values)
    texts = texts_of(content, content.by_slug["change_registration"])
    assert texts.cost == "变更登记收10元。"
    assert texts.documents == "要准备：一份表。"
    assert texts.why == content.general.why
