"""Delete expired rows."""

from collections.abc import Callable
from functools import partial

import structlog

from faq.conversation import messages
from faq.editing import tasks
from miniprogram_api import clock, outbox
from miniprogram_api.access import idempotency, refusals, sessions, sign_in_origins
from miniprogram_api.accounts import cancellation, delayed_levels, desk_codes
from miniprogram_api.captures import pictures as desk_pictures
from miniprogram_api.captures import readings
from miniprogram_api.centre import dispute_faces
from miniprogram_api.compliance import ledger_terms
from miniprogram_api.delivery import audit_stream
from miniprogram_api.desks import reminders as desk_reminders
from miniprogram_api.desks import ticket_pictures
from miniprogram_api.enrolment import activation
from miniprogram_api.health import heartbeats
from miniprogram_api.identity import clearances as identity_clearances
from miniprogram_api.identity import verification
from miniprogram_api.incidents import register as incident_register
from miniprogram_api.matter_lines import erasing as matter_erasing
from miniprogram_api.messaging import chat_inbox, chat_replies, notices, subscriptions
from miniprogram_api.names.register import changes as name_changes
from miniprogram_api.operations import client_reports, figures
from miniprogram_api.outbox import Payload
from miniprogram_api.own_data import exports
from miniprogram_api.phones import proofs as phone_proofs
from miniprogram_api.phones import sms_codes
from miniprogram_api.proofing import face_challenges, handovers
from miniprogram_api.registrars import queries as registrars
from miniprogram_api.registrars import watches as registrar_watches
from miniprogram_api.retention import Kept
from miniprogram_api.second_person import deciding, escalation
from miniprogram_api.services import Services
from miniprogram_api.sheets import name_slips
from miniprogram_api.sheets import pictures as sheet_pictures
from miniprogram_api.sign_in import password_resets
from miniprogram_api.staff import devices as staff_devices
from miniprogram_api.staff import passkeys, sittings
from miniprogram_api.staff import sessions as staff_sessions
from miniprogram_api.tickets import retention as ticket_retention
from miniprogram_api.windows import holds

log = structlog.get_logger("housekeeping")


def run(services: Services, _payload: Payload) -> None:
    """Run every part, also after one that failed; then raise the first error, for a retry."""
    failed: list[Exception] = []
    for part in _parts(services):
        try:
            part()
        except Exception as error:
            log.error("not cleared away", exc_info=error)
            failed.append(error)
    if failed:
        raise failed[0]


def _parts(services: Services) -> tuple[Callable[[], object], ...]:
    now = clock.now()
    return (
        # Before the codes, which activations refer to.
        activation.remove_expired,
        password_resets.remove_old,
        sms_codes.remove_old,
        phone_proofs.remove_old,
        face_challenges.remove_old,
        handovers.remove_old,
        delayed_levels.remove_old,
        sign_in_origins.remove_old,
        verification.remove_expired_claims,
        verification.remove_old_checks,
        partial(cancellation.erase_old, services),
        # After the accounts, whose tickets are erased with them.
        ticket_retention.erase_old,
        partial(sessions.remove_expired, now),
        idempotency.remove_old,
        notices.remove_old,
        client_reports.remove_old,
        heartbeats.remove_old,
        desk_codes.remove_expired,
        exports.remove_old,
        name_slips.remove_old,
        messages.remove_old,
        tasks.forget_old,
        subscriptions.remove_old,
        refusals.remove_old,
        chat_inbox.remove_old,
        chat_replies.remove_old,
        ticket_pictures.remove_old,
        identity_clearances.remove_old,
        holds.void_old,
        desk_pictures.remove_old,
        readings.remove_old,
        deciding.end_late,
        escalation.escalate,
        escalation.warn_lapsing,
        escalation.lapse,
        dispute_faces.remove_old,
        registrar_watches.remove_old,
        registrars.remove_old,
        desk_reminders.note_overdue,
        staff_sessions.remove_expired,
        staff_devices.remove_expired,
        passkeys.remove_expired,
        sittings.remove_old,
        partial(sheet_pictures.announce_due, services.settings),
        partial(sheet_pictures.remove_old, services.settings),
        partial(matter_erasing.remove_old, services.settings),
        partial(ledger_terms.end_due, services.settings),
        incident_register.remove_old,
        audit_stream.remove_old,
        figures.remove_old,
        name_changes.remove_old,
        partial(outbox.forget_done, Kept.JOBS.cutoff(now)),
    )
