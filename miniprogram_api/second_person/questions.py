"""Questions of a second person to the clerk of an act, with the clerk's answers; both are kept."""

import json
from dataclasses import field
from datetime import datetime
from typing import Any

from miniprogram_api import audit, clock
from miniprogram_api.answers import answer_class
from miniprogram_api.desks import acts as desk
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person import deciding
from miniprogram_api.second_person.kinds import VERIFICATIONS
from miniprogram_api.second_person.requests import is_own
from miniprogram_api.staff.members import StaffMember, names_of
from miniprogram_api.texts import invalid
from models.second_person import WAITING, SecondPersonRequest

LONGEST = 300
MOST = 20


@answer_class
class Remark:
    """A question to the clerk, or the clerk's answer."""

    at: datetime
    by: str = field(repr=False)
    question: bool
    """False: an answer."""
    text: str = field(repr=False)


def ask(member: StaffMember, request_id: int, text: str) -> None:
    """Ask the clerk about a verification that waits, as one who may decide it."""
    _add(member, request_id, text, is_question=True)


def answer(member: StaffMember, request_id: int, text: str) -> None:
    """Answer the questions about an own verification that waits."""
    _add(member, request_id, text, is_question=False)


def of_request(request: SecondPersonRequest) -> tuple[Remark, ...]:
    """Return questions and answers about a request, oldest first."""
    remarks = _remarks(request)
    names = names_of({one["by"] for one in remarks})
    return tuple(
        Remark(
            datetime.fromisoformat(one["at"]),
            names.get(one["by"], ""),
            one["question"],
            one["text"],
        )
        for one in remarks
    )


def waits_for_clerk(request: SecondPersonRequest) -> bool:
    """Return whether the last remark about a request that waits is a question."""
    remarks = _remarks(request)
    return request.state == WAITING and bool(remarks) and bool(remarks[-1]["question"])


def _add(member: StaffMember, request_id: int, text: str, *, is_question: bool) -> None:
    if not 1 <= len(text.strip()) <= LONGEST:
        raise invalid("reviews.question.required", field="question", most=LONGEST)
    said = "asked" if is_question else "answered"
    known = SecondPersonRequest.get_or_none(
        (SecondPersonRequest.id == request_id) & SecondPersonRequest.kind.in_([*VERIFICATIONS])
    )
    kind = next(iter(VERIFICATIONS.values())) if known is None else VERIFICATIONS[known.kind]
    with desk.acting(member, f"review_{said}", *kind.deciders):
        if known is None:
            raise Refused(Reason.NOT_FOUND)
        request = deciding.locked(known)
        kind.require_undecided(request)
        if is_question:
            kind.require_others(member, request)
        if is_own(member, request) is is_question:
            raise Refused(Reason.SECOND_PERSON_REQUIRED if is_question else Reason.FORBIDDEN)
        remarks = _remarks(request)
        if len(remarks) >= MOST:
            raise Refused(Reason.NOT_APPLICABLE)
        remarks.append(
            {
                "at": clock.now().isoformat(),
                "by": member.id,
                "question": is_question,
                "text": text.strip(),
            }
        )
        content = json.loads(request.content or "{}")
        request.content = json.dumps({**content, "remarks": remarks}, ensure_ascii=False)
        request.save(only=[SecondPersonRequest.content])
        audit.write(f"staff:review:{said}", actor=member.actor, request=request_id)


def _remarks(request: SecondPersonRequest) -> list[dict[str, Any]]:
    return list(json.loads(request.content or "{}").get("remarks", ()))
