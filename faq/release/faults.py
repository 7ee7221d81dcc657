"""Find the errors in parts, and assemble valid parts into content."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from faq.content import markup, shipped
from faq.content.catalogue import Catalogue, Item
from faq.content.entries import Content, Entry, Variant
from faq.content.talk import TEXT_NAMES, Family, Intent, QuestionBack
from faq.content.validation import Fault, faults_of, place
from faq.diagnosis.asker_states import STATES, names_of, placeholders
from faq.diagnosis.families import PROBES
from faq.release import point_faults
from faq.release.parts import ENTRY, LISTS, Key, form_of, part_name
from miniprogram_api import clock
from miniprogram_api.names.lists import PLACEHOLDERS, Rules, Trades, is_judged
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import text, word, words

_MOST_FAULTS = 50
_PLACEHOLDER = re.compile(r"\{[^}]*\}?")
IN_INTENTS = frozenset({"{person}", "{question}"})
IN_QUESTIONS_BACK = frozenset(
    f"{{{words('states.placeholders')[name]}}}" for name in ("segment", "tail")
)

# Path of the field, code and words of an error.
Found = tuple[tuple[str | int, ...], str, str]


def faults(key: Key, value: Any) -> list[Fault]:
    """Return the errors within this part; their fields begin with `KIND.NAME`."""
    start, name = ".".join(filter(None, key)), part_name(key, value)
    try:
        read = form_of(key).validate_python(value)
    except ValidationError as error:
        faults = faults_of(error, name)
        return [
            Fault(".".join(filter(None, (start, fault.field))), fault.code, fault.message)
            for fault in faults
        ]
    if key.kind == ENTRY and read.slug != key.name:
        message = text("content.part_faults.slug_changed", slug=key.name)
        return [Fault(f"{start}.slug", "changed", message)]
    check = _CHECKS.get(key.kind, lambda _: ())
    return [
        Fault(
            ".".join(map(str, (start, *path))),
            code,
            text("content.part_faults.of_part", part=name, words=message),
        )
        for path, code, message in check(read)
    ]


def _entry_faults(entry: Entry) -> Iterator[Found]:
    """Yield the errors in an entry of valid form; published entries are not checked again."""
    written: list[tuple[tuple[str | int, ...], str]] = [(("answer",), entry.answer)]
    written += [(("steps", at), step) for at, step in enumerate(entry.steps)]
    for path, written_text in written:
        for mistake in markup.mistakes(written_text):
            yield path, "markup", f"{place(path)}：{mistake}"
    for state, variant in entry.variants.items():
        yield from _variant_faults(state, variant)
    yield from _unknown_probes(("probes",), [attached.probe for attached in entry.probes])
    for at, name in enumerate(entry.explains):
        if name not in (*Reason.__members__, *STATES, *TEXT_NAMES):
            message = text("content.part_faults.unknown_reason", name=name)
            yield ("explains", at), "unknown_reason", message
    yield from point_faults.faults_of(entry)


def _variant_faults(state: str, variant: Variant) -> Iterator[Found]:
    """Yield the errors in the text of a state: its name, its markup, its placeholders."""
    path, titles = ("variants", state), words("states.titles")
    if state not in STATES:
        allowed = "、".join(f"{name}（{title}）" for name, title in titles.items())
        yield (
            path,
            "unknown_state",
            text("content.faults.unknown_state", state=state, known=allowed),
        )
        return
    for line in (variant.answer, *variant.steps):
        for mistake in markup.mistakes(line):
            yield path, "markup", f"{titles[state]}：{mistake}"
        unknown = [name for name in placeholders(line) if name not in names_of(state)]
        if unknown:
            allowed = "、".join(f"{{{name}}}" for name in names_of(state))
            key = "unknown_placeholder" if allowed else "no_placeholder"
            names = "、".join(f"{{{name}}}" for name in unknown)
            title = titles[state]
            message = text(f"content.faults.{key}", title=title, names=names, known=allowed)
            yield path, "unknown_placeholder", message


def _intent_faults(intents: tuple[Intent, ...]) -> Iterator[Found]:
    yield from _repeated("act", [intent.name for intent in intents], "content.turn_acts")
    for at, intent in enumerate(intents):
        for field, examples in (("questions", intent.questions), ("negatives", intent.negatives)):
            for number, example in enumerate(examples):
                yield from _placeholders((at, field, number), example, IN_INTENTS)


def _family_faults(families: tuple[Family, ...]) -> Iterator[Found]:
    yield from _repeated("name", [family.name for family in families])
    for at, family in enumerate(families):
        yield from _unknown_probes((at, "probes"), family.probes)


def _question_back_faults(questions: tuple[QuestionBack, ...]) -> Iterator[Found]:
    yield from _repeated("id", [question.id for question in questions])
    for at, question in enumerate(questions):
        yield from _placeholders((at, "text"), question.text, IN_QUESTIONS_BACK)


def _catalogue_faults(catalogue: Catalogue) -> Iterator[Found]:
    codes: set[str] = set()
    for path, item in _located(catalogue):
        if item.code in codes:
            message = text("content.part_faults.repeated", name=item.code)
            yield (*path, "code"), "repeated", message
        codes.add(item.code)
        if item.reviewed_on > clock.today():
            message = text("content.part_faults.reviewed_later", title=item.title)
            yield (*path, "reviewed_on"), "out_of_range", message


def _name_rule_faults(rules: Rules) -> Iterator[Found]:
    codes = [row.rule for row in rules]
    yield from _repeated("rule", codes)
    for row in shipped.part("name_rules"):
        if is_judged(row["rule"]) and row["rule"] not in codes:
            message = text("content.part_faults.rule_needed", name=row["title"], code=row["rule"])
            yield (), "required", message
    for at, rule in enumerate(rules):
        for field in ("message", "hint"):
            allowed = {f"{{{name}}}" for name in PLACEHOLDERS}
            yield from _placeholders((at, field), getattr(rule, field), allowed)
        if not is_judged(rule.rule) and not rule.words:
            yield (at, "words"), "required", text("content.part_faults.no_words", name=rule.title)


def _trade_faults(trades: Trades) -> Iterator[Found]:
    yield from _repeated("code", [row.code for row in trades])


def _located(catalogue: Catalogue) -> Iterator[tuple[tuple[str | int, ...], Item]]:
    for at, group in enumerate(catalogue):
        yield (at,), group
        for number, item in enumerate(group.items):
            yield (at, "items", number), item


_CHECKS: dict[str, Callable[[Any], Iterable[Found]]] = {
    ENTRY: _entry_faults,
    "acts": _intent_faults,
    "families": _family_faults,
    "questions_back": _question_back_faults,
    "catalogue": _catalogue_faults,
    "name_rules": _name_rule_faults,
    "name_trades": _trade_faults,
}


def _repeated(field: str, names: Iterable[str], group: str | None = None) -> Iterator[Found]:
    counts: Counter[str] = Counter()
    for at, name in enumerate(names):
        counts[name] += 1
        if counts[name] > 1:
            shown = name if group is None else word(group, name)
            yield (at, field), "repeated", text("content.part_faults.repeated", name=shown)


def _placeholders(
    path: tuple[str | int, ...], example: str, allowed: Iterable[str]
) -> Iterator[Found]:
    unknown = sorted(set(_PLACEHOLDER.findall(example)) - set(allowed))
    if unknown:
        key = "content.part_faults.unknown_placeholder"
        names_allowed = "、".join(sorted(allowed))
        message = text(key, text=example, names="、".join(unknown), known=names_allowed)
        yield path, "unknown_placeholder", message


def _unknown_probes(path: tuple[str | int, ...], probes: Iterable[str]) -> Iterator[Found]:
    for at, probe in enumerate(probes):
        if probe not in PROBES:
            names = "、".join(PROBES)
            message = text("content.part_faults.unknown_probe", name=probe, known=names)
            yield (*path, at), "unknown_probe", message


def assemble(parts: Mapping[Key, Any]) -> Content:
    """Build content from its parts, the entries in the order of `parts`.

    Raises Refused: INVALID_INPUT, `fields` listing every error, entry by entry.
    """
    all_faults = [fault for key, value in parts.items() for fault in faults(key, value)]
    all_faults += [
        Fault(
            kind, "required", text("content.part_faults.no_list", name=part_name(Key(kind), None))
        )
        for kind in LISTS
        if Key(kind) not in parts
    ]
    if not all_faults:
        all_faults = cross_part_faults(parts)
    if all_faults:
        raise refused(all_faults)
    return build(parts)


def build(parts: Mapping[Key, Any]) -> Content:
    """Build content from parts that are valid by themselves; lists may lack (`NEW_PARTS`)."""
    entries = [value for key, value in parts.items() if key.kind == ENTRY]
    return Content.model_validate(
        {"entries": entries, **{k: parts[Key(k)] for k in LISTS if Key(k) in parts}}
    )


def key_of(fault: Fault) -> Key:
    """Return the part that a fault is about."""
    kind, _, rest = fault.field.partition(".")
    return Key(ENTRY, rest.partition(".")[0]) if kind == ENTRY else Key(kind)


def refused(faults: Iterable[Fault]) -> Refused:
    """Return the refusal that lists the first `_MOST_FAULTS` faults."""
    fields = [vars(fault) for fault in faults]
    return Refused(Reason.INVALID_INPUT, fields=fields[:_MOST_FAULTS])


def cross_part_faults(parts: Mapping[Key, Any]) -> list[Fault]:
    """Return the errors between parts that are valid by themselves."""
    entries = {key.name: value for key, value in parts.items() if key.kind == ENTRY}
    faults = [] if entries else [Fault(ENTRY, "required", text("content.part_faults.no_entry"))]
    topics = [topic["topic"] for topic in parts.get(Key("smalltalk"), ())]
    cases = Counter(value.get("case") for value in entries.values())
    names = Counter([*entries, *topics])
    groups = parts.get(Key("catalogue"), ())
    codes = {item["code"] for group in groups for item in (group, *group.get("items", ()))}
    for slug, value in entries.items():
        name, start = part_name(Key(ENTRY, slug), value), f"entry.{slug}"
        case = value.get("case")
        if case is not None and cases[case] > 1:
            message = text("content.part_faults.case_repeated", part=name, case=case)
            faults.append(Fault(f"{start}.case", "repeated", message))
        faults += _unknown(Key(ENTRY, slug), value, "related", value.get("related", ()), entries)
        code = value.get("catalogue")
        if code is not None and code not in codes:
            message = text("content.part_faults.unknown_code", part=name, code=code)
            faults.append(Fault(f"{start}.catalogue", "unknown_code", message))
    faults += [
        Fault("smalltalk", "repeated", text("content.part_faults.topic_repeated", topic=topic))
        for topic in dict.fromkeys(topics)
        if names[topic] > 1
    ]
    families, asked = Key("families"), Key("questions_back")
    known_questions = {question["id"] for question in parts.get(asked, ())}
    for at, family in enumerate(parts.get(families, ())):
        named = [*family["named"], *family["members"], *family.get("open", ())]
        faults += _unknown(families, family, f"{at}.members", named, entries)
        lacking = [
            question for question in family.get("questions", ()) if question not in known_questions
        ]
        if lacking:
            message = text(
                "content.part_faults.unknown_question",
                part=family["title"],
                names="、".join(lacking),
            )
            faults.append(Fault(f"families.{at}.questions", "unknown_question", message))
    for at, question in enumerate(parts.get(asked, ())):
        named = [reply["entry"] for reply in question["replies"]]
        faults += _unknown(asked, question, f"{at}.replies", named, entries)
    return faults


def _unknown(
    key: Key, value: Any, path: str, named: Iterable[str], entries: Mapping[str, Any]
) -> list[Fault]:
    missing = [slug for slug in dict.fromkeys(named) if slug not in entries]
    if not missing:
        return []
    name = part_name(key, value)
    if key.kind != ENTRY:
        title = value.get("title") or value.get("text")
        name = text("content.part_faults.item", part=name, name=title)
    message = text("content.part_faults.unknown_entry", part=name, names="、".join(missing))
    return [Fault(f"{'.'.join(filter(None, key))}.{path}", "unknown_entry", message)]
