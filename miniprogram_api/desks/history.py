"""The recent steps of a person, in plain words, and the one at which the person is stuck.

Steps before registration are found by the WeChat users that checked this identity.
"""

from datetime import datetime, timedelta
from typing import Any, Literal

from miniprogram_api import clock, masking
from miniprogram_api.access import refusals
from miniprogram_api.answers import answer_class
from miniprogram_api.texts import text, word, words
from miniprogram_api.texts.desk import message_state, phone_report
from miniprogram_api.texts.sentences import sentence
from models.accounts.accounts import Account
from models.accounts.client_reports import ClientReport
from models.accounts.sms_codes import SENT, SmsCode, entries_of_all
from models.accounts.verifications import CTID, FaceChallenge, IdentityCheck

LOOKED_BACK = timedelta(days=30)
MOST_STEPS = 30

Kind = Literal["check", "face", "message", "report", "refusal"]


@answer_class
class TriedStep:
    """One step of the person, in plain words."""

    at: datetime
    kind: Kind
    text: str
    failed: bool
    transaction: str | None = None
    """The source's number of the call."""


def of_person(id_number: str, account: Account | None) -> tuple[TriedStep, ...]:
    """Return the steps of the person with this canonical ID number, newest first."""
    checks = list(
        IdentityCheck.select()
        .where(IdentityCheck.identity_index.matches(id_number) & _lately(IdentityCheck.checked_at))
        .order_by(IdentityCheck.id.desc())
        .limit(MOST_STEPS)
    )
    users = {row.openid for row in checks if row.openid is not None}
    if account is not None and account.wechat_openid is not None:
        users.add(account.wechat_openid)
    steps = [_check(row) for row in checks]
    if account is not None:
        steps += _faces(account.id)
    steps += _messages(account, users) + _reports(account, users) + _refusals(account, users)
    return tuple(sorted(steps, key=lambda step: step.at, reverse=True)[:MOST_STEPS])


def where_stuck(steps: tuple[TriedStep, ...]) -> TriedStep | None:
    """Return the newest failed step that no later step of its kind has solved."""
    solved: set[str] = set()
    for step in steps:
        if not step.failed:
            # A success also makes earlier reports and refusals obsolete.
            solved |= {step.kind, "report", "refusal"}
        elif step.kind not in solved:
            return step
    return None


def _lately(column: Any) -> Any:
    return column > clock.now() - LOOKED_BACK


def _check(row: Any) -> TriedStep:
    purpose = word("desk.purposes", row.purpose)
    outcome = word("desk.checks", row.outcome)
    return TriedStep(
        row.checked_at,
        "check",
        text("desk.facts.check_for", purpose=purpose, outcome=outcome),
        row.outcome != "match",
        row.source_request_id,
    )


def _faces(account_id: int) -> list[TriedStep]:
    rows = FaceChallenge.select().where(
        (FaceChallenge.account == account_id)
        & (FaceChallenge.mode != CTID)
        & _lately(FaceChallenge.created_at)
    )
    return [
        TriedStep(
            row.created_at,
            "face",
            _face(row),
            row.outcome != "passed",
            row.source_request_id,
        )
        for row in rows.order_by(FaceChallenge.created_at.desc()).limit(MOST_STEPS)
    ]


def _face(row: Any) -> str:
    outcome = word("desk.faces", row.outcome or "not_finished")
    return text("desk.facts.face_check", outcome=outcome)


def _messages(account: Account | None, users: set[str]) -> list[TriedStep]:
    condition = SmsCode.openid.in_(users)
    if account is not None:
        condition |= SmsCode.account_id == account.id
        if account.phone is not None:
            condition |= SmsCode.phone_index.matches(account.phone)
    rows: Any = SmsCode.select(SmsCode, entries_of_all().alias("entries"))
    rows = rows.where(condition & _lately(SmsCode.created_at))
    return [
        TriedStep(
            row.created_at,
            "message",
            text(
                "desk.facts.message",
                phone=masking.phone(row.phone),
                purpose=words("desk.purposes").get(row.purpose, ""),
                state=_message(row),
            ),
            row.state != SENT or (row.used_at is None and row.entries > 0),
        )
        for row in rows.order_by(SmsCode.id.desc()).limit(MOST_STEPS)
    ]


def _message(row: Any) -> str:
    state = message_state(row.state, row.report, row.report_reason, row.reported_at)
    if row.used_at is not None or row.confirmed_by is not None:
        return text("desk.facts.proved", state=state)
    if not row.entries:
        return state
    return text("desk.facts.wrong", state=state, tries=row.entries)


def _reports(account: Account | None, users: set[str]) -> list[TriedStep]:
    condition = ClientReport.openid.in_(users)
    if account is not None:
        condition |= ClientReport.account == account.id
    rows = ClientReport.select().where(condition & _lately(ClientReport.reported_at))
    return [
        TriedStep(row.reported_at, "report", phone_report(row.kind, row.step, row.detail), True)
        for row in rows.order_by(ClientReport.id.desc()).limit(10)
    ]


def _refusals(account: Account | None, users: set[str]) -> list[TriedStep]:
    notes = [note for openid in sorted(users) for note in refusals.last(openid, None)]
    if account is not None:
        notes += refusals.last(None, account.id)
    now = clock.now()
    steps = []
    for note in notes:
        refused = note.refused(now)
        shown = sentence(refused.reason, refused.details)
        steps.append(
            TriedStep(note.at, "refusal", text("desk.facts.refusal", sentence=shown), True)
        )
    return steps
