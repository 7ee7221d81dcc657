"""The switch 是否办理工商登记注册 recorded at a window, and whether any system asks for it."""

from datetime import date, datetime
from functools import partial
from typing import Any

import pytest

from miniprogram_api import clock
from miniprogram_api.accounts import authorisation, switching
from miniprogram_api.accounts.authorisation import Authorisation
from miniprogram_api.ledger import comparison
from miniprogram_api.ledger import view as ledger_view
from miniprogram_api.phones.proofs import PhoneProof
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.registrars import systems as registrar_systems
from miniprogram_api.second_person import deciding
from miniprogram_api.windows import authorisations as window_authorisations
from miniprogram_api.windows import verifications as window_desk
from miniprogram_api.windows.authorisations import AuthorisedAtWindow
from models.accounts.accounts import Account
from models.desks.audit import AuditEntry
from models.desks.ledger import LedgerLine
from tests.support.admin.on_site import on_site
from tests.support.admin.staff import member_of
from tests.support.people.accounts import Time, account_of, account_session, fresh
from tests.support.people.persons import person
from tests.support.people.registrations import sent_code
from tests.support.service.ledger import lines_about
from tests.support.service.rules import Rules

SOMEONE = person(number=21)
# A Friday; the tenth working day after it is the second Friday.
NOW = datetime(2026, 11, 27, 10, tzinfo=clock.SHANGHAI)


def record(rules: Rules, until: str | None, **changes: Any) -> AuthorisedAtWindow:
    values: dict[str, Any] = {"enabled": until is not None, "ticked": ["id_card"], **changes}
    member = values.pop("member", None) or member_of("clerk")
    id_number = values.pop("id_number", SOMEONE.id_number)
    return window_authorisations.record(rules.services, member, id_number, until=until, **values)


def refusal(rules: Rules, until: str | None = "2026-11-27", **changes: Any) -> tuple[Reason, Any]:
    with pytest.raises(Refused) as refused:
        record(rules, until, **changes)
    fields = refused.value.details.get("fields", [{}])
    return refused.value.reason, fields[0].get("code")


def test_answer_is_recorded_and_effective_until_its_last_day(rules: Rules) -> None:
    with Time(NOW).running():
        account, clerk = account_of(SOMEONE, level=4), member_of("clerk")
        done = record(rules, "2026年12月1日", member=clerk)
        assert done.authorization.reason == "ok"
        assert fresh(account).authorization_until == date(2026, 12, 1)
        off = record(rules, None)
        assert off.authorization.reason == "off"
        # No is an answer, whatever was before.
        record(rules, None)
        history = authorisation.current(rules.services, account.id).history
        differences = {one.what for one in comparison.compare()}
        assert "authorization_without_act" not in differences
    *answers, on = lines_about(SOMEONE.id_number)
    assert (on.number, on.action, on.actor) == (
        done.ledger_number, "authorization_enabled", clerk.actor,
    )  # fmt: skip
    assert on.content["before"] == {"authorization_enabled": False, "authorized_until": None}
    assert on.content["after"] == {"authorization_enabled": True, "authorized_until": "2026-12-01"}
    masked = [(one.label, one.after) for one in ledger_view.localise(on).changes]
    assert masked == [("是否办理工商登记注册", "是"), ("授权的最后一天", "2026-12-01")]
    assert on.content["evidence"] == ["居民身份证原件"]
    assert on.content["place"] == "测试窗口"
    assert [line.action for line in answers] == ["authorization_declined"] * 2
    assert answers[-1].content["before"]["authorization_enabled"] is True
    # Its holder sees both switchings.
    assert [(one.enabled, one.until) for one in history] == [
        (False, None), (True, date(2026, 12, 1)),
    ]  # fmt: skip


