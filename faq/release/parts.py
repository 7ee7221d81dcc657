"""Split content into parts: one per entry, and one per list.

Drafts, histories and files work on parts. A part is plain JSON and may be invalid; `assemble`
validates.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from faq.content import markup
from faq.content.entries import Content, Entry, OutOfScope, Replies, SmallTalk, Synonym, Variant
from faq.content.talk import Act, Distress, Family, QuestionBack, ShortTexts
from faq.content.validation import Fault, faults_of, place
from faq.content.values import Line
from faq.diagnosis.families import PROBES
from faq.diagnosis.states import STATES, names_of, placeholders
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import text, words

ENTRY = "entry"
# Kind → name for editors, and type.
LISTS: dict[str, tuple[str, TypeAdapter[Any]]] = {
    "smalltalk": ("寒暄", TypeAdapter(tuple[SmallTalk, ...])),
    "replies": ("固定答复", TypeAdapter(Replies)),
    "out_of_scope": ("不归我们的问题", TypeAdapter(OutOfScope)),
    "synonyms": ("同义词表", TypeAdapter(tuple[Synonym, ...])),
    "acts": ("对话行为", TypeAdapter(tuple[Act, ...])),
    "persons": ("亲友和角色", TypeAdapter(tuple[Line, ...])),
    "distress": ("求助词", TypeAdapter(Distress)),
    "families": ("条目家族", TypeAdapter(tuple[Family, ...])),
    "questions_back": ("反问", TypeAdapter(tuple[QuestionBack, ...])),
    "general": ("通用短答", TypeAdapter(ShortTexts)),
}
_ENTRY_FORM: TypeAdapter[Any] = TypeAdapter(Entry)
_LONGEST_SHOWN_TITLE = 40
_MOST_FAULTS = 50


class Key(NamedTuple):
    """Identify a part: an entry by its slug, a list by its kind alone."""

    kind: str
    name: str = ""


def part_name(key: Key, value: Any) -> str:
    """Return the part's name in sentences: 条目“收不到短信”（sms_not_received）."""
    if key.kind != ENTRY:
        return LISTS[key.kind][0]
    title = value.get("title") if isinstance(value, Mapping) else None
    if not isinstance(title, str) or not title:
        return f"条目{key.name}"
    short = title if len(title) <= _LONGEST_SHOWN_TITLE else f"{title[:_LONGEST_SHOWN_TITLE]}…"
    return f"条目“{short}”（{key.name}）"


def split(content: Content) -> dict[Key, Any]:
    """Return the parts of `content`, entries in order."""
    parts = {Key(ENTRY, entry.slug): _plain(_ENTRY_FORM, entry) for entry in content.entries}
    for kind, (_, form) in LISTS.items():
        parts[Key(kind)] = _plain(form, getattr(content, kind))
    return parts


def normal(key: Key, value: Any) -> Any:
    """Return the canonical form of a part; invalid parts are returned unchanged."""
    form = _form(key)
    try:
        return _plain(form, form.validate_python(value))
    except ValidationError:
        return value


def part_digest(value: Any) -> str:
    """Return the SHA-256 of a part's JSON, equal for equal parts (after `normal`)."""
    return hashlib.sha256(dumps(value).encode()).hexdigest()


def dumps(value: Any) -> str:
    """Serialise a part as canonical JSON."""
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def faults(key: Key, value: Any) -> list[Fault]:
    """Return the errors within this part; their fields begin with `KIND.NAME`."""
    start = ".".join(filter(None, key))
    try:
        read = _form(key).validate_python(value)
    except ValidationError as error:
        found = faults_of(error, part_name(key, value))
        return [
            Fault(".".join(filter(None, (start, fault.field))), fault.code, fault.message)
            for fault in found
        ]
    if key.kind != ENTRY:
        return []
    if read.slug != key.name:
        return [Fault(f"{start}.slug", "changed", f"条目{key.name}的标识不能改。")]
    return [
        Fault(f"{start}.{field}", code, f"{part_name(key, value)}的{words}。")
        for field, code, words in _entry_faults(read)
    ]


