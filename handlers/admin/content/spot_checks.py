"""Spot checks: random answers of each week, one by one, with the editor's mark."""

from collections.abc import Sequence

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from faq.conversation import messages, spot_checks
from faq.conversation.conversations import REMEMBERED
from faq.conversation.messages import Line
from faq.conversation.spot_checks import Drawn
from faq.editing import question_sets
from faq.release import publishing
from handlers.admin.content.answers import namer
from handlers.admin.content.blueprint import pages
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.names import actor_names
from handlers.admin.frame.rendering import render
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import text


@pages.page("/spot-checks", may=Permission.READ_CONTENT)
def list_spot_checks(visit: Visit) -> ResponseReturnValue:
    """List the drawn answers of a week, by default the last."""
    weeks = spot_checks.weeks()
    week = next((week for week in weeks if week.name == request.args.get("week")), None)
    week = week or next(iter(weeks), None)
    drawn = [] if week is None else spot_checks.of_week(week.name)
    return render(
        visit,
        "content/spot_checks.html",
        weeks=weeks,
        week=week,
        drawn=drawn,
        first=next((one.message_id for one in drawn if one.mark is None), None),
        marks=spot_checks.MARKS,
        named=namer(),
    )


@pages.page("/spot-checks/<message_id>", may=Permission.READ_CONTENT)
def show_spot_check(visit: Visit, message_id: str) -> ResponseReturnValue:
    """Show one answer with the turns before it."""
    return _page(visit, message_id, Form())


@pages.act("/spot-checks/<message_id>/mark", may=Permission.WRITE_CONTENT)
def mark_spot_check(visit: Visit, message_id: str) -> ResponseReturnValue:
    """Mark an answer and go to the next one without a mark."""
    form, sampled = Form(beside=()), spot_checks.get(message_id)
    mark, expected = form["mark"], None
    if form["listed"]:
        expected = sampled.slug if mark == spot_checks.RIGHT else form["expected"] or None
    before, editor = form["before"], visit.member.actor
    with form:
        if not spot_checks.mark(message_id, mark, expected, before=before, editor=editor):
            form.tell(text("content.marked_meanwhile"))
            return _page(visit, message_id, form, 409)
        left = [one.message_id for one in spot_checks.of_week(sampled.week) if one.mark is None]
        if not left:
            return redirect(url_for(".list_spot_checks", week=sampled.week, done="saved"))
        return redirect(url_for(".show_spot_check", message_id=left[0], done="saved"))
    return _page(visit, message_id, form)


def _stands_alone(sampled: Drawn, earlier: Sequence[Line]) -> bool:
    """Return whether the words led to the entry, not the turns before or the asker's record."""
    entry = publishing.current().matcher.match(sampled.question).entry
    return not earlier and entry is not None and entry.slug == sampled.slug


def _page(
    visit: Visit, message_id: str, form: Form, status: int | None = None
) -> ResponseReturnValue:
    sampled = spot_checks.get(message_id)
    earlier = [
        line
        for line in messages.context_of(message_id)
        if sampled.asked_at - REMEMBERED < line.asked_at <= sampled.asked_at
        and line.message_id != message_id
    ]
    return render(
        visit,
        "content/spot_check.html",
        status,
        form=form,
        found=sampled,
        earlier=earlier,
        week=next((week for week in spot_checks.weeks() if week.name == sampled.week), None),
        listed=sampled.expected is not None if sampled.mark else _stands_alone(sampled, earlier),
        marks=spot_checks.MARKS,
        answers=question_sets.known_answers(),
        named=namer(),
        names=actor_names({sampled.marked_by} if sampled.marked_by else set()),
    )
