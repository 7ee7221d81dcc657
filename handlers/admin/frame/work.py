"""What waits for an editor: the counts of the menu, and the start page 我的工作."""

from collections.abc import Collection
from typing import Any

from faq.conversation import inbox, usage
from faq.editing import draft_listing, drafts, workflow
from faq.editing.publication import plans, review
from faq.release import contradictions, published_catalogue
from faq.release.parts import ENTRY, Key
from handlers.admin.frame.access import Visit
from handlers.admin.frame.names import actor_names
from miniprogram_api.second_person import listing
from miniprogram_api.staff.members import Permission
from miniprogram_api.windows import matter_views

# Rows of a list on the start page; its count leads to all of them.
SHOWN = 8


def menu_counts(visit: Visit) -> dict[str, int]:
    """Map pages of the menu to what waits there; counts by index alone, for every page."""
    counts: dict[str, int] = {}
    if visit.member.may(Permission.WORK_AT_WINDOW):
        counts["admin.window.list_matters"] = matter_views.ready(visit.member)
    counts["admin.second_person.list_requests"] = sum(listing.to_decide(visit.member).values())
    if not visit.member.may(Permission.WRITE_CONTENT):
        return counts
    counts["admin.content.list_inbox"] = inbox.count()
    counts["admin.content.publish"] = len(plans.in_trouble(visit.member.actor))
    if visit.services.settings.publish_needs_review:
        mine = review.waiting_for(visit.member.actor)
        counts["admin.content.list_submissions"] = len(mine)
        if visit.member.may(Permission.PUBLISH_CONTENT):
            waiting = workflow.unconfirmed_roll_backs()
            counts["admin.content.list_releases"] = len(waiting)
    return counts


def of(visit: Visit) -> dict[str, Any]:
    """Return the template values of 我的工作."""
    settings, me = visit.services.settings, visit.member.actor
    mine = [one for one in draft_listing.changes() if one.editor == me]
    hand_ins = review.waiting_for(me) if settings.publish_needs_review else []
    against = contradictions.contradictions(drafts.to_publish(), settings)
    # What its author has to look after comes first.
    planned = sorted(
        plans.waiting_or_failed(), key=lambda one: (not one.is_in_trouble, one.actor != me)
    )
    worst, looks = usage.rated_worst(), plans.looks_due()
    items = published_catalogue.items_due()
    keys = [Key(ENTRY, slug) for slug in (*worst, *looks)]
    keys += [key for one in hand_ins for key in one.parts]
    keys += [key for one in planned for key in one.parts]
    people = {one.author for one in hand_ins} | {one.actor for one in planned}
    return {
        "inbox": inbox.count(),
        "mine": mine[:SHOWN],
        "mine_count": len(mine),
        "hand_ins": hand_ins,
        "needs_review": settings.publish_needs_review,
        "roll_backs": workflow.unconfirmed_roll_backs() if settings.publish_needs_review else [],
        "contradictions": against[:SHOWN],
        "contradictions_count": len(against),
        "planned": planned,
        "worst": dict(list(worst.items())[:SHOWN]),
        "worst_count": len(worst),
        "looks": looks[:SHOWN],
        "items": items[:SHOWN],
        "due_count": len(looks) + len(items),
        "looks_count": len(looks),
        "titles": draft_listing.part_titles(keys),
        "names": actor_names(people),
    }


def entries_of(visit: Visit, kind: str) -> Collection[str] | None:
    """Return the entries behind a count of the start page, None for an unknown one."""
    if kind == "mine":
        mine = visit.member.actor
        return {one.key.name for one in draft_listing.changes() if one.editor == mine}
    if kind == "contradictions":
        contradicting = contradictions.contradictions(drafts.to_publish(), visit.services.settings)
        return {one.key.name for one in contradicting}
    if kind == "worst":
        return set(usage.rated_worst())
    return plans.looks_due() if kind == "due" else None
