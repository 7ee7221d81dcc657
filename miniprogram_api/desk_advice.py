"""What a clerk can do next for the person in front of him, the most fitting first."""

from collections.abc import Collection
from dataclasses import replace
from typing import Literal

from miniprogram_api.answers import answer_class
from miniprogram_api.desk_history import TriedStep
from models.accounts import ACTIVE, CANCELLED, FROZEN, UNACTIVATED, Account

Act = Literal["register", "verify", "card", "file", "tell"]
_VERIFIED_LEVEL = 4


@answer_class
class NextStep:
    """One thing to do: an act of the window, a matter for the centre, or words for the person."""

    act: Act
    """register and verify at the window, card: note it on ticket_id, file: a ticket of this kind,
    tell: words for the user."""
    words: str
    kind: str | None = None
    ticket_id: int | None = None
    fits: bool = False
    """Whether it answers what the user is stuck at."""


_REGISTER = NextStep("register", "代为注册：没有智能手机或账号，当场登记并核验")
_VERIFY = NextStep("verify", "人工核验：核对证件原件，当场通过")
_ACTIVATE = NextStep("tell", "请本人打开小程序输入身份证号，用登记的手机号完成三步激活。")
_NOTHING_LEFT = NextStep("tell", "已通过核验，可以直接办理业务。")
_FROZEN = NextStep("tell", "账号已冻结，等信息中心处理完才能办理。")
_FILES = {
    "phone_verification": NextStep(
        "file", "手机收不到验证码，请信息中心人工核实", "phone_verification"
    ),
    "identity_review": NextStep("file", "证件无误但核验不一致，请信息中心复核", "identity_review"),
    "activation_phone": NextStep("file", "登记的手机号不对，请信息中心更正", "activation_phone"),
    "re_registration": NextStep("file", "证件信息登记错了，注销后重新注册", "re_registration"),
    "phone_change": NextStep("file", "手机丢失或停用，更换登记手机号", "phone_change"),
    "identity_dispute": NextStep("file", "不是本人注册的，按冒名处理", "identity_dispute"),
    "other": NextStep("file", "其他情况", "other"),
}
# By what he is stuck at: the kinds of tickets and acts that answer it.
_ANSWERS: dict[str, tuple[str, ...]] = {
    "check": ("identity_review", "register", "verify"),
    "face": ("verify",),
    "message": ("phone_verification", "register", "phone_change", "activation_phone"),
}


def next_steps(
    account: Account | None,
    stuck: TriedStep | None,
    asked_for: Collection[str],
    dispute: int | None,
) -> tuple[NextStep, ...]:
    """The steps for a person with this account, the most fitting first.

    ``asked_for`` are the kinds of his unfinished tickets; ``dispute`` is one that says that the
    account is not its holder's.
    """
    steps = _steps(account)
    if dispute is not None and account is not None and account.status != FROZEN:
        words = "有人提出冒名异议：核对来人的身份证原件，冻结账号"
        steps = (NextStep("card", words, ticket_id=dispute, fits=True), *steps)
    answers = {*_ANSWERS.get(stuck.kind, ())} if stuck is not None else set()
    if "manual_verification" in asked_for:
        answers |= {"verify", "register"}
    marked = [replace(step, fits=step.fits or (step.kind or step.act) in answers) for step in steps]
    return tuple(sorted(marked, key=lambda step: not step.fits))


def _steps(account: Account | None) -> tuple[NextStep, ...]:
    if account is None or account.status == CANCELLED:
        return (_REGISTER, *_files("phone_verification", "identity_review", "other"))
    if account.status == UNACTIVATED:
        return (_ACTIVATE, *_files("activation_phone", "re_registration", "other"))
    if account.status == FROZEN:
        return (_FROZEN, *_files("identity_dispute", "other"))
    assert account.status == ACTIVE  # noqa: S101 - there is no fifth state.
    first = _NOTHING_LEFT if account.level >= _VERIFIED_LEVEL else _VERIFY
    return (first, *_files("phone_change", "re_registration", "identity_dispute", "other"))


def _files(*kinds: str) -> tuple[NextStep, ...]:
    return tuple(_FILES[kind] for kind in kinds)
