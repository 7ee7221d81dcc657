"""Background tasks: run once and taken over from dead workers."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from config import Settings
from faq.content.entries import Content
from faq.editing import background, drafts, question_sets, tasks, workflow
from faq.editing.check.checking import Progress
from faq.matching.interruption import Interrupted
from faq.release import publishing
from miniprogram_api import clock
from miniprogram_api.reasons import Reason, Refused
from models.faq import tasks as table
from models.outbox import OutboxJob

both = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
KIND = "sum"


def add_up(arguments: Mapping[str, Any], actor: str, progress: Progress) -> dict[str, Any]:
    progress("ask", 1, 2)
    return {"sum": sum(arguments["numbers"]), "for": actor}


def begin(key: str = "a", **options: Any) -> tasks.Task:
    return tasks.begin(KIND, key, {"numbers": [1, 2]}, actor="ada", **options)


@both
def test_task_requested_many_times_runs_once(tables: Settings) -> None:
    task = begin()
    assert begin().id == task.id
    assert begin("b").id != task.id
    assert OutboxJob.select().count() == 2
    assert (task.state, task.is_over, task.late) == ("waiting", False, False)
    tasks.run(task.id, {KIND: add_up})
    done = begin()
    assert (done.id, done.state, done.is_over) == (task.id, "done", True)
    assert done.outcome == {"sum": 3, "for": "ada"}
    assert (done.step, done.done, done.total) == ("ask", 1, 2)
    # A second run of the same job finds nothing to do.
    tasks.run(task.id, {})
    assert tasks.get(task.id).state == "done"
    assert begin(anew=True).id != task.id
    assert OutboxJob.select().count() == 3


def test_refusal_and_failure_are_reported(tables: Settings) -> None:
    def refuse(*_: Any) -> dict[str, Any]:
        raise Refused(Reason.INVALID_INPUT, fields=[{"message": "没有填写。"}])

    def fail(*_: Any) -> dict[str, Any]:
        raise ZeroDivisionError

    refused, failed = begin("a"), begin("b")
    tasks.run(refused.id, {KIND: refuse})
    tasks.run(failed.id, {KIND: fail})
    told = tasks.get(refused.id).refusal
    assert told is not None
    assert (told.reason, told.details["fields"][0]["message"]) == (
        Reason.INVALID_INPUT,
        "没有填写。",
    )
    assert tasks.get(failed.id).state == "failed"
    assert tasks.get(failed.id).is_over
    with pytest.raises(Refused):
        tasks.get(999)


def test_interrupted_task_is_taken_by_the_next_worker(tables: Settings) -> None:
    def end(*_: Any) -> dict[str, Any]:
        raise Interrupted

    task = begin()
    with pytest.raises(Interrupted):
        tasks.run(task.id, {KIND: end})
    assert tasks.get(task.id).state == "waiting"
    tasks.run(task.id, {KIND: add_up})
    assert tasks.get(task.id).state == "done"


def test_only_the_task_of_a_dead_worker_is_taken_over(tables: Settings) -> None:
    task, now = begin(), clock.now()
    table.change(task.id, state="running", seen_at=now)
    tasks.run(task.id, {KIND: add_up})
    assert tasks.get(task.id).state == "running"
    table.change(task.id, seen_at=now - timedelta(seconds=21))
    tasks.run(task.id, {KIND: add_up})
    assert tasks.get(task.id).state == "done"
    # The job was lost with its worker; the next look adds it again.
    table.change(task.id, state="running", seen_at=now - timedelta(seconds=80))
    before = OutboxJob.select().count()
    assert begin().state == "waiting"
    assert OutboxJob.select().count() == before + 1


def test_waiting_task_is_late_after_15_seconds_and_old_tasks_are_deleted(tables: Settings) -> None:
    task, now = begin(), clock.now()
    table.change(task.id, begun_at=now - timedelta(seconds=16))
    assert tasks.get(task.id).late
    table.change(task.id, begun_at=now - timedelta(days=7, seconds=1))
    tasks.forget_old()
    with pytest.raises(Refused):
        tasks.get(task.id)


@both
def test_check_uses_the_draft_at_the_time_of_the_request(tables: Settings, small: Content) -> None:
    publishing.publish(small, after=None)
    (shipped,) = question_sets.sets()
    question_sets.archive(shipped.id, True, editor="ada")
    draft = drafts.entry("lost_card")

    def save(answer: str) -> None:
        latest = drafts.entry("lost_card")
        content = {**draft.content, "answer": answer}
        drafts.save(draft.key, content, based_on=latest.revision, editor="ada")

    def check(key: str) -> tasks.Task:
        task = tasks.begin(background.CHECK, key, {"key": key}, actor="ada")
        tasks.run(task.id, background.WORK)
        return tasks.get(task.id)

    save("来补。")
    key = workflow.check_key()
    found = check(key)
    assert found.refusal is None
    assert workflow.result_of(found.outcome["check_id"]).lost == 0
    save("请来补。")
    assert workflow.check_key() != key
    late = check("0" * 64)
    assert late.refusal is not None
    assert late.refusal.reason is Reason.PUBLICATION_OUTDATED
    save("来补。")
    assert workflow.check_key() == key

    back = tasks.begin(background.ROLL_BACK, "r", {"number": 1, "reason": "x"}, actor="ada")
    tasks.run(back.id, background.WORK)
    refused = tasks.get(back.id).refusal
    assert refused is not None
    assert refused.reason is Reason.NOTHING_TO_PUBLISH
