"""Registration systems: keys, allow-lists, quotas and webhooks."""

import base64
import ipaddress
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from config import Settings
from miniprogram_api import audit, clock
from miniprogram_api.clients.registrar_hooks import address_problem
from miniprogram_api.identity.refused_fields import RefusedFields
from miniprogram_api.reasons import Reason, Refused, invalid_field
from miniprogram_api.texts import invalid, text, words
from models.matters.events import MatterEvent
from models.matters.matters import Matter
from models.registrars import RegistrarEvent, RegistrarKey, RegistrarReceipt, RegistrarWatch
from models.storage.database import transaction

LONGEST_NAME, LONGEST_NETWORKS, LONGEST_ADDRESS = 64, 500, 300
MOST_QUOTA = 10_000_000
SANDBOX_QUOTA = 10_000

_PROBLEMS = words("registrar_systems.problems")


@dataclass(frozen=True, slots=True)
class System:
    """One system as operators see it, without the secret."""

    key_id: str
    name: str
    active: bool
    daily_quota: int
    networks: tuple[str, ...]
    """Allowed CIDRs; empty: any address."""
    webhook_url: str
    """Empty: no webhook."""
    uses_switch: bool
    """Whether it still asks for the switch 是否办理工商登记注册."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Usage:
    """Figures of a system for its page."""

    asked_today: int
    last_asked_at: datetime | None
    awaited: int
    waiting: int
    """Events that are queued or retried."""
    failed: int


@dataclass(frozen=True, slots=True)
class Issued:
    """A new key; the secret (base64) is shown once."""

    key_id: str
    secret: str = field(repr=False)


def issue(
    settings: Settings,
    *,
    name: str,
    daily_quota: int,
    networks: Sequence[str] = (),
    webhook_url: str = "",
    uses_switch: bool = True,
    actor: str,
) -> Issued:
    """Create a key. Raises Refused INVALID_INPUT (name, daily_quota, networks, webhook_url)."""
    values = _validated(settings, name, daily_quota, networks, webhook_url)
    key_id, secret = f"r{secrets.token_hex(8)}", secrets.token_bytes(32)
    encoded = base64.b64encode(secret).decode()
    with transaction():
        RegistrarKey.create(
            id=key_id, secret=encoded, uses_switch=uses_switch, created_at=clock.now(), **values
        )
        audit.write("registrar:key:issued", actor=actor, key=key_id, uses_switch=uses_switch)
    return Issued(key_id, encoded)


def of_sandbox(settings: Settings, webhook_url: str) -> Issued:
    """Return the key of the system that the sandbox plays, made at the first start."""
    name = text("registrar_systems.sandbox")
    row = RegistrarKey.get_or_none((RegistrarKey.name == name) & RegistrarKey.active)
    if row is None:
        return issue(
            settings,
            name=name,
            daily_quota=SANDBOX_QUOTA,
            webhook_url=webhook_url,
            actor="service",
        )
    if row.webhook_url != webhook_url:
        RegistrarKey.update(webhook_url=webhook_url).where(RegistrarKey.id == row.id).execute()
    return Issued(row.id, row.secret)


def change(
    settings: Settings,
    key_id: str,
    *,
    name: str,
    daily_quota: int,
    networks: Sequence[str],
    webhook_url: str,
    uses_switch: bool,
    actor: str,
) -> None:
    """Change the settings of a system. Raises Refused: NOT_FOUND, INVALID_INPUT."""
    values = _validated(settings, name, daily_quota, networks, webhook_url)
    with transaction():
        update = RegistrarKey.update(uses_switch=uses_switch, **values)
        if not update.where(RegistrarKey.id == key_id).execute():
            raise Refused(Reason.NOT_FOUND)
        audit.write(
            "registrar:key:changed",
            actor=actor,
            key=key_id,
            daily_quota=daily_quota,
            networks=values["networks"],
            webhook_url=values["webhook_url"],
            uses_switch=uses_switch,
        )


def revoke(key_id: str, *, actor: str) -> bool:
    """Deactivate a key; return False when there is no active one."""
    with transaction():
        changed = (
            RegistrarKey.update(active=False)
            .where((RegistrarKey.id == key_id) & RegistrarKey.active)
            .execute()
        )
        if changed:
            audit.write("registrar:key:revoked", actor=actor, key=key_id)
    return bool(changed)


def all_systems() -> list[System]:
    """Return all systems, inactive ones last."""
    rows = RegistrarKey.select().order_by(RegistrarKey.active.desc(), RegistrarKey.created_at)
    return [_of_row(row) for row in rows]


def get(key_id: str) -> System:
    """Return one system. Raises Refused NOT_FOUND."""
    row = RegistrarKey.get_or_none(RegistrarKey.id == key_id)
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    return _of_row(row)


def switch_is_used() -> bool:
    """Return whether an active system asks for 是否办理工商登记注册, or there is none."""
    active = RegistrarKey.select(RegistrarKey.uses_switch).where(RegistrarKey.active)
    used = [row.uses_switch for row in active]
    return not used or any(used)


def asking_for_switch() -> list[str]:
    """Return the names of the active systems that ask for 是否办理工商登记注册."""
    asking = RegistrarKey.active & RegistrarKey.uses_switch
    rows = RegistrarKey.select(RegistrarKey.name).where(asking).order_by(RegistrarKey.name)
    return list(dict.fromkeys(row.name for row in rows))


def usage(key_id: str) -> Usage:
    """Return the figures of a system."""
    now = clock.now()
    receipts = RegistrarReceipt.select(RegistrarReceipt.asked_at).where(
        RegistrarReceipt.key == key_id
    )
    watches = RegistrarWatch.select().where(RegistrarWatch.key == key_id)
    events = RegistrarEvent.select().join(RegistrarWatch).where(RegistrarWatch.key == key_id)
    last = receipts.order_by(RegistrarReceipt.id.desc()).first()
    of_matters = MatterEvent.select().join(Matter).where(
        (Matter.key == key_id) & MatterEvent.since.is_null(False)
    )  # fmt: skip
    kinds = ((events, RegistrarEvent), (of_matters, MatterEvent))
    unsent = [(query.where(table.done_at.is_null()), table.failed_at) for query, table in kinds]
    return Usage(
        asked_today=receipts.where(RegistrarReceipt.asked_at > now - timedelta(days=1)).count(),
        last_asked_at=None if last is None else last.asked_at,
        awaited=watches.where(RegistrarWatch.until > now).count(),
        waiting=sum(query.where(failed.is_null()).count() for query, failed in unsent),
        failed=sum(query.where(failed.is_null(False)).count() for query, failed in unsent),
    )


def _validated(
    settings: Settings, name: str, daily_quota: int, networks: Sequence[str], webhook_url: str
) -> dict[str, object]:
    refused = RefusedFields()
    refused.attempt(lambda: _require_name(name.strip()))
    refused.attempt(lambda: _require_quota(daily_quota))
    listed = refused.attempt(lambda: _networks(networks))
    refused.attempt(lambda: _require_address(settings, webhook_url.strip()))
    refused.raise_if_any()
    return {
        "name": name.strip(),
        "daily_quota": daily_quota,
        "networks": listed,
        "webhook_url": webhook_url.strip(),
    }


def _require_name(name: str) -> None:
    if not 1 <= len(name) <= LONGEST_NAME:
        raise invalid("registrars.name.required")


def _require_quota(quota: int) -> None:
    if not 1 <= quota <= MOST_QUOTA:
        raise invalid("registrars.daily_quota.out_of_range")


def _networks(networks: Sequence[str]) -> str:
    try:
        text = ",".join(str(ipaddress.ip_network(network.strip())) for network in networks)
    except ValueError:
        raise invalid("registrars.networks.wrong_form") from None
    if len(text) > LONGEST_NETWORKS:
        raise invalid("registrars.networks.too_long")
    return text


def _require_address(settings: Settings, url: str) -> None:
    problem = None
    if url:
        problem = "form" if len(url) > LONGEST_ADDRESS else address_problem(settings, url)
    if problem is not None:
        raise invalid_field("webhook_url", "not_allowed", _PROBLEMS[problem])


def _of_row(row: RegistrarKey) -> System:
    return System(
        key_id=row.id,
        name=row.name,
        active=row.active,
        daily_quota=row.daily_quota,
        networks=tuple(filter(None, row.networks.split(","))),
        webhook_url=row.webhook_url,
        uses_switch=row.uses_switch,
        created_at=row.created_at,
    )
