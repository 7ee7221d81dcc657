"""Rights of persons as tickets: correction, transfer, relatives, why a check failed."""

import json

import pytest

from miniprogram_api.access import refusals
from miniprogram_api.accounts import privacy
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.tickets import forms
from miniprogram_api.tickets.forms import TicketForm
from models.desks.tickets import Ticket
from tests.support.people.accounts import account_of, account_session
from tests.support.people.persons import person
from tests.support.service.rules import Rules


def fields_refused(refused: Refused) -> set[str]:
    return {item["field"] for item in refused.details["fields"]}


def test_relatives_name_the_person_who_died(rules: Rules) -> None:
    applicant, dead = person("王小明", number=9861), person("王建国", number=9862)
    session = account_session(account_of(applicant))
    with pytest.raises(Refused) as caught:
        forms.submit(rules.services, TicketForm(kind="relatives_request"), session=session)
    assert fields_refused(caught.value) == {"name", "id_number", "description"}
    asked = TicketForm(
        kind="relatives_request",
        name=dead.name,
        id_number=dead.id_number,
        description="父亲去世，请注销他的账号。",
    )
    forms.submit(rules.services, asked, session=session)
    row = Ticket.get()
    assert (row.name, row.id_number) == (dead.name, dead.id_number)
    assert row.account_id is not None


@pytest.mark.parametrize("kind", ["name_correction", "data_transfer"])
def test_account_gives_the_person_and_the_words_are_needed(rules: Rules, kind: str) -> None:
    someone = person("王小明", number=9861)
    session = account_session(account_of(someone))
    with pytest.raises(Refused) as caught:
        forms.submit(rules.services, TicketForm(kind=kind), session=session)  # type: ignore[arg-type]
    assert fields_refused(caught.value) == {"description"}
    asked = TicketForm(kind=kind, description="户口簿上是王晓明。")  # type: ignore[arg-type]
    forms.submit(rules.services, asked, session=session)
    assert Ticket.get().id_number == someone.id_number


def test_why_is_answered_from_the_record(rules: Rules) -> None:
    session = account_session(account_of(person("王小明", number=9861)))
    refusals.note(session, Refused(Reason.FACE_MISMATCH), None)
    forms.submit(
        rules.services,
        TicketForm(kind="refusal_reason", description="刷脸为什么不过"),
        session=session,
    )
    facts = json.loads(Ticket.get().facts)
    assert "FACE_MISMATCH" in json.dumps(facts["refusals"])


def test_each_right_names_its_ticket() -> None:
    ways = {page for pages in privacy.RIGHTS.values() for page in pages}
    for kind in ("name_correction", "data_transfer", "relatives_request", "refusal_reason"):
        assert f"pages/tickets/index?kind={kind}" in ways