def test_level_and_term_are_those_of_the_holders_own_switch(rules: Rules) -> None:
    with Time(NOW).running():
        assert refusal(rules) == (Reason.PERSON_NOT_REGISTERED, None)
        account = account_of(SOMEONE, level=3)
        assert refusal(rules) == (Reason.LEVEL_TOO_LOW, None)
        account.level = 4
        account.save()
        assert refusal(rules, "", enabled=True) == (Reason.INVALID_INPUT, "required")
        assert refusal(rules, "2026-11-26") == (Reason.INVALID_INPUT, "past")
        assert refusal(rules, "2026-12-12") == (Reason.INVALID_INPUT, "too_late")
        for day in ("2026-11-27", "2026-12-11"):
            assert record(rules, day).authorization.effective
        account.status = "frozen"
        account.save()
        assert refusal(rules) == (Reason.ACCOUNT_FROZEN, None)
        assert refusal(rules, None) == (Reason.ACCOUNT_FROZEN, None)
    assert LedgerLine.select().count() == 2


def test_card_seen_opens_it_after_a_reset(rules: Rules) -> None:
    with Time(NOW).running():
        account = account_of(SOMEONE, level=4, authorization_closed_at=clock.now())
        own = SwitchedByHolder(rules, account)
        assert own.refusal() == {"cause": "reset"}
        # The answer no opens nothing.
        assert record(rules, None).authorization.cause == "reset"
        done = record(rules, "2026-12-01")
        assert (done.authorization.reason, done.authorization.cause) == ("ok", None)
        record(rules, None)
        assert own.switch().effective
    (line,) = AuditEntry.select().where(AuditEntry.tag == switching.REOPENED)
    assert (line.actor[:6], line.details) == ("staff:", '{"by": "manual"}')


class SwitchedByHolder:
    """The holder's own switch, with a code to the phone on record."""

    def __init__(self, rules: Rules, account: Account) -> None:
        self.rules, self.session = rules, account_session(account)
        self.account_id = account.id

    def switch(self) -> Authorisation:
        return authorisation.switch(
            self.rules.services,
            self.account_id,
            enabled=True,
            until="2026-12-01",
            session=self.session,
            proof=PhoneProof(sent_code(SOMEONE.phone, "confirm")),
        )

    def refusal(self) -> Any:
        with pytest.raises(Refused) as refused:
            self.switch()
        assert refused.value.reason is Reason.LEVEL_TOO_LOW
        return refused.value.details


def test_only_a_clerk_who_saw_the_card_records_it_for_others(rules: Rules) -> None:
    account = account_of(SOMEONE, level=4)
    assert refusal(rules, None, ticked=[]) == (Reason.INVALID_INPUT, "not_allowed")
    own = {"id_number": SOMEONE.id_number, "identity_index": SOMEONE.id_number}
    assert refusal(rules, member=member_of("clerk", **own)) == (Reason.OWN_MATTER, None)
    for role in ("centre", "auditor"):
        assert refusal(rules, member=member_of(role)) == (Reason.FORBIDDEN, None)
    assert fresh(account).authorization_enabled is False
    assert LedgerLine.select().count() == 0


def test_revoked_verification_switches_it_off_with_a_trace(rules: Rules) -> None:
    account, clerk = account_of(SOMEONE), member_of("clerk")
    seen = on_site(["id_card"], "核对原件一致")
    verified = window_desk.verify_on_site(clerk, SOMEONE.id_number, seen)
    record(rules, clock.today().isoformat(), member=clerk)
    deciding.decide(
        rules.services,
        member_of("clerk"),
        verified.verification_id,
        agrees=False,
        cause="not_same_person",
        reason="照片不符",
    )
    changed = fresh(account)
    assert (changed.authorization_enabled, changed.authorization_until) == (False, None)
    line = lines_about(SOMEONE.id_number)[0]
    assert line.content["before"] == {"level": 4, "authorization_enabled": True}
    assert line.content["after"] == {"level": 3, "authorization_enabled": False}
    history = authorisation.current(rules.services, account.id).history
    assert [one.enabled for one in history] == [False, True]


def test_switch_is_needed_while_an_active_system_asks_for_it(rules: Rules) -> None:
    issue = partial(registrar_systems.issue, rules.services.settings, daily_quota=5, actor="test")
    assert registrar_systems.switch_is_used()
    issue(name="新系统", uses_switch=False)
    assert not registrar_systems.switch_is_used()
    old = issue(name="老系统")
    assert registrar_systems.switch_is_used()
    account = account_of(SOMEONE)
    assert authorisation.current(rules.services, account.id).asked_by == ("老系统",)
    registrar_systems.revoke(old.key_id, actor="test")
    assert not registrar_systems.switch_is_used()
