"""Decisions on a matter, steps of tickets and audit lines, to be manipulated."""

from miniprogram_api import audit
from miniprogram_api.ledger import links
from miniprogram_api.matter_lines import changes, content, finding
from miniprogram_api.matter_lines.changes import Evidence
from models.accounts.accounts import Account
from models.desks.audit import AuditEntry
from models.desks.tickets import TicketEvent
from models.matters.decisions import Decision
from models.storage.database import transaction
from tests.support.matters.matters import PEOPLE, confirm, matter_of, named, verified
from tests.support.service.rules import Rules

ZHANG, LI, WANG = PEOPLE


def begin(rules: Rules) -> dict[str, int]:
    """Make a matter that is confirmed, refused and waited for, and chain it with all before it."""
    zhang, li = verified(ZHANG), verified(LI)
    for account in (zhang, li):
        with transaction():
            actor = audit.by_account(account.id)
            audit.write("api:account:verified", actor=actor, account_id=account.id, by="face")
    matter = matter_of(rules.services, [named(ZHANG), named(LI), named(WANG)])
    confirm(rules.services, matter, zhang)
    own = finding.own_lines(matter, li)
    with transaction():
        changes.refuse_lines(
            rules.services,
            matter.public_id,
            [line.public_id for line in own],
            person=changes.Person(LI.id_number, LI.name),
            digest=content.digest_of(matter, own),
            evidence=Evidence("app", li.id),
            refusal=changes.Refusal("wrong_content", "出资额不对"),
        )
    links.chain_all()
    _, refused, pending = finding.lines(matter)
    decision, refusal = Decision.select().order_by(Decision.id)
    noted = TicketEvent.select().where(TicketEvent.note.is_null(False)).order_by(TicketEvent.id)
    step, erased, *more = noted
    other = next(one for one in more if one.note != step.note)
    with transaction():
        links.erased("ticket_event", [erased.id])
        TicketEvent.update(note=None).where(TicketEvent.id == erased.id).execute()
    return {
        "matter": matter.id,
        "decision": decision.id,
        "refusal": refusal.id,
        "refused_line": refused.id,
        "pending_line": pending.id,
        "step": step.id,
        "other_step": other.id,
        "erased_step": erased.id,
        "audit": AuditEntry.get(AuditEntry.tag == "matter:state:created").id,
        **{f"sealed_{name}": number for name, (number, _) in links.heads().items()},
    }


def go_on(rules: Rules, matter_id: int, *, chained: bool) -> dict[str, int]:
    """Confirm in another matter and write an audit line; return the ids, chained or not."""
    maker_number = f"M-{Decision.select().count()}"
    matter = matter_of(rules.services, [named(ZHANG)], number=maker_number)
    decided = confirm(rules.services, matter, Account.get_by_id(Decision.get().account_id))
    audit.write_own("staff:person:opened", actor="staff:1", matter=matter_id)
    if chained:
        links.chain_all()
    last = AuditEntry.select().order_by(AuditEntry.id.desc()).first()
    return {"unchained_decision": decided.decision.id, "unchained_audit": last.id}