def _entry_faults(entry: Entry) -> Iterable[tuple[str, str, str]]:
    """Yield field, code and words of errors in an entry of valid form.

    Published entries are not checked again.
    """
    texts: list[tuple[str, tuple[str | int, ...], str]] = [("answer", ("answer",), entry.answer)]
    texts += [(f"steps.{at}", ("steps", at), step) for at, step in enumerate(entry.steps)]
    for field, path, line in texts:
        for mistake in markup.mistakes(line):
            yield field, "markup", f"{place(path)}：{mistake}"
    for state, variant in entry.variants.items():
        yield from _variant_faults(state, variant)
    for at, attached in enumerate(entry.probes):
        if attached.probe not in PROBES:
            known = "、".join(PROBES)
            words = f"诊断“{attached.probe}”不存在，可选的有：{known}"
            yield f"probes.{at}.probe", "unknown_probe", words


def _variant_faults(state: str, variant: Variant) -> Iterable[tuple[str, str, str]]:
    """Yield the errors in the text of a state: its name, its markup, its placeholders."""
    field, titles = f"variants.{state}", words("states.titles")
    if state not in STATES:
        known = "、".join(f"{name}（{title}）" for name, title in titles.items())
        yield field, "unknown_state", text("content.faults.unknown_state", state=state, known=known)
        return
    for line in (variant.answer, *variant.steps):
        for mistake in markup.mistakes(line):
            yield field, "markup", f"{titles[state]}：{mistake}"
        unknown = [name for name in placeholders(line) if name not in names_of(state)]
        if unknown:
            known = "、".join(f"{{{name}}}" for name in names_of(state))
            key = "unknown_placeholder" if known else "no_placeholder"
            names = "、".join(f"{{{name}}}" for name in unknown)
            title = titles[state]
            message = text(f"content.faults.{key}", title=title, names=names, known=known)
            yield field, "unknown_placeholder", message


def assemble(parts: Mapping[Key, Any]) -> Content:
    """Build content from its parts, the entries in the order of `parts`.

    Raises Refused: INVALID_INPUT, `fields` listing every error, entry by entry.
    """
    found = [fault for key, value in parts.items() for fault in faults(key, value)]
    found += [
        Fault(kind, "required", f"缺少“{name}”。")
        for kind, (name, _) in LISTS.items()
        if Key(kind) not in parts
    ]
    if not found:
        found = cross_part_faults(parts)
    if found:
        raise refused(found)
    entries = [value for key, value in parts.items() if key.kind == ENTRY]
    return Content.model_validate(
        {"entries": entries, **{kind: parts[Key(kind)] for kind in LISTS}}
    )


def key_of(fault: Fault) -> Key:
    """Return the part that a fault is about."""
    kind, _, rest = fault.field.partition(".")
    return Key(ENTRY, rest.partition(".")[0]) if kind == ENTRY else Key(kind)


def refused(found: Iterable[Fault]) -> Refused:
    """Return the refusal that lists the first `_MOST_FAULTS` faults."""
    fields = [vars(fault) for fault in found]
    return Refused(Reason.INVALID_INPUT, fields=fields[:_MOST_FAULTS])


def cross_part_faults(parts: Mapping[Key, Any]) -> list[Fault]:
    """Return the errors between parts that are valid by themselves."""
    entries = {key.name: value for key, value in parts.items() if key.kind == ENTRY}
    found = [] if entries else [Fault(ENTRY, "required", "至少要有一个条目。")]
    topics = [topic["topic"] for topic in parts.get(Key("smalltalk"), ())]
    cases = Counter(value.get("case") for value in entries.values())
    names = Counter([*entries, *topics])
    for slug, value in entries.items():
        name, start = part_name(Key(ENTRY, slug), value), f"entry.{slug}"
        case = value.get("case")
        if case is not None and cases[case] > 1:
            found.append(
                Fault(f"{start}.case", "repeated", f"{name}的情形编号{case}不止一条在用。")
            )
        missing = [other for other in value.get("related", ()) if other not in entries]
        if missing:
            message = f"{name}引用了不存在或已下架的条目：{'、'.join(missing)}。"
            found.append(Fault(f"{start}.related", "unknown_entry", message))
    found += [
        Fault("smalltalk", "repeated", f"寒暄“{topic}”与别的条目或寒暄重名。")
        for topic in dict.fromkeys(topics)
        if names[topic] > 1
    ]
    return found


def _form(key: Key) -> TypeAdapter[Any]:
    return _ENTRY_FORM if key.kind == ENTRY else LISTS[key.kind][1]


def _plain(form: TypeAdapter[Any], value: Any) -> Any:
    # Without defaults, so that new fields of later versions do not change digests.
    return form.dump_python(value, mode="json", by_alias=True, exclude_defaults=True)
