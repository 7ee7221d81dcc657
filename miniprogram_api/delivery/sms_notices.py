"""Notices by SMS about changes of an account."""

from miniprogram_api import masking
from miniprogram_api.delivery.channels import (
    Channel,
    HandOver,
    Letter,
    Result,
    of_sms,
)
from miniprogram_api.services import Services
from miniprogram_api.texts import word
from models.outbox import Notice
from models.storage.database import release


def _send(services: Services, notice: Notice, _hand_over: HandOver) -> Result:
    """Send one notice; after a time-out it counts as sent, because it may still arrive."""
    release()
    return of_sms(notice, services.clients.sms.send_notice(notice.phone, notice.kind))


def _letter(notice: Notice) -> Letter:
    cause = word("dead_letters.sms", notice.last_error)
    return Letter(masking.phone(notice.phone), cause, word("dead_letters.notices", notice.kind))


def _keep(notice: Notice) -> None:
    # The notice of a replaced phone also tells which phones a person had.
    Notice.update(failed_at=None).where(Notice.id == notice.id).execute()


CHANNEL = Channel(name="notice", table=Notice, letter=_letter, send=_send, drop=_keep)
