"""The next steps that a clerk can take for a person, the most fitting first."""

from collections.abc import Collection
from dataclasses import replace
from typing import Literal

from miniprogram_api import clock
from miniprogram_api.answers import answer_class
from miniprogram_api.authorisation_effect import VERIFIED_LEVEL, judge
from miniprogram_api.desks.history import TriedStep
from miniprogram_api.texts import text
from models.accounts.accounts import ACTIVE, CANCELLED, FROZEN, UNACTIVATED, Account

Act = Literal[
    "register",
    "activate",
    "verify",
    "authorise",
    "renew",
    "change_phone",
    "card",
    "file",
    "tell",
]


@answer_class
class NextStep:
    """One step: an act of the window, a matter for the centre, or words for the person."""

    act: Act
    """register, activate, verify, authorise, renew (the card) and change_phone at the window, card:
    note it on ticket_id, file: a ticket of this kind, tell: words for the user."""
    words: str
    kind: str | None = None
    ticket_id: str | None = None
    fits: bool = False
    """Whether it solves the step at which the user is stuck."""


_REGISTER = NextStep("register", text("desk.steps.register"))
_VERIFY = NextStep("verify", text("desk.steps.verify"))
_ACTIVATE = NextStep("activate", text("desk.steps.activate_here"))
_ACTIVATE_ONLINE = NextStep("tell", text("desk.steps.activate"))
_AUTHORISE = NextStep("authorise", text("desk.steps.authorise"), fits=True)
_CHANGE_SWITCH = NextStep("authorise", text("desk.steps.change_switch"))
_RENEW = NextStep("renew", text("desk.steps.renew"))
_CARD_EXPIRED = NextStep("renew", text("desk.steps.card_expired"), fits=True)
_CHANGE_PHONE = NextStep("change_phone", text("desk.steps.change_phone"))
_NOTHING_LEFT = NextStep("tell", text("desk.steps.nothing_left"))
_FROZEN = NextStep("tell", text("desk.steps.frozen"))
_HELD = NextStep("tell", text("desk.steps.held"), fits=True)
# Kind of the failed step → the tickets and acts that solve it.
_SOLUTIONS: dict[str, tuple[str, ...]] = {
    "check": ("identity_review", "register", "activate", "verify"),
    "face": ("verify",),
    "message": (
        "phone_verification",
        "register",
        "activate",
        "change_phone",
        "phone_change",
        "activation_phone",
    ),
}


def next_steps(
    account: Account | None,
    stuck: TriedStep | None,
    asked_for: Collection[str],
    dispute: str | None,
    *,
    switch_needed: bool = True,
    is_held: bool = False,
) -> tuple[NextStep, ...]:
    """Return the steps for a person with this account, the most fitting first.

    ``asked_for``: the kinds of unfinished tickets; ``dispute``: the number of an identity dispute;
    ``switch_needed``: whether a registration system asks for 是否办理工商登记注册; ``is_held``: a
    verification waits for a second person.
    """
    steps = _steps(account, switch_needed=switch_needed)
    if is_held:
        # Another one would be refused; a registration may be right this time.
        steps = (_HELD, *(step for step in steps if step is not _VERIFY))
    if dispute is not None and account is not None and account.status != FROZEN:
        words = text("desk.steps.card")
        steps = (NextStep("card", words, ticket_id=dispute, fits=True), *steps)
    fitting = {*_SOLUTIONS.get(stuck.kind, ())} if stuck is not None else set()
    if "manual_verification" in asked_for:
        fitting |= {"verify", "register", "activate"}
    marked = [replace(step, fits=step.fits or (step.kind or step.act) in fitting) for step in steps]
    return tuple(sorted(marked, key=lambda step: not step.fits))


def _steps(account: Account | None, *, switch_needed: bool) -> tuple[NextStep, ...]:
    if account is None or account.status == CANCELLED:
        return (_REGISTER, *_files("phone_verification", "identity_review", "other"))
    if account.status == UNACTIVATED:
        return (
            _ACTIVATE,
            _ACTIVATE_ONLINE,
            *_files("activation_phone", "re_registration", "other"),
        )
    if account.status == FROZEN:
        return (_FROZEN, *_files("identity_dispute", "other"))
    assert account.status == ACTIVE  # noqa: S101 - there is no fifth state.
    if account.level < VERIFIED_LEVEL:
        rest = _files(
            "phone_change", "re_registration", "identity_dispute", "name_correction", "other"
        )
        return (_VERIFY, _RENEW, *rest)
    first = _steps_verified(account, switch_needed=switch_needed)
    if _CARD_EXPIRED not in first:
        first = (*first, _RENEW)
    rest = _files("re_registration", "identity_dispute", "name_correction", "other")
    return (*first, _CHANGE_PHONE, *rest)


def _steps_verified(account: Account, *, switch_needed: bool) -> tuple[NextStep, ...]:
    reason = judge(account, clock.today()).reason
    if reason == "card_expired":
        return (_CARD_EXPIRED,)
    if not switch_needed:
        return (_NOTHING_LEFT,)
    return (_NOTHING_LEFT, _CHANGE_SWITCH) if reason == "ok" else (_AUTHORISE,)


def _files(*kinds: str) -> tuple[NextStep, ...]:
    return tuple(NextStep("file", text(f"desk.files.{kind}"), kind) for kind in kinds)
