"""The notice by SMS to the accounts of an incident, queued batch by batch by the worker."""

from miniprogram_api import clock
from miniprogram_api.delivery import quiet_hours
from miniprogram_api.incidents import persons
from miniprogram_api.messaging import notices
from models.incidents import Incident
from models.storage.database import transaction

BATCH = 500


def queue(incident_id: int) -> None:
    """Queue the notices that are not yet; may run twice, and goes on where it ended."""
    while _queue_batch(incident_id):
        pass


def _queue_batch(incident_id: int) -> bool:
    """Queue one batch with the place that was reached; return whether there may be more."""
    with transaction():
        row = Incident.locked(incident_id)
        if row is None or row.persons is None or row.notice_at is None:
            return False
        accounts = persons.after(persons.of_text(row.persons), row.notice_through, BATCH)
        told = 0
        due_at = quiet_hours.next_hour(clock.now())
        for account in accounts:
            if account.phone:
                notices.add(account.id, notices.INCIDENT, account.phone, due_at=due_at)
                told += 1
        if accounts:
            Incident.update(
                notice_through=accounts[-1].id, notice_count=Incident.notice_count + told
            ).where(Incident.id == incident_id).execute()
    return len(accounts) == BATCH
