"""Single entries are published, handed in, ended and looked at again, now or at a time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from config import Settings
from faq.content.entries import Content
from faq.editing import drafts, question_sets, workflow
from faq.editing.publication import plans, review
from faq.release import publishing
from faq.release.parts import ENTRY, Key
from handlers import jobs
from miniprogram_api import clock
from miniprogram_api.delivery import background_jobs, sending
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from models.desks.audit import AuditEntry
from models.outbox import OutboxJob
from tests.support.service.rules import Rules

both = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
CARD, LATE = "lost_card", "late_return"


@pytest.fixture
def services(tables: Settings, small: Content) -> Services:
    """Publish the small content; two entries were changed since."""
    publishing.publish(small, after=None)
    for known in question_sets.sets():
        question_sets.archive(known.id, True, editor="ada")
    save(CARD, "ada", answer="来补。")
    save(LATE, "bo", answer="一天两角。")
    return Services(tables, None)  # type: ignore[arg-type]


def save(slug: str, editor: str = "ada", **fields: Any) -> None:
    draft = drafts.entry(slug)
    drafts.save(draft.key, {**draft.content, **fields}, based_on=draft.revision, editor=editor)


def published(slug: str) -> str | None:
    entry = publishing.current().content.by_slug.get(slug)
    return None if entry is None else entry.answer


def refusal(act: Callable[[], Any]) -> Reason:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.reason


def in_(seconds: float) -> datetime:
    return clock.now().replace(microsecond=0) + timedelta(seconds=seconds)


def work(services: Services, at: datetime) -> None:
    """Run every job that is due at that time."""
    with clock.replaced(lambda: at):
        while jobs.work_once(services, at):
            pass


def plan_card(services: Services, at: datetime, **options: Any) -> None:
    digest = workflow.check(slug=CARD).digest
    plans.publish_at(services, at, actor="ada", digest=digest, slug=CARD, **options)


@both
def test_one_entry_is_published_and_other_drafts_stay(services: Services) -> None:
    drafts.hold(CARD, True, based_on=2, editor="ada")
    checked = workflow.check(slug=CARD)
    workflow.publish(services, actor="ada", digest=checked.digest, slug=CARD)
    assert (published(CARD), published(LATE)) == ("来补。", "每天一角，还书时付。")
    assert (drafts.entry(CARD).state, drafts.entry(CARD).held) == ("published", False)
    assert drafts.entry(LATE).state == "changed"
    # A change after the check is not published unseen.
    save(CARD, answer="再改。")
    old = partial(workflow.publish, services, actor="ada", digest=checked.digest, slug=CARD)
    assert refusal(old) is Reason.PUBLICATION_OUTDATED


@both
def test_plan_publishes_what_was_checked_on_top_of_other_publications(services: Services) -> None:
    at = in_(5)
    plan_card(services, at)
    save(CARD, answer="后来又改。")
    assert drafts.entry(CARD).held
    workflow.publish(services, actor="bo")
    assert (published(CARD), published(LATE)) == ("请带身份证到服务台补办。", "一天两角。")
    work(services, at - timedelta(seconds=1))
    assert published(CARD) == "请带身份证到服务台补办。"
    work(services, at)
    assert (published(CARD), published(LATE)) == ("来补。", "一天两角。")
    assert (drafts.entry(CARD).state, drafts.entry(CARD).held) == ("changed", False)
    assert plans.of_entry(CARD) == []
    tags = [line.tag for line in AuditEntry.select().order_by(AuditEntry.id)]
    assert [tag for tag in tags if "plan" in tag] == ["faq:plan:made", "faq:plan:done"]


def test_whole_draft_is_published_at_a_time(services: Services) -> None:
    at, digest = in_(5), workflow.check().digest
    plans.publish_at(services, at, actor="ada", digest=digest)
    assert refusal(lambda: workflow.publish(services, actor="bo")) is Reason.NOTHING_TO_PUBLISH
    work(services, at)
    assert (published(CARD), published(LATE)) == ("来补。", "一天两角。")
    assert [drafts.entry(slug).held for slug in (CARD, LATE)] == [False, False]


def test_plan_of_a_dead_worker_is_carried_out_once(services: Services) -> None:
    at = in_(5)
    plan_card(services, at)
    die = background_jobs.channel(lambda _name, _payload: (_ for _ in ()).throw(KeyboardInterrupt))
    with clock.replaced(lambda: at), pytest.raises(KeyboardInterrupt):
        sending.work_once(services, [die], at)
    work(services, at + timedelta(minutes=2))
    assert (published(CARD), publishing.current().number) == ("来补。", 2)
    (plan,) = [job for job in OutboxJob.select() if job.name == plans.JOB]
    plans.run(1)
    assert (plan.attempts, publishing.current().number) == (2, 2)


def test_plan_that_fails_its_check_keeps_its_reason(services: Services) -> None:
    at = in_(5)
    plan_card(services, at)
    # Another editor publishes other words for the same entry meanwhile.
    drafts.hold(CARD, False, based_on=drafts.entry(CARD).revision, editor="bo")
    save(CARD, "bo", answer="不用补。")
    workflow.publish(services, actor="bo")
    work(services, at)
    assert published(CARD) == "不用补。"
    (failed,) = plans.waiting_or_failed()
    assert "重新检查" in failed.problem
    plans.cancel(failed.id, actor="bo")
    assert plans.waiting_or_failed() == []


def test_new_plan_replaces_the_earlier_one_and_can_be_cancelled(services: Services) -> None:
    assert refusal(lambda: plan_card(services, in_(-1))) is Reason.INVALID_INPUT
    first, second = in_(5), in_(60)
    plan_card(services, first)
    plan_card(services, second)
    (plan,) = plans.of_entry(CARD)
    assert (plan.due_at, plan.kind) == (second, "publish")
    assert plans.steps() == {Key(ENTRY, CARD): "planned"}
    plans.cancel(plan.id, actor="bo")
    assert refusal(lambda: plans.cancel(plan.id, actor="bo")) is Reason.NOT_FOUND
    work(services, second)
    assert publishing.current().number == 1
    assert not drafts.entry(CARD).held


@both
def test_entry_ends_at_its_time(services: Services) -> None:
    at = in_(5)
    # The other entry names it as related.
    assert refusal(lambda: plans.retire_at(services, LATE, at, actor="bo")) is Reason.INVALID_INPUT
    plans.retire_at(services, CARD, at, actor="bo")
    work(services, at)
    assert (published(CARD), published(LATE)) == (None, "每天一角，还书时付。")
    assert drafts.entry(CARD).state == "gone"
    assert workflow.releases()[0].override == "到期下架"


def test_entry_is_looked_at_again_on_its_day(services: Services) -> None:
    today = clock.today()
    assert refusal(lambda: plans.look_on(CARD, today, actor="ada")) is Reason.INVALID_INPUT
    plans.look_on(CARD, today + timedelta(days=1), actor="ada")
    assert plans.looks_due() == []
    tomorrow = in_(86_400)
    with clock.replaced(lambda: tomorrow):
        assert plans.looks_due() == [CARD]
        plans.looked(CARD, actor="bo")
        assert plans.looks_due() == []


def approve(slug: str, author: str, **options: Any) -> review.Submission:
    handed_in = review.submit(actor=author, slug=slug, **options)
    return review.decide(handed_in.id, approve=True, actor="dan")


@both
def test_hand_ins_of_two_entries_do_not_hinder_each_other(services: Services) -> None:
    card, late = approve(CARD, "ada"), approve(LATE, "bo")
    assert (card.authors, card.parts) == (("ada",), (Key(ENTRY, CARD),))
    assert {one.id for one in review.waiting_for("ada")} == {late.id}
    assert {one.id for one in review.waiting_for("eve")} == {card.id, late.id}
    assert review.waiting_for("dan") == []
    again = review.submit(actor="ada", slug=CARD)
    assert review.get(card.id).state == "replaced"
    assert review.open_parts() == {Key(ENTRY, CARD): "submitted", Key(ENTRY, LATE): "approved"}
    review.decide(again.id, approve=True, actor="dan")
    for one in (late, again):
        review.publish(one.id, actor="eve")
    assert (published(CARD), published(LATE)) == ("来补。", "一天两角。")
    found = review.published_as([2, 3])
    assert {number: one.id for number, one in found.items()} == {2: late.id, 3: again.id}
    (change,) = review.changes_of(again.id)
    assert change.key.name == CARD


def test_approved_hand_in_is_published_and_ended_at_its_times(services: Services) -> None:
    at, end = in_(5), in_(60)
    card = approve(CARD, "ada", publish_at=at, ends_at=end)
    own = partial(plans.publish_submission, card.id, actor="ada", at=at)
    assert refusal(own) is Reason.ANOTHER_PERSON_REQUIRED
    plans.publish_submission(card.id, actor="eve", at=at)
    assert review.get(card.id).state == "planned"
    assert [plan.kind for plan in plans.of_entry(CARD)] == ["publish", "retire"]
    # Another hand-in of the whole draft leaves out what waits for its time.
    review.submit(actor="bo")
    work(services, at)
    assert (published(CARD), review.get(card.id).state) == ("来补。", "published")
    work(services, end)
    assert published(CARD) is None


def test_withdrawn_hand_in_is_not_published_at_its_time(services: Services) -> None:
    at = in_(5)
    card = approve(CARD, "ada")
    plans.publish_submission(card.id, actor="eve", at=at)
    review.withdraw(card.id, actor="ada")
    assert plans.waiting_or_failed() == []
    late = approve(LATE, "bo")
    plans.publish_submission(late.id, actor="eve", at=at)
    (plan,) = plans.waiting_or_failed()
    plans.cancel(plan.id, actor="eve")
    assert review.get(late.id).state == "approved"
    work(services, at)
    assert publishing.current().number == 1


def test_hand_in_calls_the_webhook_until_it_answers(rules: Rules, small: Content) -> None:
    publishing.publish(small, after=None)
    save(CARD, answer="来补。")
    services = rules.with_settings(
        content_webhook_url=f"{rules.sandbox.url}/sandbox/registrar/hook"
    )
    handed_in = review.submit(actor="ada", slug=CARD, link="https://desk.test/admin/reviews")
    unreachable = rules.with_settings(content_webhook_url="http://127.0.0.1:9/hook")
    work(unreachable, clock.now())
    assert rules.sandbox.hook_events() == []
    work(services, in_(10))
    (event,) = rules.sandbox.hook_events()
    assert "借书证丢了" in event["body"]
    assert '"editor": "ada"' in event["body"]
    assert f"https://desk.test/admin/reviews/{handed_in.id}" in event["body"]
