"""Probes about the four elements: the last check and its field, the card's term, the name."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from faq.diagnosis import observations as says
from faq.diagnosis.findings import Finding
from faq.diagnosis.observations import (
    Button,
    Observation,
    Probe,
    finding_of,
    frozen,
    is_over,
    past,
    quota_is_new,
    told,
)
from faq.diagnosis.record import IDENTITY_ATTEMPTS, IDENTITY_SOURCE, Record
from miniprogram_api.access.refusals import Note
from miniprogram_api.identity.documents import id_numbers, terms
from miniprogram_api.identity.documents.characters import DOT
from miniprogram_api.identity.documents.findings import Kind
from miniprogram_api.proofing.states import AttemptsLeft, PastIdentityCheck, SourceState
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts.sentences import day_in_words, moment_in_words

# From so many real "no" in a day on, trying again helps less than a window does.
MANY_NO = 3
# More than this is read at the fields themselves.
MOST_SENTENCES = 2
SOON = timedelta(days=30)

_FIELDS = {
    "name": "姓名",
    "id_number": "身份证号",
    "valid_from": "有效期起始日期",
    "valid_until": "有效期截止日期",
}
_LOCAL = (
    Reason.INVALID_INPUT,
    Reason.IDENTITY_NEEDS_CONFIRMATION,
    Reason.DOCUMENT_NEEDS_WINDOW,
)
_UNANSWERED = {
    Reason.IDENTITY_SOURCE_BUSY: (
        "核验系统暂时没有答复，不是您填的信息有误，也不占次数。",
        "隔几分钟，{again}，再提交一次。",
        "一直不行的，带身份证原件到窗口现场核验。",
    ),
    Reason.IDENTITY_DAILY_LIMIT: (
        "今天的核验次数已满，明天可以再试。",
        "明天{again}，再提交一次。",
        "急办的，带身份证原件到窗口人工核验；也可以先在线提交人工核验申请。",
    ),
}
"""Where the source judged nobody: what to do instead of what the entry about faces says."""
_REGISTERS, _ACTIVATES, _CHANGES_DATES = "register", "activate", "dates"
_WAY_BACK = {_ACTIVATES: says.ACTIVATE, _CHANGES_DATES: says.CORRECT_DATES}
"""Where the four elements are sent once more; who does not register is refused at registering."""
_IN_VAIN = (
    "这种情况再提交也不会通过，还会用掉核验次数，请带身份证原件到窗口办理。",
    "带身份证原件到就近的窗口，由业务人员当面核对证件；出发前最好先打电话问一下。",
    "证件挂失过、换过新证的，请带现在用的那一张；也可以先在线申请核查身份信息。",
)
# The entry would say to choose 长期, which is what is doubted.
_LONG_TERM_IN_DOUBT = (
    "按签发时的年龄，这张证件多半不是“长期”，请先看证件上“有效期限”后面写的是什么。",
    "证件上写的是日期，就照证件填那个日期，不要选“长期”。",
    "证件上确实写着“长期”的，选“长期”，在提示处点确认，再继续提交。",
)
# The entry would say that something did not match, and nothing was compared.
_TO_CONFIRM = (
    "提交的信息还没送去核验，请先对照证件看一看标出的地方。",
    "填错的，改好再提交。",
    "确认没有填错的，在提示处点确认，就能继续提交。",
)


# The last check ---------------------------------------------------------------------------------


def _identity_check(record: Record) -> list[Observation]:
    """How the last check ended, or what kept it from being made."""
    last = record.identity_checks[0] if record.identity_checks else None
    local = record.last_note(*_LOCAL)
    if local is not None and (last is None or last.at < local.at):
        seen = _not_sent(record, local)
        if seen is not None:
            return [seen]
    full = _refused_before_the_source(record)
    if full is not None and (last is None or last.at < full.at):
        return [_used_up(full.refused(record.now), f"{past(full.at)} ", full, 0)]
    if last is None:
        return []
    if last.refusal is None:
        message = f"{past(last.at)} 身份四要素核验已通过。"
        # Whoever has an account registers no more.
        closed = () if record.account is None else (says.REGISTER,)
        return [Observation(Finding("identity_matched", message, "info"), last.at, closed=closed)]
    if is_over(last.refusal, last.at):
        return [quota_is_new(last.at, _way_back(last))]
    if last.refusal.reason in _UNANSWERED:
        return [_silent(record, last, last.refusal)]
    return [_refused(record, last, last.refusal)]


def unanswered(record: Record) -> list[Observation]:
    """That the source did not answer the last check, for whoever has no account yet.

    He hears of 公安实名系统繁忙 as those do whose face it does not answer, and asks in their words.
    """
    last = record.identity_checks[0] if record.identity_checks and record.account is None else None
    if last is None or last.refusal is None or last.refusal.reason not in _UNANSWERED:
        return []
    return [] if is_over(last.refusal, last.at) else [_silent(record, last, last.refusal)]


def _refused_before_the_source(record: Record) -> Note | None:
    """What was refused because the attempts are used up, his own or those of where he is."""
    note = record.notes.get(Reason.TOO_MANY_ATTEMPTS)
    # Whoever has an account has passed the four elements: his attempts were at something else.
    if note is None or "scope" in note.details or record.account is not None:
        return None
    return note if note.refused(record.now).details.get("retry_after") else None


def _not_sent(record: Record, note: Note) -> Observation | None:
    refused = note.refused(record.now)
    entries = [*note.details.get("fields", ()), *note.details.get("warnings", ())]
    named = [_FIELDS[e["field"]] for e in entries if e.get("field") in _FIELDS]
    if note.reason is not Reason.DOCUMENT_NEEDS_WINDOW and not named:
        return None
    message = f"{past(note.at)} 提交的信息还没送去核验："
    codes = [str(e.get("code")) for e in entries if e.get("field") in _FIELDS]
    sentences = [_sentence_of(code) for code in codes[: MOST_SENTENCES + 1]]
    if 0 < len(sentences) <= MOST_SENTENCES and all(sentences):
        message += "".join(sentences)
    else:
        message += told(refused)
        if named:
            message += f"要看的是：{'、'.join(dict.fromkeys(named))}。"
    if refused.case is None:
        # A child: whatever of the check is asked about, nothing of it is done online.
        return Observation(
            finding_of(refused, message),
            note.at,
            decides=True,
            actions=(says.WINDOWS,),
            settles=record.account is None,
            slug="other_documents",
        )
    data = {"fields": [{"field": e.get("field"), "code": e.get("code")} for e in entries]}
    finding = Finding(note.reason.name.lower(), message, "block", data)
    # The same document would be refused again.
    is_for_window = note.reason is Reason.DOCUMENT_NEEDS_WINDOW
    ways = (says.MANUAL, says.WINDOWS) if is_for_window else _ways(refused.case)
    seen = Observation(finding, note.at, refused.case, True, ways)
    if note.reason is Reason.INVALID_INPUT and Kind.VALID_UNTIL_EXPIRED.code in codes:
        closed = (says.CORRECT_DATES,) if record.account is None else (says.REGISTER,)
        return replace(seen, case=None, slug="expired_card", closed=closed)
    if codes == [Kind.VALID_UNTIL_LONG_TERM_UNLIKELY.code]:
        return replace(seen, instead=_LONG_TERM_IN_DOUBT)
    is_to_confirm = note.reason is Reason.IDENTITY_NEEDS_CONFIRMATION
    if is_to_confirm and refused.case == Reason.IDENTITY_NEEDS_CONFIRMATION.case:
        return replace(seen, instead=_TO_CONFIRM)
    return seen


def _sentence_of(code: str) -> str:
    """What the API said of a field, as far as it held nothing that was typed; else nothing."""
    kind = Kind.__members__.get(code.upper())
    try:
        return "" if kind is None else kind.sentence.format(expected="页面上建议的日期")
    except KeyError:
        return ""


def _silent(record: Record, last: PastIdentityCheck, refused: Refused) -> Observation:
    source: SourceState | None = record.answer(IDENTITY_SOURCE)
    message = f"{past(last.at)} {told(refused)}"
    data = {}
    if source is not None and source.retry_after:
        again = record.now + timedelta(seconds=source.retry_after)
        message += f"系统仍连不上，{moment_in_words(again)}后再试。"
        data["retry_at"] = again.isoformat(timespec="seconds")
    is_full = refused.reason is Reason.IDENTITY_DAILY_LIMIT
    finding = finding_of(refused, message, "block" if is_full else "warn", data)
    instead: tuple[str, ...] = ()
    if record.account is None:
        is_activating = last.purpose == _ACTIVATES
        where = "回到“激活界面”设置密码" if is_activating else "打开注册页，重新核对四要素"
        instead = tuple(text.format(again=where) for text in _UNANSWERED[refused.reason])
    return Observation(
        finding,
        last.at,
        refused.case,
        True,
        (says.MANUAL if is_full else _way_back(last), says.WINDOWS),
        # Whoever has no account has no face check either, of which the entry speaks.
        closed=(*_no_registration(last), *(says.VERIFYING if record.account is None else ())),
        instead=instead,
    )


def _way_back(last: PastIdentityCheck) -> Button:
    return _WAY_BACK.get(last.purpose, says.CHECK_ELEMENTS)


def _no_registration(last: PastIdentityCheck) -> tuple[Button, ...]:
    return () if last.purpose == _REGISTERS else (says.REGISTER,)


def _refused(record: Record, last: PastIdentityCheck, refused: Refused) -> Observation:
    attempts: AttemptsLeft | None = record.answer(IDENTITY_ATTEMPTS)
    data: dict[str, Any] = {}
    message = f"{past(last.at)} {told(refused)}"
    fields = _suspected(last, refused)
    if fields:
        message += f"请先看{'、'.join(_FIELDS[field] for field in fields)}。"
        data["fields"] = fields
    if attempts is not None and last.is_no:
        data["attempts_left"] = attempts.left
        noes = [
            t for t in record.identity_checks if t.is_no and t.at > record.now - timedelta(days=1)
        ]
        if attempts.refusal is not None or len(noes) >= MANY_NO:
            too_many = attempts.refusal or Refused(Reason.TOO_MANY_ATTEMPTS)
            return _used_up(too_many, message, last, attempts.left)
    is_in_vain = refused.reason is Reason.IDENTITY_INVALID
    if "attempts_left" in data and not is_in_vain:
        message += _tries(data["attempts_left"])
    finding = finding_of(refused, message, data=data)
    ways, closed = _ways(refused.case, _way_back(last)), _no_registration(last)
    seen = Observation(finding, last.at, refused.case, True, ways, closed=closed)
    if is_in_vain:
        closed = (_way_back(last), says.REGISTER, says.COPY_DOT)
        return replace(seen, actions=(says.WINDOWS,), closed=closed, instead=_IN_VAIN)
    return seen


def _used_up(
    refused: Refused, before: str, event: PastIdentityCheck | Note, left: int
) -> Observation:
    message = before + told(refused) + _tries(left)
    finding = finding_of(refused, message, data={"attempts_left": left})
    return Observation(finding, event.at, refused.case, True, (says.MANUAL, says.WINDOWS))


def _tries(left: int) -> str:
    return f"还可试{left}次。" if left else ""


def _suspected(last: PastIdentityCheck, refused: Refused) -> list[str]:
    """The fields to look at first: those the source names, else those that were doubtful."""
    named = [entry["field"] for entry in refused.details.get("fields", ())]
    if not named:
        kinds = (Kind.__members__.get(code.upper()) for code in last.confirmed)
        named = [kind.field_name for kind in kinds if kind is not None]
    return [field for field in dict.fromkeys(named) if field in _FIELDS]


def _ways(case: int | None, back: Button = says.CHECK_ELEMENTS) -> tuple[Button, ...]:
    if case == Kind.NAME_DOT_AT_EDGE.case:
        return says.COPY_DOT, back
    return (back,)


# The card's term --------------------------------------------------------------------------------


def _card_term(record: Record) -> list[Observation]:
    """The term on record, judged as the API judges one that is typed."""
    account = record.account
    if account is None:
        return _typed_long_term(record)
    if record.frozen is not None:
        return frozen(record)
    if account.valid_from is None:
        return []
    end = terms.Term(account.valid_from, account.valid_until)
    today = record.now.date()
    holder = id_numbers.check(account.id_number, today).value
    checked = terms.check(account.valid_from.isoformat(), end.until_text, holder, today)
    doubts = [*checked.refusals, *checked.warnings]
    seen = [
        Observation(
            Finding(
                doubt.code,
                f"登记的有效期截止：{end.until_text}。{doubt.message}",
                "block" if doubt in checked.refusals else "warn",
                {"field": doubt.field},
            ),
            record.now,
            doubt.case,
            actions=(says.CORRECT_DATES,),
        )
        for doubt in doubts
    ]
    if seen:
        return seen
    until = account.valid_until
    if until is not None and until - today <= SOON:
        message = f"登记的证件{day_in_words(until)}到期，换了新证请改正有效期。"
        finding = Finding("card_expires_soon", message, "warn", {"valid_until": until.isoformat()})
        return [Observation(finding, record.now, actions=(says.CORRECT_DATES,))]
    words = "是长期" if until is None else f"到{until.isoformat()}为止"
    message = f"登记的证件有效期{words}，可以正常办理。"
    finding = Finding("card_term", message, "info", {"valid_until": end.until_text})
    return [Observation(finding, record.now)]


def _typed_long_term(record: Record) -> list[Observation]:
    last = record.identity_checks[0] if record.identity_checks else None
    if last is None or not last.long_term:
        return []
    message = f"{past(last.at)} 提交的有效期是“长期”，长期的身份证可以注册。"
    return [Observation(Finding("long_term_typed", message, "info"), last.at)]


# The name ---------------------------------------------------------------------------------------


def _name_symbol(record: Record) -> list[Observation]:
    """Whether a dot is in the name that was sent last, or that is on record."""
    last = record.identity_checks[0] if record.identity_checks else None
    if last is not None and last.name_has_dot:
        message = f"{past(last.at)} 提交的姓名里有点，已按“{DOT}”核验；其余的字请对照证件。"
        return [Observation(Finding("name_dot_sent", message, "info"), last.at, actions=_DOT)]
    if record.account is not None and DOT in record.account.name:
        message = f"登记的姓名中间的点是“{DOT}”，与证件的写法一致。"
        return [Observation(Finding("name_dot_on_record", message, "info"), record.now)]
    return []


_DOT = (says.COPY_DOT,)

IDENTITY_CHECK = Probe(
    "identity_check",
    "四要素核验",
    "上次核验的结果，先核对哪一项，今天还能试几次。",
    _identity_check,
    asks=(IDENTITY_ATTEMPTS, IDENTITY_SOURCE),
)
CARD_TERM = Probe(
    "card_term", "证件有效期", "登记的有效期是否过期、快到期或填法可疑，是不是长期。", _card_term
)
NAME_SYMBOL = Probe("name_symbol", "姓名的点", "提交或登记的姓名里有没有“·”。", _name_symbol)
