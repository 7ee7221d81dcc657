"""Publications, retirements and second looks that are planned for a time."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from peewee import AutoField, CharField, IntegerField, TextField

from models.storage.database import InstantField, Model

WAITING, DONE, FAILED, CANCELLED = "waiting", "done", "failed", "cancelled"


class FaqPlan(Model):
    """One planned act, `kind` publish, retire or look.

    `name`: its entry, empty for a publication of several parts; `parts`: all of them, a JSON list
    of kind and name. `content`: the whole content to publish (JSON, empty once it has ended), made
    from `release`. `submission`: the reviewed one to publish instead. `problem`: why it failed.
    """

    id = AutoField()
    kind = CharField(max_length=12)
    name = CharField(max_length=50, default="")
    parts = TextField(default="[]")
    due_at = InstantField()
    content = TextField(default="")
    release = IntegerField(default=0)
    submission = IntegerField(null=True)
    note = CharField(max_length=200, default="")
    override = CharField(max_length=200, default="")
    actor = CharField(max_length=64)
    state = CharField(max_length=12, default=WAITING)
    problem = TextField(default="")
    made_at = InstantField()

    class Meta:
        table_name = "faq_plan"
        indexes = ((("state", "due_at"), False), (("name", "state"), False))


def find(plan_id: int) -> FaqPlan | None:
    """Return a plan, or None."""
    return FaqPlan.get_or_none(FaqPlan.id == plan_id)


def plans(states: Collection[str], **columns: Any) -> list[FaqPlan]:
    """Return the plans in these states without their content, the next one first.

    `columns`: name → value that they must have.
    """
    fields = [f for f in FaqPlan._meta.sorted_fields if f is not FaqPlan.content]
    query = FaqPlan.select(*fields).where(FaqPlan.state.in_(list(states)))
    for name, value in columns.items():
        query = query.where(getattr(FaqPlan, name) == value)
    return list(query.order_by(FaqPlan.due_at, FaqPlan.id))


def looks_due(now: datetime) -> list[str]:
    """Return the entries whose day to be looked at again has come."""
    query: Any = FaqPlan.select(FaqPlan.name).where(
        FaqPlan.state == WAITING, FaqPlan.kind == "look", FaqPlan.due_at <= now
    )
    return [name for (name,) in query.order_by(FaqPlan.due_at).tuples()]


def count(state: str) -> int:
    """Return the number of plans in a state."""
    return int(FaqPlan.select().where(FaqPlan.state == state).count())


def end(plan_id: int, state: str, *, states: Collection[str], problem: str = "") -> bool:
    """End a plan that is in one of `states` and drop its content; return whether it was."""
    changed: int = (
        FaqPlan.update(state=state, problem=problem, content="")
        .where(FaqPlan.id == plan_id, FaqPlan.state.in_(list(states)))
        .execute()
    )
    return changed == 1
