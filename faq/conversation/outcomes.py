"""Tell what came of decided questions: published, answered now, and rated by later askers."""

from dataclasses import dataclass
from datetime import timedelta

from faq.content.entries import Content
from faq.conversation.inbox import Group
from faq.language.grammar import compact
from faq.release import publishing
from models.faq import messages

# Later answers of the entry that are compared with the wordings of a group.
MOST_READ = 300
# Wordings of a group that the bot is asked now.
MOST_ASKED = 5
_MOMENT = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Outcome:
    """What came of the decision about a group.

    `is_published`: the release in force has one of its wordings where the editor put it. `right`,
    `asked`: how many of its wordings the bot answers so now. `answers`: the entry that answers the
    first of the others, "" for none. `later`, `helpful`, `unhelpful`: answers to the same wordings
    after the decision, and their ratings.
    """

    is_published: bool
    right: int
    asked: int
    answers: str
    later: int
    helpful: int
    unhelpful: int


def outcome_of(group: Group) -> Outcome | None:
    """Return what came of a group; None before a decision."""
    decided = [one for one in group.newest_first if one.decided_at is not None]
    if not decided:
        return None
    last = max(decided, key=lambda one: one.decided_at or one.asked_at)
    slug, since = last.decided_slug, last.decided_at
    published = publishing.current()
    wordings = [wording.question for wording in group.wordings]
    right, others = 0, []
    for question in wordings[:MOST_ASKED]:
        match = published.matcher.match(question)
        found = match.entry.slug if match.kind == "answer" and match.entry is not None else ""
        if found == (slug or ""):
            right += 1
        else:
            others.append(found)
    same = {compact(question) for question in wordings}
    ratings = [
        helpful
        for question, helpful in messages.later(slug, (since or last.asked_at) + _MOMENT, MOST_READ)
        if compact(question) in same
    ]
    return Outcome(
        is_published=not same.isdisjoint(_known(published.content, slug)),
        right=right,
        asked=min(len(wordings), MOST_ASKED),
        answers=others[0] if others else "",
        later=len(ratings),
        helpful=ratings.count(True),
        unhelpful=ratings.count(False),
    )


def _known(content: Content, slug: str | None) -> set[str]:
    """Return the examples of an entry and its points, or those that are out of scope."""
    if slug is None:
        return set(map(compact, content.out_of_scope.questions))
    entry = content.by_slug.get(slug)
    if entry is None:
        return set()
    of_points = (said for point in entry.points for said in point.examples)
    return {compact(said) for said in (*entry.questions, *of_points)}
