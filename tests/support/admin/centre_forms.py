"""Forms of the centre's desk over HTTP, and the users' tickets they are about."""

from typing import Any

from models.desks.ledger import LedgerLine
from models.desks.tickets import Ticket
from models.second_person import SecondPersonRequest
from tests.support.admin.desk import Desk
from tests.support.people.persons import Person
from tests.support.service.service import Service, data_of


def filed(service: Service, kind: str, wechat: str = "zhang", **content: Any) -> tuple[str, str]:
    """File a user's ticket and return the user's token and the ticket's number."""
    token = service.wechat_login(wechat)
    opened = service.post("/tickets", json={"kind": kind, **content}, token=token)
    return token, str(data_of(opened, 201)["id"])


def act(desk: Desk, number: str, name: str, **fields: str) -> Any:
    return desk.post(f"/centre/tickets/{number}/{name}", fields, page=f"/centre/tickets/{number}")


def done(answer: Any, word: str) -> None:
    assert answer.status_code == 302, answer.text
    assert answer.headers["Location"].endswith(f"done={word}")


def asked_for(desk: Desk, number: str, name: str, **fields: str) -> int:
    """Claim the ticket, request approval of the act and return the request's id."""
    done(act(desk, number, "claim"), "claimed")
    done(act(desk, number, name, reason="已核对材料", **fields), "asked")
    return int(SecondPersonRequest.select().order_by(SecondPersonRequest.id.desc()).get().id)


def decide(desk: Desk, approval: int, decision: str, reason: str = "") -> Any:
    path = f"/second-person/{approval}"
    return desk.post(path, {"decision": decision, "reason": reason}, page=path)


def acts_of(number: str) -> list[str]:
    ticket = Ticket.get(Ticket.number == number).id
    lines = LedgerLine.select().where(LedgerLine.ticket_id == ticket).order_by(LedgerLine.number)
    return [line.action for line in lines]


def dates_of(someone: Person) -> dict[str, str]:
    return {name: someone.four_elements[name] for name in ("valid_from", "valid_until")}
