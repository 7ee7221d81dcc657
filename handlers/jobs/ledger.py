"""Chain rows, seal the chains, compare the ledger with the tables, and verify on request."""

from miniprogram_api.delivery import audit_stream
from miniprogram_api.ledger import anchors as ledger_anchors
from miniprogram_api.ledger import comparison as ledger_comparison
from miniprogram_api.ledger import links
from miniprogram_api.ledger import seals as ledger_seals
from miniprogram_api.ledger import verifications as ledger_verifications
from miniprogram_api.outbox import Payload
from miniprogram_api.services import Services


def verify(services: Services, payload: Payload) -> None:
    """Run the verification ``verification_id``; raises when another worker runs it."""
    ledger_verifications.run(services.settings, int(payload["verification_id"]))


def chain(services: Services, _payload: Payload) -> None:
    """Chain what waits of decisions, tickets and the audit log; queue that for the log server."""
    links.chain_all()
    audit_stream.queue(services)


def seal(services: Services, _payload: Payload) -> None:
    """Seal when it is due and carry seals out; what fails is tried again at the next period."""
    ledger_seals.seal_if_due(services.settings)
    ledger_anchors.carry(services)


def compare(_services: Services, _payload: Payload) -> None:
    """Compare the tables with the ledger, once a night."""
    ledger_comparison.compare_if_due()
