"""Answer with the published catalogue, and with what a district adds to it."""

from dataclasses import asdict
from typing import Any

from faq.content.catalogue import Item
from faq.release.publishing import current, serving
from miniprogram_api import clock
from miniprogram_api.catalogue import overrides
from miniprogram_api.catalogue.overrides import Local
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import text
from miniprogram_api.texts.sentences import day_in_words


def groups() -> list[dict[str, Any]]:
    """Return the groups with their items for clients; shared, do not change."""
    return serving().content.catalogue_list


def item(code: str, district: str | None = None) -> dict[str, Any]:
    """Return a group or an item for clients."""
    found = serving().content.catalogue_items.get(code)
    if found is None:
        raise Refused(Reason.NOT_FOUND)
    wanted = (district or "").strip()
    local = overrides.find(overrides.known_district(wanted), code) if wanted else Local()
    added = {name: said or None for name, said in asdict(local).items()}
    return {
        **found.form,
        "local": {"district": wanted, **added} if local != Local() else None,
        "notes": notes(found, local),
    }


def items_due() -> list[Item]:
    """Return the published items that were last reviewed more than 12 months ago."""
    today = clock.today()
    return [item for item in current().content.catalogue_items.values() if item.is_due(today)]


def notes(found: Item, local: Local) -> list[str]:
    """Return the remarks about what may differ or may have changed."""
    said = []
    if not (local.promised or found.promised) or not (local.online_url or found.online_url):
        said.append(text("catalogue.notes.local"))
    if found.verify:
        said.append(text("catalogue.notes.verify"))
    if found.is_due(clock.today()):
        said.append(text("catalogue.notes.due", day=day_in_words(found.reviewed_on)))
    return said
