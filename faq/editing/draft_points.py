"""List the points of the draft, warn about them, and change single ones."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faq.content.entries import LONGEST_POINT
from faq.editing import drafts
from faq.editing.drafts import Draft, State
from faq.language.slugs import proposed
from faq.release.parts import ENTRY, normal
from faq.release.point_faults import same_words
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import invalid, text

MOST_WARNINGS = 20


@dataclass(frozen=True)
class Listed:
    """Hold one point of an entry of the draft; `point` may be unfinished."""

    slug: str
    title: str
    state: State
    point: Mapping[str, Any]

    @property
    def examples(self) -> list[str]:
        """Return its question and wordings."""
        return examples_of(self.point)


@dataclass(frozen=True)
class Wanted:
    """Conditions of the list; None and empty for any."""

    text: str = ""
    slug: str = ""
    asks: str = ""
    is_local: bool | None = None

    def matches(self, listed: Listed) -> bool:
        """Return whether a point meets all of them."""
        words = "\n".join([listed.title, *listed.examples, str(listed.point.get("answer", ""))])
        return (
            self.text.lower() in words.lower()
            and self.slug in ("", listed.slug)
            and self.asks in ("", listed.point.get("asks"))
            and self.is_local in (None, bool(listed.point.get("is_local")))
        )


def listed(wanted: Wanted) -> list[Listed]:
    """Return the points of the draft that are as wanted, by entry in their order."""
    return [listed for listed in _all() if wanted.matches(listed)]


def by_title() -> dict[str, list[Listed]]:
    """Return the points of the draft by the title of their entry."""
    by_title: dict[str, list[Listed]] = {}
    for listed in _all():
        by_title.setdefault(listed.title, []).append(listed)
    return by_title


def of(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the points of an entry that may be unfinished."""
    value = content.get("points")
    points = value if isinstance(value, list | tuple) else ()
    return [dict(point) for point in points if isinstance(point, Mapping)]


def read(part: Draft) -> list[dict[str, Any]]:
    """Return the points of a draft; a valid one of an earlier version is converted first."""
    return of(normal(part.key, part.content))


def examples_of(point: Mapping[str, Any]) -> list[str]:
    """Return question and wordings of a point that may be unfinished."""
    value = point.get("wordings")
    wordings = value if isinstance(value, list | tuple) else ()
    return [str(wording) for wording in (point.get("question"), *wordings) if wording]


def put(slug: str, point: Mapping[str, Any], *, editor: str, note: str = "") -> Draft:
    """Write a point into the draft of an entry: in place of that of its id, or at the end.

    Raises Refused: NOT_FOUND for an unknown or retired entry, DRAFT_CONFLICT.
    """
    part = drafts.entry(slug)
    if part.is_retired:
        raise Refused(Reason.NOT_FOUND)
    points = read(part)
    if any(other.get("id") == point["id"] for other in points):
        points = [dict(point) if other.get("id") == point["id"] else other for other in points]
    else:
        points.append(dict(point))
    content = {**normal(part.key, part.content), "points": points}
    note = drafts.as_line(note)[: drafts.LONGEST_NOTE]
    return drafts.save(part.key, content, based_on=part.revision, editor=editor, note=note)


def begun(slug: str, question: str, wordings: Sequence[str], answer: str) -> dict[str, Any]:
    """Return a new point of an entry, with an id that it does not have yet.

    Raises Refused: NOT_FOUND for an unknown entry; INVALID_INPUT without question or answer.
    """
    asked, reply = drafts.as_line(question), drafts.as_line(answer)
    if not asked or not reply:
        raise invalid("points.answer.required")
    if len(reply) > LONGEST_POINT:
        raise invalid("points.answer.too_long", most=LONGEST_POINT)
    others = dict.fromkeys(drafts.as_example(wording) for wording in wordings)
    point_ids = {str(point.get("id")) for point in read(drafts.entry(slug))}
    return {
        "id": proposed(asked, point_ids),
        "question": asked,
        "wordings": [wording for wording in others if same_words(wording) != same_words(asked)],
        "answer": reply,
    }


def find(slug: str, name: str) -> dict[str, Any]:
    """Return a point of the draft. Raises Refused: NOT_FOUND."""
    point = next((point for point in read(drafts.entry(slug)) if point.get("id") == name), None)
    if point is None:
        raise Refused(Reason.NOT_FOUND)
    return point


def confirm(slug: str, name: str, *, editor: str) -> None:
    """Record that the bureau confirmed a point. Raises Refused: NOT_FOUND, DRAFT_CONFLICT."""
    point = find(slug, name)
    note = text("content.points.confirmed", question=point.get("question", ""))
    put(slug, {**point, "is_local": False}, editor=editor, note=note)


def add_wordings(slug: str, name: str, questions: Sequence[str], *, editor: str) -> int:
    """Add the questions that a point does not have yet; return how many these are.

    Raises Refused: NOT_FOUND, DRAFT_CONFLICT.
    """
    point = find(slug, name)
    had = {same_words(example) for example in examples_of(point)}
    new = [
        example for example in map(drafts.as_example, questions) if same_words(example) not in had
    ]
    if new:
        wordings = [*point.get("wordings", ()), *dict.fromkeys(new)]
        note = " / ".join(new)
        put(slug, {**point, "wordings": wordings}, editor=editor, note=note)
    return len(new)


def warnings(slug: str, content: Mapping[str, Any]) -> list[str]:
    """Return sentences about points of an entry that other entries say, too."""
    own = of(content)
    if not own:
        return []
    answers = {same_words(str(p.get("answer"))): p for p in own if p.get("answer")}
    wordings = {same_words(example): example for point in own for example in examples_of(point)}
    warnings: dict[str, None] = {}
    for part in drafts.parts():
        if part.key.kind != ENTRY or part.key.name == slug or part.is_retired:
            continue
        warnings |= dict.fromkeys(_warnings_of(part, answers, wordings))
    return [*warnings][:MOST_WARNINGS]


def _warnings_of(
    part: Draft, answers: Mapping[str, Mapping[str, Any]], wordings: Mapping[str, str]
) -> Iterator[str]:
    examples = part.content.get("questions")
    for example in examples if isinstance(examples, list) else ():
        if wording := wordings.get(same_words(str(example))):
            yield text("content.point_warnings.example", wording=wording, part=part.name)
    for point in of(part.content):
        other = str(point.get("question", ""))
        if same := answers.get(same_words(str(point.get("answer")))):
            question = same.get("question", "")
            yield text(
                "content.point_warnings.same_answer", question=question, part=part.name, other=other
            )
        for own_wording in examples_of(point):
            if wording := wordings.get(same_words(own_wording)):
                yield text(
                    "content.point_warnings.point_wording",
                    wording=wording,
                    part=part.name,
                    other=other,
                )


def _all() -> Iterator[Listed]:
    for part in drafts.parts():
        if part.key.kind == ENTRY and not part.is_retired:
            title = str(part.content.get("title") or part.key.name)
            for point in read(part):
                yield Listed(part.key.name, title, part.state, point)
