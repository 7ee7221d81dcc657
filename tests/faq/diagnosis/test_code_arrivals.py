"""What a person reads of a code that does not come: in the program, from the bot, and at the desk.

``python -m pytest -s`` prints the table, made by calls: the gateway and the carriers are played by
the sandbox over HTTP.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from faq.content.entries import Content
from faq.release import publishing
from handlers.errors import error_content
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.delivery import delivery_reports
from miniprogram_api.desks import history
from miniprogram_api.phones import code_reports
from miniprogram_api.reasons import Refused
from miniprogram_api.services import Services
from models.accounts.accounts import Account
from tests.support.faq.diagnosis import Bot, noted
from tests.support.people.accounts import Time, account_of, account_session
from tests.support.people.persons import person
from tests.support.people.registrations import wechat_session
from tests.support.people.sms_codes import NOON, ask
from tests.support.service.rules import Rules

SMS = "sms_not_received"
SOMEONE = person("王秀英", number=7310)
COARSE = "没送到（关机、停机、信号或拦截）"
REFUSED_NUMBER = "收不了我们的短信"


@dataclass(frozen=True)
class Row:
    """A state: how it comes about, and what each reader must find in the text."""

    name: str
    prepare: Callable[[Rules], None]
    program: str
    bot: str
    desk: str
    stranger: str = ""
    """What the same text says to those whose phone it is not; the same when empty."""


def reported(name: str, program: str, desk: str) -> Row:
    """Return the row of a carrier's reason; strangers read the coarse sentence."""
    return Row(
        name,
        lambda rules: rules.sandbox.phone(SOMEONE.phone, report=name),
        program,
        program,
        f"未送达（{desk}）",
        COARSE,
    )


def refused(name: str, code: str, program: str, bot: str, desk: str) -> Row:
    return Row(
        name,
        lambda rules: rules.sandbox.phone(SOMEONE.phone, refusal=code),
        program,
        bot,
        desk,
    )


ROWS = (
    Row("submitted", lambda r: r.sandbox.phone(SOMEONE.phone, report="none"),
        "还没有回执", "还没用", "已交给短信网关"),
    Row("delivered", lambda _: None, "12:00 送达", "12:00 送达", "运营商回执：12:00 送达"),
    reported("suspended", "缴费复机后", "停机"),
    reported("void", "空号", "空号"),
    reported("powered_off", "关机或没有信号", "关机"),
    reported("blacklisted", "短信黑名单", "黑名单"),
    reported("blocked", "回复 TD 退订过的号码", "拦截"),
    reported("frequent", "收到的短信太多", "超频"),
    reported("unknown", "没有说明原因", "未知"),
    Row("uncertain", lambda r: r.sandbox.fault("sms", "reset"),
        "短信通道故障", "可能会晚到", "网关超时，可能已发出"),
    Row("gateway", lambda r: r.sandbox.fault("sms", "error"),
        "短信通道故障", "短信通道", "网关没有收下"),
    refused("number", "FailedOperation.PhoneNumberInBlacklist",
            REFUSED_NUMBER, REFUSED_NUMBER, "黑名单或退订过"),
    refused("wrong", "InvalidParameterValue.IncorrectPhoneNumber",
            "请核对号码", REFUSED_NUMBER, "黑名单或退订过"),
    refused("rate", "LimitExceeded.PhoneNumberOneHourLimit",
            "13:00后可再获取", "被短信商限制", "限制次数"),
    refused("operator", "FailedOperation.InsufficientBalanceInSmsPackage",
            "已收到警报", "已收到警报", "余额、模板、签名或授权"),
)  # fmt: skip


@pytest.fixture(autouse=True)
def time() -> Iterator[Time]:
    with Time(NOON).running() as running:
        yield running


def program(services: Services, session: SessionInfo, phone: str | None, purpose: str) -> str:
    """Ask for a code; return the refusal's sentence, or what the program shows of its arrival."""

    def call() -> None:
        ask(services, phone, session=session, purpose=purpose)

    try:
        no = noted(session, call, SOMEONE.phone)
    except AssertionError:
        delivery_reports.fetch(services)
        return code_reports.last(session).sentence
    return str(error_content(no)["message"])


def bot(services: Services, content: Content, session: SessionInfo) -> str:
    found = Bot(services, content, session).look(SMS, vague=True)
    answer = "" if found.instead is None else found.instead.answer
    return f"{answer} | {found.findings[0].message}"


def desk(account: Account) -> str:
    steps = history.of_person(SOMEONE.id_number, account)
    return next(step.text for step in steps if step.kind == "message")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_is_read(rules: Rules, shipped: Content, row: Row) -> None:
    account = account_of(SOMEONE)
    own = account_session(account)
    row.prepare(rules)
    said = {
        "program": program(rules.services, own, None, "confirm"),
        "bot": bot(rules.services, shipped, own),
        "desk": desk(account),
    }
    print(f"\n{row.name}")
    for reader, sentence in said.items():
        print(f"  {reader}: {sentence}")
    assert row.program in said["program"]
    assert row.bot in said["bot"]
    assert row.desk in said["desk"]
    assert row.name != "rate" or "故障" not in said["bot"]
    assert all(SOMEONE.phone not in sentence for sentence in said.values())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_a_stranger_reads(rules: Rules, shipped: Content, row: Row) -> None:
    account_of(SOMEONE)
    row.prepare(rules)
    stranger = wechat_session("stranger")
    said = program(rules.services, stranger, SOMEONE.phone, "register")
    answer = bot(rules.services, shipped, stranger)
    print(f"\n{row.name}\n  program: {said}\n  bot: {answer}")
    assert (row.stranger or row.program) in said
    assert (row.stranger or row.bot) in answer
    if row.stranger:
        assert row.program not in said + answer


def test_help_of_a_refusal_begins_with_what_is_known(
    rules: Rules, shipped: Content, time: Time
) -> None:
    publishing.seed_if_empty()
    account = account_of(SOMEONE)
    own = account_session(account)
    rules.sandbox.phone(SOMEONE.phone, report="powered_off")
    program(rules.services, own, None, "confirm")
    time.advance(seconds=5)
    with pytest.raises(Refused) as limited:
        ask(rules.services, None, session=own, purpose="confirm")
    steps = error_content(limited.value)["help"]["steps"]
    assert "关机或没有信号" in steps[0]
    assert len(steps) > 1
