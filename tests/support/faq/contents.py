"""Generated contents for property tests, with characters that are special in file formats."""

from typing import Any

from hypothesis import strategies as st

from faq.content.entries import Content
from faq.content.markup import mistakes

# One line of text, with characters that are special in YAML, CSV and spreadsheets.
TRAPS = "'\"\\|:#-?&*!%@`{}[]<>=+~,. \ufeff\u00a0　·中文😀é\u0301yesnull0123456789＝＠"
IMAGE = "0" * 32 + ".png"
ANY_CHARACTER = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])
line = (
    st.text(st.one_of(st.sampled_from(TRAPS), ANY_CHARACTER), min_size=1, max_size=20)
    .map(str.strip)
    .filter(bool)
)
# Braces in replies are placeholders.
said = line.filter(lambda written: "{" not in written)
text = line.filter(lambda written: not mistakes(written))
lines_of_text = st.lists(text, min_size=1, max_size=3).map("\n".join)
steps = st.lists(text, max_size=3)
# Braces in variants are placeholders.
variant = st.fixed_dictionaries({"answer": lines_of_text, "steps": steps}).filter(
    lambda found: "{" not in str([*found.values()])
)
slug = st.from_regex(r"[a-z][a-z0-9_]{1,8}", fullmatch=True)
slugs = st.lists(slug, min_size=1, max_size=4, unique=True)
lines = st.lists(line, max_size=3)
some = st.lists(line, min_size=1, max_size=3)
item = st.fixed_dictionaries(
    {"code": st.from_regex(r"[a-z][a-z0-9-]{1,8}", fullmatch=True), "title": line},
    optional={
        "old_names": lines,
        "materials": lines,
        "fee": st.fixed_dictionaries({"amount": line}),
        "verify": st.lists(st.fixed_dictionaries({"role": line, "when": line}), max_size=2),
        "reviewed_on": st.just("2026-01-31"),
    },
).map(lambda found: {"reviewed_on": "2026-11-27", **found})
catalogue = st.lists(item, min_size=1, max_size=4, unique_by=lambda found: found["code"]).map(
    lambda found: [{**found[0], "items": found[1:]}]
)
actions = st.lists(
    st.one_of(
        st.fixed_dictionaries({"type": st.just(kind), "label": line, kind: line})
        for kind in ("page", "ticket", "retry", "call", "copy")
    ),
    max_size=3,
)

# Braces in points are placeholders.
point = st.fixed_dictionaries(
    {
        "id": slug,
        "question": line,
        "wordings": st.lists(line, min_size=3, max_size=4),
        "answer": said.filter(lambda written: "}" not in written),
    },
    optional={"asks": st.sampled_from(["why", "cost"]), "states": st.just(["frozen"])},
)


@st.composite
def contents(draw: st.DrawFn) -> Content:
    names = draw(slugs)
    entries: list[dict[str, Any]] = [
        {
            "slug": slug,
            **draw(st.sampled_from([{"case": number}, {"kind": "guide"}, {"kind": "service"}])),
            "title": draw(line),
            "category": draw(line),
            "answer": draw(lines_of_text),
            "steps": draw(steps),
            "images": [{"image": IMAGE, "text": said} for said in draw(lines)],
            "actions": draw(actions),
            "related": draw(st.lists(st.sampled_from(names), max_size=2)),
            "questions": draw(some),
            "negatives": draw(lines),
            "synonyms": draw(lines),
            "tags": draw(lines),
            "probes": draw(
                st.lists(
                    st.fixed_dictionaries(
                        {"probe": st.just("sms_codes")}, optional={"explanation": line}
                    ),
                    max_size=2,
                )
            ),
            # Two may not have the same answer or wording.
            "points": draw(st.lists(point, max_size=1)),
            "variants": draw(
                st.dictionaries(
                    st.sampled_from(["locked", "frozen"]),
                    variant,
                )
            ),
            "explains": draw(st.lists(st.sampled_from(["INVALID_INPUT", "frozen"]), max_size=2)),
        }
        for number, slug in enumerate(names, start=1)
    ]
    return Content.model_validate(
        {
            "entries": entries,
            "smalltalk": [{"topic": "zz_hello", "answer": draw(line), "questions": draw(some)}],
            "replies": {
                "clarify": draw(said),
                "other_service": "“{service}”",
                "unknown": draw(said),
                "unreadable": draw(said),
                "actions": draw(actions),
            },
            "out_of_scope": {
                "other_services": [{"name": draw(line), "words": draw(some)}],
                "questions": draw(lines),
            },
            "synonyms": [{"word": draw(line), "spellings": draw(some)}],
            "catalogue": draw(catalogue),
            # The shipped ones would make each example large.
            "acts": [{"act": "thanks", "questions": [draw(said)]}],
            "persons": draw(lines),
            "distress": {"words": draw(some)},
        }
    )
