"""Signs of fraud at the counters: who may look further, at whom and at what."""

from flask.typing import ResponseReturnValue

from handlers.admin.centre.blueprint import pages
from handlers.admin.frame.access import Visit
from handlers.admin.frame.names import actor_names, window_names
from handlers.admin.frame.rendering import render
from miniprogram_api.centre import irregularities
from miniprogram_api.staff.members import Permission


@pages.page("/irregularities", may=Permission.READ_CENTRE)
def show_irregularities(visit: Visit) -> ResponseReturnValue:
    """Show repeated persons, shared phones, busy clerks and look-ups without an act."""
    found = irregularities.find(visit.services, visit.member)
    actors = {actor for one in found.repeated for actor in one.actors}
    actors |= {one.actor for one in found.clerks} | {one.actor for one in found.lookups}
    return render(
        visit,
        "centre/irregularities.html",
        found=found,
        names=actor_names(actors),
        windows=window_names(),
        rules=irregularities,
    )
