"""Plan publications, ends of entries, and days to look at an entry again.

What is published at a time is what was checked when it was planned, on top of what others publish
until then; its parts are held back meanwhile. The job of a plan is in the outbox, so that a process
that dies loses none. A plan that fails its check stays, with the reason, until it is cancelled.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal, cast

from faq.content.entries import Content
from faq.editing import drafts, workflow
from faq.editing.publication import review
from faq.release import publishing
from faq.release.faults import assemble
from faq.release.parts import ENTRY, Key
from miniprogram_api import audit, clock, outbox
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.texts import invalid, text
from miniprogram_api.texts.sentences import sentence
from models.faq import drafts as stored_drafts
from models.faq import plans
from models.faq.plans import CANCELLED, DONE, FAILED, WAITING, FaqPlan
from models.storage.database import transaction

JOB = "content.plan"
PUBLISH: Final = "publish"
RETIRE: Final = "retire"
LOOK: Final = "look"
Kind = Literal["publish", "retire", "look"]
Step = Literal["submitted", "approved", "planned"]
_OPEN = (WAITING, FAILED)
GRACE = timedelta(minutes=5)
"""A plan that waits longer than this after its time is overdue."""
# Other publications at the same moment.
_MOST_ATTEMPTS = 3


@dataclass(frozen=True)
class Plan:
    """Describe a plan of `actor`; `problem`: why it failed, empty while it waits."""

    id: int
    kind: Kind
    parts: tuple[Key, ...]
    due_at: datetime
    actor: str
    submission: int | None
    problem: str

    @property
    def is_overdue(self) -> bool:
        """Return whether its time has passed and nothing was done."""
        is_late = self.due_at < clock.now() - GRACE
        return is_late and self.kind != LOOK and not self.problem

    @property
    def is_in_trouble(self) -> bool:
        """Return whether its author has to look after it."""
        return self.is_overdue or bool(self.problem)


def publish_at(
    services: Services,
    at: datetime,
    *,
    actor: str,
    note: str = "",
    override: str = "",
    digest: str,
    slug: str | None = None,
) -> None:
    """Publish the draft, or one entry of it, as it is now, at a time; see `workflow.publish`.

    Raises Refused as that does, and INVALID_INPUT for a time that has passed.
    """
    if services.settings.publish_needs_review:
        raise Refused(Reason.REVIEW_REQUIRED)
    workflow.require_short(note=note, override=override)
    require_future(at)
    in_force = publishing.current()
    prepared = publishing.prepare(workflow.wanted(slug))
    workflow.accepted(prepared, in_force, override, digest)
    parts = workflow.changed_parts(in_force.digests, prepared.digests)
    content = prepared.content.as_json()
    _add(PUBLISH, slug or "", parts, at, actor, content=content, release=in_force.number,
         note=note, override=override)  # fmt: skip


def retire_at(services: Services, slug: str, at: datetime, *, actor: str) -> None:
    """Retire a published entry at a time.

    Raises Refused: REVIEW_REQUIRED; NOT_FOUND; INVALID_INPUT for a time that has passed, or when
    other content refers to the entry.
    """
    if services.settings.publish_needs_review:
        raise Refused(Reason.REVIEW_REQUIRED)
    require_future(at, "ends_at")
    if Key(ENTRY, slug) not in publishing.current().parts:
        raise Refused(Reason.NOT_FOUND)
    _without(slug)
    _add(RETIRE, slug, [Key(ENTRY, slug)], at, actor)


def end_with(slug: str, at: datetime, *, actor: str) -> None:
    """Plan the end of an entry that is published now or later; see `retire_at`."""
    _add(RETIRE, slug, [Key(ENTRY, slug)], at, actor)


def look_on(slug: str, day: date, *, actor: str) -> None:
    """Remind editors of an entry on a day. Raises Refused: NOT_FOUND; INVALID_INPUT."""
    drafts.entry(slug)
    if day <= clock.today():
        raise invalid("plans.look_on.past")
    at = datetime.combine(day, time(), clock.SHANGHAI)
    _add(LOOK, slug, [Key(ENTRY, slug)], at, actor)


def publish_submission(
    submission_id: int, *, actor: str, at: datetime | None = None
) -> datetime | None:
    """Publish an approved submission, now or at a time, and plan the end of its entry.

    Return the time. Raises Refused: as `review.publish`; INVALID_INPUT for a time that has passed.
    """
    found = review.get(submission_id)
    if at is None:
        review.publish(submission_id, actor=actor)
    else:
        review.require_publisher(found, actor)
        require_future(at)
        with transaction():
            review.plan(submission_id, actor=actor)
            _add(PUBLISH, _only(found.parts), found.parts, at, actor, submission=submission_id)
    if found.ends_at is not None and _only(found.parts) and found.ends_at > (at or clock.now()):
        end_with(_only(found.parts), found.ends_at, actor=actor)
    return at


def cancel(plan_id: int, *, actor: str) -> None:
    """Cancel a plan, or dismiss a failed one. Raises Refused: NOT_FOUND."""
    row = plans.find(plan_id)
    with transaction():
        if row is None or not _end(row, CANCELLED):
            raise Refused(Reason.NOT_FOUND)
        audit.write("faq:plan:cancelled", actor=actor, **_facts(row))


def looked(slug: str, *, actor: str) -> None:
    """Record that an editor looked at an entry again."""
    with transaction():
        for row in plans.plans([WAITING], kind=LOOK, name=slug):
            _end(row, DONE)
            audit.write("faq:plan:looked", actor=actor, **_facts(row))


def of_entry(slug: str) -> list[Plan]:
    """Return the plans of an entry that wait or failed."""
    key = Key(ENTRY, slug)
    return [one for one in waiting_or_failed() if key in one.parts] + [
        _plan(row) for row in plans.plans(_OPEN, kind=LOOK, name=slug)
    ]


def waiting_or_failed() -> list[Plan]:
    """Return the publications and ends that wait or failed, the next one first."""
    return [_plan(row) for kind in (PUBLISH, RETIRE) for row in plans.plans(_OPEN, kind=kind)]


def in_trouble(actor: str) -> list[Plan]:
    """Return the plans of a person that are overdue or failed."""
    return [one for one in waiting_or_failed() if one.actor == actor and one.is_in_trouble]


def of_submission(submission_id: int) -> Plan | None:
    """Return the plan to publish a submission, or None."""
    return next(map(_plan, plans.plans([WAITING], submission=submission_id)), None)


def steps() -> dict[Key, Step]:
    """Return each part that waits for a review, a publisher or its time."""
    planned = plans.plans([WAITING], kind=PUBLISH)
    return {
        **{key: cast(Step, state) for key, state in review.open_parts().items()},
        **{Key(*key): "planned" for row in planned for key in json.loads(row.parts)},
    }


def looks_due() -> list[str]:
    """Return the entries that are to be looked at again."""
    return plans.looks_due(clock.now())


def run(plan_id: int) -> None:
    """Carry out a plan whose time has come; idempotent. Raises Interrupted, to be retried."""
    row = plans.find(plan_id)
    if row is None or row.state != WAITING:
        return
    try:
        for attempt in range(_MOST_ATTEMPTS):
            number = publishing.current().number
            try:
                _publish(row) if row.kind == PUBLISH else _retire(row)
                break
            except Refused as refused:
                if refused.reason is Reason.NOTHING_TO_PUBLISH:
                    # Done by a run whose process died, or by another editor.
                    break
                if attempt + 1 == _MOST_ATTEMPTS or number == publishing.current().number:
                    raise
        with transaction():
            _end(row, DONE)
            audit.write("faq:plan:done", actor=row.actor, **_facts(row))
    except Refused as refused:
        _fail(row, _said(refused))


def give_up(plan_id: int) -> None:
    """Mark a plan as failed by an error of the service."""
    row = plans.find(plan_id)
    if row is not None and row.state == WAITING:
        _fail(row, text("content.plans.error"))


def require_future(at: datetime, field: str = "publish_at") -> None:
    """Raise Refused: INVALID_INPUT for a time that has passed."""
    if at <= clock.now():
        raise invalid("plans.any.past", field=field)


# Implementation ----------------------------------------------------------------------------------


def _add(
    kind: Kind, name: str, parts: Iterable[Key], at: datetime, actor: str, **columns: object
) -> None:
    """Store a plan in place of one of the same kind and entry."""
    keys = list(parts)
    with transaction():
        for earlier in plans.plans(_OPEN, kind=kind, name=name):
            if name or earlier.submission == columns.get("submission"):
                _end(earlier, CANCELLED)
        row = FaqPlan.create(
            kind=kind, name=name, parts=json.dumps(keys), due_at=at, actor=actor,
            made_at=clock.now(), **columns,
        )  # fmt: skip
        if kind == PUBLISH:
            stored_drafts.set_held(keys, True)
        if kind != LOOK:
            outbox.add(JOB, {"plan_id": row.id}, run_at=at)
        audit.write("faq:plan:made", actor=actor, **_facts(row))


def _publish(row: FaqPlan) -> None:
    if row.submission is not None:
        state = review.get(row.submission).state
        if state == "published":
            raise Refused(Reason.NOTHING_TO_PUBLISH)
        review.publish(row.submission, actor=row.actor)
        return
    content = Content.model_validate_json(row.content)
    _put_in_force(workflow.rebased(content, row.release), row, row.override)


def _retire(row: FaqPlan) -> None:
    if Key(ENTRY, row.name) not in publishing.current().parts:
        raise Refused(Reason.NOTHING_TO_PUBLISH)
    _put_in_force(_without(row.name), row, text("content.plans.ended"))


def _put_in_force(content: Content, row: FaqPlan, override: str) -> None:
    in_force = publishing.current()
    prepared = publishing.prepare(content)
    found = workflow.accepted(prepared, in_force, override, None)
    with transaction():
        workflow.put_in_force(
            prepared.content, found, actor=row.actor, note=row.note, override=override
        )
        if row.kind == RETIRE:
            draft = drafts.entry(row.name)
            if not draft.is_retired:
                drafts.retire(row.name, based_on=draft.revision, editor=row.actor)
    publishing.wait_until_served()


def _without(slug: str) -> Content:
    """Return the release without an entry. Raises Refused: INVALID_INPUT when it is referred to."""
    parts = dict(publishing.current().parts)
    parts.pop(Key(ENTRY, slug), None)
    return assemble(parts)


def _end(row: FaqPlan, state: str, problem: str = "") -> bool:
    """End a plan and include its parts in publications again, in a transaction."""
    if not plans.end(row.id, state, states=_OPEN, problem=problem):
        return False
    if row.kind == PUBLISH:
        stored_drafts.set_held(json.loads(row.parts), False)
        if row.submission is not None:
            review.unplan(row.submission)
    return True


def _fail(row: FaqPlan, problem: str) -> None:
    with transaction():
        if _end(row, FAILED, problem):
            audit.write("faq:plan:failed", actor=row.actor, **_facts(row))


def _said(refused: Refused) -> str:
    """Return the sentence of a refusal, or those of its fields."""
    fields = refused.details.get("fields")
    if fields:
        return "".join(str(one["message"]) for one in fields)
    return sentence(refused.reason, refused.details)


def _only(parts: Iterable[Key]) -> str:
    """Return the slug of the entry that is the only part; empty for others."""
    keys = list(parts)
    return keys[0].name if len(keys) == 1 and keys[0].kind == ENTRY else ""


def _facts(row: FaqPlan) -> dict[str, Any]:
    about = {"plan": row.kind, "due_at": f"{row.due_at:%Y-%m-%d %H:%M:%S}"}
    if row.name:
        about["entry"] = row.name
    return about


def _plan(row: FaqPlan) -> Plan:
    return Plan(
        id=row.id,
        kind=cast(Kind, row.kind),
        parts=tuple(Key(*key) for key in json.loads(row.parts)),
        due_at=row.due_at,
        actor=row.actor,
        submission=row.submission,
        problem=row.problem,
    )
