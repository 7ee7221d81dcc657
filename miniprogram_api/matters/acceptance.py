"""Look up, accept and withdraw the matters of one maker, each in one transaction."""

from collections.abc import Sequence

from miniprogram_api.matter_lines import changes, finding
from miniprogram_api.matters import views
from miniprogram_api.matters.views import MatterView
from miniprogram_api.services import Services
from models.matters.matters import Line, Matter
from models.storage.database import transaction


def show(services: Services, matter_id: str, *, maker: str) -> MatterView:
    """Return a matter of this maker. Raises Refused NOT_FOUND."""
    return views.of_matter(services, finding.matter(matter_id, maker=maker))


def accept(
    services: Services, matter_id: str, version: int, *, maker: str, actor: str
) -> tuple[Matter, Sequence[Line]]:
    """Accept a matter of this maker and return it with its lines; as ``changes.accept``."""
    finding.matter(matter_id, maker=maker)
    with transaction():
        lines = changes.accept(services, matter_id, version, actor=actor)
    return finding.matter(matter_id), lines


def withdraw(matter_id: str, reason: str | None, *, maker: str, actor: str) -> Matter:
    """Withdraw a matter of this maker; as ``changes.withdraw``."""
    finding.matter(matter_id, maker=maker)
    with transaction():
        return changes.withdraw(matter_id, reason, actor=actor)
