"""Check and publish the draft, and roll back to an earlier release.

A publication is one transaction: the release and the pointer to it. Before it, the matcher learns
the new content and the check compares it with the release, so the publisher signs for what gets
worse. With `PUBLISH_NEEDS_REVIEW`, authors, reviewer and publisher are different people (三审三校),
and each step is signed.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from pydantic import TypeAdapter

from faq.content.entries import Content
from faq.editing import draft_listing, drafts, example_overlaps, question_sets
from faq.editing.check import checking, name_examples
from faq.editing.check.checking import CheckResult, Progress, Talk
from faq.editing.differences import PartChange, part_changes
from faq.editing.notes import LONGEST_TEXT as LONGEST_TEXT
from faq.editing.notes import require_reason as require_reason
from faq.editing.notes import require_short as require_short
from faq.editing.question_sets import Labelled
from faq.release import publishing
from faq.release.faults import assemble
from faq.release.parts import ENTRY, Key, part_digest, split
from faq.release.publishing import Prepared, Published
from miniprogram_api import audit, clock
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.retention import Kept
from miniprogram_api.services import Services
from miniprogram_api.texts import invalid
from models.faq import drafts as stored_drafts
from models.faq import messages, review
from models.faq import releases as stored_releases
from models.faq.review import FaqCheck
from models.storage.database import IntegrityError, release, transaction

# Lost questions listed in a refusal; all of them are counted.
_MOST_NAMED = 50
_ASKED_SINCE, _MOST_ASKED = timedelta(days=30), 3_000
_FORM = 2  # Of checks: results of another form are not used again.

_RESULT = TypeAdapter(CheckResult)


@dataclass(frozen=True)
class Checked:
    """Hold a check of the draft; `digest`: of the checked content (see `publish`)."""

    id: int
    digest: str
    result: CheckResult


@dataclass(frozen=True)
class Release:
    """Describe a release without its content (see `models.faq.releases.FaqRelease`)."""

    number: int
    created_at: datetime
    author: str
    note: str
    override: str
    restores: int | None
    check_id: int | None
    confirmed_by: str
    confirmed_at: datetime | None

    @property
    def is_unconfirmed(self) -> bool:
        """Return whether it is a roll-back that no other person confirmed yet."""
        return self.restores is not None and not self.confirmed_by


@dataclass(frozen=True)
class Publication:
    """Report that release `number` is in force; `result`: of its check, None for a roll-back."""

    number: int
    result: CheckResult | None


def check(
    progress: Progress = lambda _step, _done, _total: None,
    slug: str | None = None,
    talk: Talk | None = None,
) -> Checked:
    """Check the draft, or one entry of it; an equal check is not repeated.

    `talk`: holds the conversations, which are left out without it. Raises Refused as `wanted`.
    """
    in_force = publishing.current()
    return checked(publishing.prepare(wanted(slug)), in_force, progress, talk)


def check_key(slug: str | None = None) -> str:
    """Return a cheap hash of everything that a check of the draft, or of one entry, depends on.

    Raises Refused: SERVICE_UNAVAILABLE before the first publication; NOT_FOUND.
    """
    number = publishing.current().number
    if slug is None:
        drafted = drafts.fingerprint()
    else:
        draft = drafts.entry(slug)
        drafted = f"{slug} {part_digest(draft.content)} {draft.is_retired}"
    return sha256(repr((number, drafted, question_sets.fingerprint())).encode()).hexdigest()


def wanted(slug: str | None = None) -> Content:
    """Return the content of the draft, or the release with one entry as in the draft.

    Raises Refused: NOT_FOUND; INVALID_INPUT listing the errors, entry by entry.
    """
    if slug is None:
        return drafts.content()
    draft, parts = drafts.entry(slug), dict(publishing.current().parts)
    if draft.is_retired:
        parts.pop(draft.key, None)
    else:
        parts[draft.key] = draft.content
    return assemble(parts)


def rebased(content: Content, number: int) -> Content:
    """Return content that was made from release `number`, made from the one in force instead.

    Raises Refused: PUBLICATION_OUTDATED when a part that it changes was changed since.
    """
    in_force = publishing.current()
    if in_force.number == number:
        return content
    before, now, own = publishing.release(number).parts, in_force.parts, split(content)
    changed = {key for key in {**before, **own} if before.get(key) != own.get(key)}
    if any(now.get(key) not in (before.get(key), own.get(key)) for key in changed):
        raise Refused(Reason.PUBLICATION_OUTDATED)
    merged = {**{key: own[key] for key in own if key in changed or key in now}, **now}
    merged = {key: own.get(key) if key in changed else value for key, value in merged.items()}
    return assemble({key: value for key, value in merged.items() if value is not None})


def changed_parts(before: Mapping[Key, str], after: Mapping[Key, str]) -> tuple[Key, ...]:
    """Return the parts whose digests differ between two contents."""
    return tuple(key for key in {**after, **before} if before.get(key) != after.get(key))


def publish(
    services: Services,
    *,
    actor: str,
    note: str = "",
    override: str = "",
    digest: str | None = None,
    slug: str | None = None,
) -> Publication:
    """Publish the draft, or one entry of it; `override`: why it may lose questions.

    `digest`: of the check that was shown, which is then reused; without it the current draft is
    checked. Raises Refused: REVIEW_REQUIRED; INVALID_INPUT listing the errors of the draft;
    NOTHING_TO_PUBLISH; PUBLICATION_OUTDATED when the draft or the release changed meanwhile;
    PUBLICATION_LOSES_QUESTIONS when a loss wants a reason and `override` is empty.
    """
    if services.settings.publish_needs_review:
        raise Refused(Reason.REVIEW_REQUIRED)
    require_short(note=note, override=override)
    in_force = publishing.current()
    prepared = publishing.prepare(wanted(slug))
    checked = accepted(prepared, in_force, override, digest)
    with transaction():
        published = put_in_force(
            prepared.content, checked, actor=actor, note=note, override=override
        )
        if slug is not None:
            # Held back or not, its editor has published it.
            stored_drafts.set_held([(ENTRY, slug)], False)
    publishing.wait_until_served()
    return published


def roll_back(number: int, *, actor: str, reason: str) -> Publication:
    """Publish the content of release `number` as a new release; the draft is unchanged.

    Needs no check and no review: it was in force before, and there is no time for them. Raises
    Refused: NOT_FOUND; NOTHING_TO_PUBLISH when that content is in force; INVALID_INPUT without a
    reason; PUBLICATION_OUTDATED after a concurrent publication.
    """
    require_reason(reason)
    in_force = publishing.current()
    earlier = publishing.release(number)
    if earlier.content == in_force.content:
        raise Refused(Reason.NOTHING_TO_PUBLISH)
    earlier.keep()
    with _refuse_concurrent():
        new = publishing.publish(
            earlier.content, after=in_force.number, author=actor, note=reason, restores=number
        )
        audit.write("faq:release:rolled_back", actor=actor, release=new, restores=number)
    publishing.wait_until_served()
    return Publication(new, None)


def releases(*, limit: int = 50, before: int | None = None) -> list[Release]:
    """Return the newest releases first; `before`: only those with lower numbers."""
    return [
        Release(
            number=row.number,
            created_at=row.created_at,
            author=row.author,
            note=row.note,
            override=row.override,
            restores=row.restores,
            check_id=row.check_id,
            confirmed_by=row.confirmed_by,
            confirmed_at=row.confirmed_at,
        )
        for row in stored_releases.releases(limit, before)
    ]


def confirm_roll_back(number: int, *, actor: str) -> None:
    """Confirm a roll-back afterwards, as another person than rolled back.

    Raises Refused: NOT_FOUND for another release, or a confirmed one; ANOTHER_PERSON_REQUIRED.
    """
    release = release_of(number)
    if not release.is_unconfirmed:
        raise Refused(Reason.NOT_FOUND)
    if release.author == actor:
        raise Refused(Reason.ANOTHER_PERSON_REQUIRED)
    with transaction():
        if not stored_releases.confirm(number, actor, clock.now()):
            raise Refused(Reason.NOT_FOUND)
        audit.write("faq:release:confirmed", actor=actor, release=number, restores=release.restores)


def unconfirmed_roll_backs() -> list[int]:
    """Return the numbers of the roll-backs that wait for another person, newest first."""
    return [row.number for row in stored_releases.unconfirmed()]


def release_of(number: int) -> Release:
    """Return release `number`. Raises Refused: NOT_FOUND."""
    earlier = releases(limit=1, before=number + 1)
    if not earlier or earlier[0].number != number:
        raise Refused(Reason.NOT_FOUND)
    return earlier[0]


def changes_by(number: int) -> list[PartChange] | None:
    """Return the changes of release `number`; None for the first one.

    Raises Refused: NOT_FOUND.
    """
    before = releases(limit=1, before=number)
    if not before:
        return None
    earlier = publishing.release(before[0].number)
    after = publishing.release(number).parts
    return part_changes(earlier.parts, after, draft_listing.titles())


def result_of(check_id: int) -> CheckResult:
    """Return the result of a check. Raises Refused: NOT_FOUND."""
    row = review.FaqCheck.get_or_none(review.FaqCheck.id == check_id)
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    return _RESULT.validate_json(row.result)


def require_decided(digest: str, kept: int) -> None:
    """Require a decision about each wording near another entry's that a check of it found.

    `kept`: how many the editor decided to keep on both sides. Raises Refused: INVALID_INPUT.
    """
    earlier = _known(digest, publishing.current(), question_sets.asked(), with_talk=False)
    near = () if earlier is None else _checked(earlier).result.near
    if kept < len(near):
        raise invalid("releases.near.undecided", count=len(near) - kept)


def is_kept(check_id: int) -> bool:
    """Return whether the result of a check is still stored."""
    return review.FaqCheck.get_or_none(review.FaqCheck.id == check_id) is not None


def checked(
    prepared: Prepared,
    in_force: Published,
    progress: Progress = lambda _step, _done, _total: None,
    talk: Talk | None = None,
) -> Checked:
    """Check prepared content; an equal check is not repeated."""
    asked = question_sets.asked()
    check = _known(prepared.digest, in_force, asked, with_talk=talk is not None)
    if check is None:
        gone = draft_listing.titles()
        lately = Counter(messages.asked_lately(clock.now() - _ASKED_SINCE, limit=_MOST_ASKED))
        names = name_examples.worse(in_force.content, prepared.content)
        near = tuple(example_overlaps.new_overlaps(in_force, prepared))
        # Free the connection for the seconds of the check.
        release()
        result = checking.check(prepared, asked, in_force, progress, gone, lately, talk)
        # So that no process must learn it again.
        prepared.keep()
        check = review.FaqCheck.create(
            digest=prepared.digest,
            release=in_force.number,
            questions=_digest_of(asked, with_talk=talk is not None),
            result=_RESULT.dump_json(result.including(near, names)).decode(),
            checked_at=clock.now(),
        )
        review.remove_old_checks(Kept.CONTENT_CHECKS.cutoff())
    return _checked(check)


def _known(
    digest: str, in_force: Published, asked: Sequence[tuple[str, Labelled]], *, with_talk: bool
) -> FaqCheck | None:
    """Return the check of a content, with the conversations or, unless wanted, without them."""
    for talked in (True,) if with_talk else (True, False):
        questions = _digest_of(asked, with_talk=talked)
        check = review.latest_check(digest, in_force.number, questions)
        if check is not None:
            return check
    return None


def accepted(prepared: Prepared, in_force: Published, override: str, digest: str | None) -> Checked:
    """Return the check of the content to publish, after the matcher has learnt it.

    `digest`: see `publish`. Raises Refused: NOTHING_TO_PUBLISH; PUBLICATION_OUTDATED when the check
    is outdated; PUBLICATION_LOSES_QUESTIONS when a loss wants a reason and `override` is empty.
    """
    if digest is not None and digest != prepared.digest:
        raise Refused(Reason.PUBLICATION_OUTDATED)
    if prepared.content == in_force.content:
        raise Refused(Reason.NOTHING_TO_PUBLISH)
    if digest is None:
        prepared.keep()
        check = checked(prepared, in_force)
    else:
        earlier = _known(digest, in_force, question_sets.asked(), with_talk=False)
        if earlier is None:
            raise Refused(Reason.PUBLICATION_OUTDATED)
        prepared.keep()
        check = _checked(earlier)
    if check.result.to_justify and not override.strip():
        losses = [vars(change) for change in check.result.losses() if change.needs_reason]
        facts: dict[str, Any] = {
            "count": check.result.to_justify,
            "lost": losses[:_MOST_NAMED],
        }
        raise Refused(Reason.PUBLICATION_LOSES_QUESTIONS, **facts)
    return check


def _digest_of(asked: Sequence[tuple[str, Labelled]], *, with_talk: bool) -> str:
    return sha256(repr((_FORM, with_talk, asked)).encode()).hexdigest()


def _checked(row: FaqCheck) -> Checked:
    return Checked(row.id, row.digest, _RESULT.validate_json(row.result))


def put_in_force(
    content: Content, checked: Checked, *, actor: str, note: str, override: str
) -> Publication:
    """Publish checked content, in the caller's transaction if there is one.

    Raises Refused: PUBLICATION_OUTDATED after another publication.
    """
    result = checked.result
    override = override if result.lost or result.names else ""
    facts = {"author": actor, "note": note, "override": override, "check_id": checked.id}
    with _refuse_concurrent():
        number = publishing.publish(content, after=result.release, **facts)
        audit.write("faq:release:published", actor=actor, release=number, check=checked.id)
        if override:
            audit.write("faq:release:overridden", actor=actor, release=number, lost=result.lost)
    return Publication(number, result)


@contextmanager
def _refuse_concurrent() -> Iterator[None]:
    """Open a transaction; Refused: PUBLICATION_OUTDATED after a concurrent publication."""
    try:
        with transaction():
            yield
    except IntegrityError:
        raise Refused(Reason.PUBLICATION_OUTDATED) from None
