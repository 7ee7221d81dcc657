"""An entry that an editor has just written is found among the shipped ones."""

from faq.content.entries import Content
from faq.matching.matcher import compile_matcher


def test_new_entry_without_points_is_answered_among_the_shipped_ones(shipped: Content) -> None:
    """An editor may publish an entry with a few examples before its points are written."""
    new = shipped.entries[0].model_copy(
        update={
            "slug": "parking",
            "case": None,
            "kind": "guide",
            "title": "来大厅办事停车",
            "questions": ("大厅有停车场吗", "来办事车停哪里", "停车收费吗"),
            "negatives": (),
            "synonyms": (),
            "points": (),
        }
    )
    few = [
        entry.model_copy(update={"questions": entry.questions[:40]}) for entry in shipped.entries
    ]
    content = shipped.model_copy(update={"entries": (*few, new)})
    matcher = compile_matcher(content, with_encoder=False)
    for question in ("大厅有停车场吗", "我开车来办事，车停在哪里"):
        match = matcher.match(question)
        assert (match.kind, match.entry) == ("answer", new)
    assert matcher.match("收不到验证码怎么办").entry != new
