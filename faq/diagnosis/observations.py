"""What one probe sees: a finding, when it came about, and which problem case it explains."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from faq.content.entries import Content, Entry, without
from faq.diagnosis.findings import Finding, Severity
from faq.diagnosis.record import Record
from miniprogram_api import clock
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts.sentences import day_in_words, sentence

Button = dict[str, str]


@dataclass(frozen=True, slots=True)
class Observation:
    """`case`: the problem case that it explains. `decides`: whether that is what happened last to
    this person, so that it says which case he means when his words do not. `at`: when it came
    about; of several that decide the newest counts. `settles`: whether it decides even where the
    words seem to say something else. `slug`: the entry that it explains if no case does. `closed`:
    what would be refused now, so that not even the entry's own buttons offer it. `instead`: an
    answer and steps in the place of those of the entry `slug`, else of its case, else of any entry,
    which are out of date.
    """

    finding: Finding
    at: datetime
    case: int | None = None
    decides: bool = False
    actions: tuple[Button, ...] = ()
    settles: bool = False
    slug: str | None = None
    closed: tuple[Button, ...] = ()
    instead: tuple[str, ...] = ()

    def entry(self, content: Content) -> Entry | None:
        """The entry that explains it, if there is one."""
        if self.case is not None:
            return content.by_case.get(self.case)
        return content.by_slug.get(self.slug or "")


Look = Callable[[Record], Sequence[Observation]]


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """One kind of look at a record.

    `title` and `about`: how editors call it, and what it looks at. `asks`: the answers of Redis
    that it wants beside the database. `for_visitors`: whether it has something to say where
    nothing is known of the asker.
    """

    name: str
    title: str
    about: str
    look: Look
    asks: tuple[str, ...] = ()
    for_visitors: bool = False


def page(label: str, path: str) -> Button:
    return {"type": "page", "label": label, "page": path}


def ticket(label: str, kind: str) -> Button:
    """The service itself fills in what it knows of the asker (`miniprogram_api.tickets.facts`)."""
    return {"type": "ticket", "label": label, "ticket": kind}


def retry(label: str, step: str) -> Button:
    return {"type": "retry", "label": label, "retry": step}


def copy(label: str, text: str) -> Button:
    return {"type": "copy", "label": label, "copy": text}


FACE_AGAIN = retry("重新刷脸", "face")
SEND_AGAIN = retry("重新获取验证码", "sms_code")
REGISTER = page("去注册", "pages/register/index")
OTHER_NUMBER = page("换号注册", "pages/register/index")
CHECK_ELEMENTS = page("重新核对四要素", "pages/register/index")
ACTIVATE = page("去激活", "pages/activation/index")
SIGN_IN = page("去登录", "pages/sign-in/index")
RESET_PASSWORD = page("重置密码", "pages/password-reset/index")
CORRECT_DATES = page("改正证件有效期", "pages/account/identity-dates")
AUTHORISE = page("去设置", "pages/account/authorization")
CHANGE_PHONE = page("更换手机号", "pages/account/phone")
CANCEL_ACCOUNT = page("注销账号", "pages/account/cancellation")
FACE = page("去刷脸", "pages/face/index")
CTID = page("改用网证", "pages/ctid/index")
FACING = (FACE_AGAIN, FACE)
VERIFYING = (*FACING, CTID)
"""What only an account that is not verified yet can do."""
WINDOWS = page("查看窗口", "pages/windows/index")
COPY_DOT = copy("复制“·”", "·")
MANUAL = ticket("申请人工核验", "manual_verification")
VERIFY_PHONE = ticket("申请核验手机号", "phone_verification")
CORRECT_PHONE = ticket("申请更正登记的手机号", "activation_phone")
RE_REGISTER = ticket("申请注销后重新注册", "re_registration")
REPORT = ticket("报告故障", "other")


def told(refused: Refused, **details: Any) -> str:
    """The sentence in which the API says this no; `details` replace those of the refusal."""
    return sentence(refused.reason, {**refused.details, **details})


def finding_of(
    refused: Refused,
    message: str,
    severity: Severity = "block",
    data: Mapping[str, Any] | None = None,
) -> Finding:
    """A finding under the name of a refusal; what the API tells with it is its data."""
    kept = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in refused.details.items()
        if name not in ("fields", "warnings")
    }
    return Finding(refused.reason.name.lower(), message, severity, {**kept, **(data or {})})


def past(instant: datetime) -> str:
    """`10:42` today, `昨天10:42`, or `11月20日10:42`."""
    day, today = instant.date(), clock.today()
    if day == today:
        return f"{instant:%H:%M}"
    before = "昨天" if day == today - timedelta(days=1) else day_in_words(day)
    return f"{before}{instant:%H:%M}"


def frozen(record: Record) -> list[Observation]:
    """That the account is frozen, if it is: nothing of it can be changed or raised.

    Whoever asks for what is refused therefore is told of freezing instead of how it is done.
    """
    if record.frozen is None or record.account is None:
        return []
    data = {"status": record.account.status, "level": record.account.level}
    finding = finding_of(record.frozen, told(record.frozen), data=data)
    of_account = (CORRECT_DATES, AUTHORISE, CHANGE_PHONE, RESET_PASSWORD, CANCEL_ACCOUNT)
    closed = (*VERIFYING, *of_account)
    buttons = record.about.buttons
    is_refused = len(without(buttons, closed)) < len(buttons)
    return [
        Observation(
            finding,
            record.now,
            decides=is_refused,
            actions=(WINDOWS,),
            settles=is_refused,
            slug="account_frozen",
            closed=closed,
        )
    ]


def is_over(refused: Refused, at: datetime) -> bool:
    """Whether a source refused for want of quota on a day that is over."""
    return refused.reason is Reason.IDENTITY_DAILY_LIMIT and at.date() < clock.today()


def quota_is_new(at: datetime, again: Button) -> Observation:
    """What is left of such a refusal."""
    message = f"{past(at)} 那天的核验次数已满，今天可以再试。"
    return Observation(Finding("identity_quota_is_new", message, "info"), at, actions=(again,))


def held_back(record: Record, scope: str) -> list[Observation]:
    """Who tried too much of one kind (``phones``, ``lookups``) and must still wait."""
    note = record.notes.get(Reason.TOO_MANY_ATTEMPTS)
    if note is None or note.details.get("scope") != scope:
        return []
    refused = note.refused(record.now)
    if not refused.details["retry_after"]:
        return []
    return [Observation(finding_of(refused, f"{past(note.at)} {told(refused)}"), note.at)]
