"""The form of an entry: from the draft to form fields, and back.

Steps, buttons and pictures are rows of the form, diagnoses are boxes to tick, search lists are
texts with one item a line. Unreadable input stays as typed, and the check names it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from faq.content import images, markup
from faq.content.entries import IMAGES
from faq.content.validation import ACTION_TYPES
from faq.content.values import LONGEST_ENTRY
from faq.diagnosis.families import PROBES
from faq.editing import draft_listing
from faq.language import html_import
from faq.release.publishing import current
from handlers.admin.content.forms import states
from miniprogram_api.texts import text
from miniprogram_api.texts.pages import TITLES

LISTS = ("questions", "negatives", "synonyms", "tags")
MOST_STEPS, MOST_ACTIONS = 8, 5
MOST_ALIKE = 3


@dataclass(frozen=True)
class ActionRow:
    """One button as typed."""

    type: str = "page"
    label: str = ""
    target: str = ""


@dataclass(frozen=True)
class ProbeRow:
    """One diagnosis that can be attached; `known`: this version of the product has it."""

    name: str
    title: str
    about: str
    checked: bool
    explanation: str
    known: bool = True


@dataclass(frozen=True)
class ImageRow:
    """One picture of the entry."""

    name: str
    text: str

    @property
    def address(self) -> str:
        """Return the path that serves the picture."""
        return f"{IMAGES}{self.name}"


@dataclass(frozen=True)
class Fields:
    """The fields of the form. `lists`: by field name, one item a line."""

    title: str
    category: str
    answer: str
    steps: list[str]
    actions: list[ActionRow]
    images: list[ImageRow]
    related: list[tuple[str, str]]
    probes: list[ProbeRow]
    lists: dict[str, str]
    more: states.Fields


@dataclass(frozen=True)
class Preview:
    """An entry as readers see it, even if unfinished."""

    title: str
    answer_html: str
    steps_html: list[str]
    images: list[ImageRow]
    actions: list[ActionRow]
    related: list[str]
    variants: list[states.VariantRow]
    plain: list[str]
    length: int
    longest: int = field(default=LONGEST_ENTRY)


def fields_of(content: Mapping[str, Any]) -> Fields:
    """Return the form fields of an entry of the draft."""
    return Fields(
        title=_text(content.get("title")),
        category=_text(content.get("category")),
        answer=_text(content.get("answer")),
        steps=_texts(content, "steps"),
        actions=[_action_row(item) for item in _items(content, "actions")],
        images=[_image_row(item) for item in _items(content, "images")],
        related=_titled(_texts(content, "related")),
        probes=_probe_rows(content),
        lists={name: "\n".join(_texts(content, name)) for name in LISTS},
        more=states.fields_of(content),
    )


def content_of(before: Mapping[str, Any], form: MultiDict[str, str]) -> dict[str, Any]:
    """Return the entry with the typed values; slug, kind and number stay as they are."""
    content = dict(before)
    content["title"] = html_import.line(form.get("title", ""))
    content["category"] = html_import.line(form.get("category", ""))
    content["answer"] = html_import.text(form.get("answer", ""))
    content["steps"] = [step for text in form.getlist("step") for step in html_import.items(text)]
    for name in LISTS:
        content[name] = html_import.lines(form.get(name, ""))
    content["actions"] = list(_actions(form))
    content["images"] = list(_images(form))
    content["related"] = list(dict.fromkeys([*form.getlist("related"), *_added(form)]))
    content["probes"] = list(_probes(before, form))
    return content | states.content_of(form)


def preview_of(content: Mapping[str, Any]) -> Preview:
    """Return the entry as readers would see it."""
    fields = fields_of(content)
    steps = [markup.plain_line(step) for step in fields.steps]
    lines = [markup.plain(fields.answer), *steps]
    written = len(fields.title) + len(fields.answer) + sum(map(len, fields.steps))
    return Preview(
        title=fields.title,
        answer_html=markup.html(fields.answer),
        steps_html=[markup.html_line(step) for step in fields.steps],
        images=fields.images,
        actions=fields.actions,
        related=[title for _, title in fields.related],
        variants=[row for row in fields.more.variants if row.answer or row.steps],
        plain=[line for line in lines if line],
        length=written,
    )


def not_found(form: MultiDict[str, str]) -> str:
    """Return a sentence about the first typed related entry that does not exist, else ""."""
    word = next((one for one in _words(form) if draft_listing.slug_of(one) is None), None)
    if word is None:
        return ""
    titles = "、".join(title for _, title in draft_listing.suggestions(word, limit=MOST_ALIKE))
    alike = text("content.asked.alike", titles=titles) if titles else ""
    return text("content.asked.related", name=word[:40], alike=alike)


def known_targets() -> dict[str, list[str]]:
    """Map each type of button to its targets: the pages, and what the published entries use."""
    by_type: dict[str, set[str]] = {name: set() for name in ACTION_TYPES}
    by_type["page"] |= {*TITLES}
    for entry in current().entries:
        for action in entry.actions:
            by_type[action.type].add(action.as_json()[action.type])
    return {name: sorted(targets) for name, targets in by_type.items()}


# From the draft ------------------------------------------------------------------------------


def _items(content: Mapping[str, Any], name: str) -> list[Any]:
    value = content.get(name) or []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _texts(content: Mapping[str, Any], name: str) -> list[str]:
    return [_text(item) for item in _items(content, name)]


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _action_row(action: Any) -> ActionRow:
    if not isinstance(action, Mapping):
        return ActionRow(label=_text(action))
    kind = _text(action.get("type"))
    return ActionRow(kind, _text(action.get("label")), _text(action.get(kind)))


def _image_row(image: Any) -> ImageRow:
    if not isinstance(image, Mapping):
        return ImageRow("", _text(image))
    return ImageRow(_text(image.get("image")), _text(image.get("text")))


def _probe_rows(content: Mapping[str, Any]) -> list[ProbeRow]:
    attached = {
        _text(item.get("probe")): _text(item.get("explanation"))
        for item in _items(content, "probes")
        if isinstance(item, Mapping)
    }
    rows = [
        ProbeRow(p.name, p.title, p.about, p.name in attached, attached.get(p.name, ""))
        for p in PROBES.values()
    ]
    unknown = text("content.asked.probe")
    rows += [
        ProbeRow(name, name, unknown, True, said, known=False)
        for name, said in attached.items()
        if name not in PROBES
    ]
    return rows


def _titled(slugs: Iterable[str]) -> list[tuple[str, str]]:
    wanted = list(slugs)
    titles = draft_listing.titles_of(wanted) if wanted else {}
    return [(slug, titles.get(slug, slug)) for slug in wanted]


# From the form -------------------------------------------------------------------------------


def _actions(form: MultiDict[str, str]) -> Iterable[dict[str, str]]:
    rows = zip(
        form.getlist("action_type"),
        map(html_import.line, form.getlist("action_label")),
        map(html_import.line, form.getlist("action_target")),
        strict=False,
    )
    for kind, label, target in rows:
        if label or target:
            kind = kind if kind in ACTION_TYPES else "page"
            yield {"type": kind, "label": label, kind: target}


def _images(form: MultiDict[str, str]) -> Iterable[dict[str, str]]:
    """Yield the pictures that stay; unknown names are dropped."""
    removed = set(form.getlist("image_remove"))
    rows = list(zip(form.getlist("image"), form.getlist("image_text"), strict=False))
    lacking = images.missing({name for name, _ in rows}) if rows else set()
    for name, caption in rows:
        if name not in removed and name not in lacking:
            yield {"image": name, "text": html_import.line(caption)}


def _added(form: MultiDict[str, str]) -> list[str]:
    """List the slugs of the related entries typed by title or slug; see `not_found`."""
    return [slug for word in _words(form) if (slug := draft_listing.slug_of(word))]


def _words(form: MultiDict[str, str]) -> list[str]:
    return [word for word in map(html_import.line, form.getlist("related_add")) if word]


def _probes(before: Mapping[str, Any], form: MultiDict[str, str]) -> Iterable[dict[str, str]]:
    """Yield the ticked diagnoses in their former order, new ones last."""
    order = [_text(i.get("probe")) for i in _items(before, "probes") if isinstance(i, Mapping)]
    ticked = form.getlist("probe")
    for name in [*(n for n in order if n in ticked), *(n for n in ticked if n not in order)]:
        explanation = html_import.line(form.get(f"explain.{name}", ""))
        yield {"probe": name, **({"explanation": explanation} if explanation else {})}
