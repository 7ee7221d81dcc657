"""From the draft to what is in force: check, review, publish, and back to an earlier release.

A publication is one transaction: the release and the pointer to it. Before that the matcher has
learnt the new content and the check has compared it with what is in force, so whoever publishes
knows what gets worse, and signs for it. Where `PUBLISH_NEEDS_REVIEW` is set, those who wrote, who
reviewed and who publishes are different people (三审三校), and each step is signed.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from pydantic import TypeAdapter

from faq.content.entries import Content
from faq.editing import checking, draft_listing, drafts, question_sets
from faq.editing.checking import CheckResult, Progress
from faq.editing.differences import PartChange, part_changes
from faq.editing.question_sets import Labelled
from faq.release import publishing
from faq.release.publishing import Prepared, Published
from miniprogram_api import audit, clock
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.retention import Kept
from miniprogram_api.services import Services
from miniprogram_api.texts import invalid
from models.faq import releases as release_table
from models.faq import review as table
from models.faq.review import FaqCheck
from models.storage.database import IntegrityError, release, transaction

LONGEST_TEXT = 200
# So many lost questions are named in a refusal; all of them are counted.
_MOST_NAMED = 50
_RESULT = TypeAdapter(CheckResult)


@dataclass(frozen=True)
class Checked:
    """A check of the draft. `digest`: of the content that was checked (see `publish`)."""

    id: int
    digest: str
    result: CheckResult


@dataclass(frozen=True)
class Release:
    """What is known about a release besides its content (see `models.faq.releases.FaqRelease`)."""

    number: int
    created_at: datetime
    author: str
    note: str
    override: str
    restores: int | None
    check_id: int | None


@dataclass(frozen=True)
class Publication:
    """Release `number` is in force. `result`: what its check found; None for a roll-back."""

    number: int
    result: CheckResult | None


def check(progress: Progress = lambda _step, _done, _total: None) -> Checked:
    """Check the draft as it is; a check of exactly the same is not made twice.

    Raises Refused: INVALID_INPUT naming what is wrong with the draft, entry by entry.
    """
    in_force = publishing.current()
    return checked(publishing.prepare(drafts.content()), in_force, progress)


def check_key() -> str:
    """Changes with everything that a check depends on; costs little, unlike the check.

    Raises Refused: SERVICE_UNAVAILABLE before the first publication.
    """
    seen = (publishing.current().number, drafts.fingerprint(), question_sets.fingerprint())
    return sha256(repr(seen).encode()).hexdigest()


def publish(
    services: Services, *, actor: str, note: str = "", override: str = "", digest: str | None = None
) -> Publication:
    """Publish the draft. `override`: why, although questions are lost by it.

    `digest`: of the check that the publisher saw, which is then not made again; without it whatever
    the draft holds now is checked.
    Raises Refused: REVIEW_REQUIRED; INVALID_INPUT naming what is wrong with the draft;
    NOTHING_TO_PUBLISH; PUBLICATION_OUTDATED when the draft or what is in force changed meanwhile;
    PUBLICATION_LOSES_QUESTIONS when it loses any and `override` is empty.
    """
    if services.settings.publish_needs_review:
        raise Refused(Reason.REVIEW_REQUIRED)
    require_short(note=note, override=override)
    in_force = publishing.current()
    prepared = publishing.prepare(drafts.content())
    found = accepted(prepared, in_force, override, digest)
    published = put_in_force(prepared.content, found, actor=actor, note=note, override=override)
    publishing.wait_until_served()
    return published


def roll_back(number: int, *, actor: str, reason: str) -> Publication:
    """Publish the content of release `number` again, as a new release; the draft stays as it is.

    Needs no check and no review: it was in force before, and there is no time for them.
    Raises Refused: NOT_FOUND; NOTHING_TO_PUBLISH when that content is in force; INVALID_INPUT
    without a reason; PUBLICATION_OUTDATED when somebody published at the same moment.
    """
    require_reason(reason)
    in_force = publishing.current()
    earlier = publishing.release(number)
    if earlier.content == in_force.content:
        raise Refused(Reason.NOTHING_TO_PUBLISH)
    # Learnt, or fetched from where it was kept, before anybody has to wait for it.
    earlier.keep()
    with _the_first_one():
        new = publishing.publish(
            earlier.content, after=in_force.number, author=actor, note=reason, restores=number
        )
        audit.write("faq:release:rolled_back", actor=actor, release=new, restores=number)
    publishing.wait_until_served()
    return Publication(new, None)


def releases(*, limit: int = 50, before: int | None = None) -> list[Release]:
    """The newest releases first; `before`: only those of lower numbers."""
    return [
        Release(
            number=row.number,
            created_at=row.created_at,
            author=row.author,
            note=row.note,
            override=row.override,
            restores=row.restores,
            check_id=row.check_id,
        )
        for row in release_table.releases(limit, before)
    ]


def release_of(number: int) -> Release:
    """Release `number`. Raises Refused: NOT_FOUND."""
    found = releases(limit=1, before=number + 1)
    if not found or found[0].number != number:
        raise Refused(Reason.NOT_FOUND)
    return found[0]


def changes_by(number: int) -> list[PartChange] | None:
    """What release `number` changed in the one before it; None for the first one.

    Raises Refused: NOT_FOUND.
    """
    before = releases(limit=1, before=number)
    if not before:
        return None
    earlier = publishing.release(before[0].number)
    after = publishing.release(number).parts
    return part_changes(earlier.parts, after, draft_listing.titles())


def result_of(check_id: int) -> CheckResult:
    """What a check found. Raises Refused: NOT_FOUND."""
    row = table.check(check_id)
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    return _RESULT.validate_json(row.result)


def is_kept(check_id: int) -> bool:
    """Whether what a check found is still known."""
    return table.check(check_id) is not None


# What reviews are made of, too -------------------------------------------------------------------


def checked(
    prepared: Prepared,
    in_force: Published,
    progress: Progress = lambda _step, _done, _total: None,
) -> Checked:
    """Check what is prepared; a check of exactly the same is not made twice."""
    asked = question_sets.asked()
    questions = _digest_of(asked)
    known = table.latest_check(prepared.digest, in_force.number, questions)
    if known is None:
        gone = draft_listing.titles()
        # Takes seconds, in which nobody else need go without the connection.
        release()
        result = checking.check(prepared, asked, in_force, progress, gone)
        # Whoever publishes it, in whichever process, need not learn it again.
        prepared.keep()
        known = table.add_check(
            digest=prepared.digest,
            release=in_force.number,
            questions=questions,
            result=_RESULT.dump_json(result).decode(),
            checked_at=clock.now(),
        )
        table.remove_old_checks(Kept.CONTENT_CHECKS.cutoff())
    return _checked(known)


def accepted(prepared: Prepared, in_force: Published, override: str, digest: str | None) -> Checked:
    """The check of what is to be published, once the matcher has learnt it.

    `digest`: see `publish`. Raises Refused: NOTHING_TO_PUBLISH; PUBLICATION_OUTDATED when that
    check is of something else by now; PUBLICATION_LOSES_QUESTIONS when it loses questions and
    nobody says why it may.
    """
    if digest is not None and digest != prepared.digest:
        raise Refused(Reason.PUBLICATION_OUTDATED)
    if prepared.content == in_force.content:
        raise Refused(Reason.NOTHING_TO_PUBLISH)
    if digest is None:
        prepared.keep()
        found = checked(prepared, in_force)
    else:
        questions = _digest_of(question_sets.asked())
        known = table.latest_check(digest, in_force.number, questions)
        if known is None:
            raise Refused(Reason.PUBLICATION_OUTDATED)
        prepared.keep()
        found = _checked(known)
    if found.result.lost and not override.strip():
        named = [vars(change) for change in found.result.losses()[:_MOST_NAMED]]
        raise Refused(Reason.PUBLICATION_LOSES_QUESTIONS, count=found.result.lost, lost=named)
    return found


def _digest_of(asked: Sequence[tuple[str, Labelled]]) -> str:
    return sha256(repr(asked).encode()).hexdigest()


def _checked(row: FaqCheck) -> Checked:
    return Checked(row.id, row.digest, _RESULT.validate_json(row.result))


def put_in_force(
    content: Content, found: Checked, *, actor: str, note: str, override: str
) -> Publication:
    """Publish what was checked, in the caller's transaction if there is one.

    Raises Refused: PUBLICATION_OUTDATED when something else was published since the check.
    """
    result = found.result
    override = override if result.lost else ""
    facts = {"author": actor, "note": note, "override": override, "check_id": found.id}
    with _the_first_one():
        number = publishing.publish(content, after=result.release, **facts)
        audit.write("faq:release:published", actor=actor, release=number, check=found.id)
        if override:
            audit.write("faq:release:overridden", actor=actor, release=number, lost=result.lost)
    return Publication(number, result)


@contextmanager
def _the_first_one() -> Iterator[None]:
    """A transaction in which nobody else has published since; Refused: PUBLICATION_OUTDATED."""
    try:
        with transaction():
            yield
    except IntegrityError:
        raise Refused(Reason.PUBLICATION_OUTDATED) from None


def require_reason(reason: str) -> None:
    """Raise Refused: INVALID_INPUT unless it says why to go back, in few words."""
    if not reason.strip():
        raise invalid("releases.reason.required")
    require_short(reason=reason)


def require_short(**texts: str) -> None:
    """Raise Refused: INVALID_INPUT naming the first text that is too long to be kept."""
    for name, text in texts.items():
        if len(text) > LONGEST_TEXT:
            raise invalid("releases.any.too_long", field=name, most=LONGEST_TEXT)
