"""No point contradicts the record of the asker, in any state; and every point can be filled in."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NoReturn
from zlib import crc32

from faq.content.entries import Entry, Point
from faq.conversation import example_people
from faq.conversation.conversations import Conversation, Memory, new_id
from faq.conversation.example_people import PEOPLE, Facts, Person
from faq.conversation.turns import point_answers
from faq.conversation.turns.deciding import respond
from faq.conversation.turns.turn import Response, Turn
from faq.diagnosis.asker_states import RANGE_CLOSED, STATES, names_of
from faq.matching.candidates import Candidate
from faq.release import limits
from faq.release.publishing import Published
from miniprogram_api.matters.standings import TODO, Standing
from miniprogram_api.reasons import Reason, Refused
from models.accounts.accounts import FROZEN
from tests.support.faq.bot import Bot

# Statements that are untrue in a state, as they are said without a condition.
FORBIDDEN: dict[str, tuple[str, ...]] = {
    "verified": (
        "还没通过身份核验",
        "(^|：|请|，)先刷脸升",
        "请先刷脸",
        "先刷脸、用网证或到窗口通过核验",
    ),
    "authorised": (
        "把“是否办理工商登记注册”设为“是”",
        "只要重新设置",
        "接着开启授权",
        "还没(开启|授权)",
    ),
    "to_verify": ("您的身份已核验通过", "^都办好了"),
    "to_authorise": ("^都办好了",),
    "authorisation_ended": ("^都办好了", "您的授权(还|到.*全天)有效", "^没到期，"),
    "switch_closed": ("^都办好了", "您的授权还?有效"),
    "card_expired": ("^都办好了", "选好有效期就能办"),
    "range_closed": (
        "(现在|已经|这个号段|199).{0,6}(?<!不)(可以|能)(用来|用|注册|收)",
        "已经?开通了",
    ),
    "limit_reached": (
        "^(?!.*换一个).*(马上|立即|立刻|现在)(就)?(可以|能)?(再|重新)?获取",
        "(?<!到时间)(?<!，再)重新获取一条(，|。|就行)",
        "等一分钟再点",
    ),
    "gateway_down": ("信号满格", "那多半是短信被拦截", "^多半是信号"),
    "locked": ("现在(就)?(可以|能)登录", "再输一遍", "再登一次", "手工输一遍"),
    "code_needed": ("再输一遍", "再登一次", "手工输一遍"),
    "cancelled": ("账号(都)?还(在|能)", "账号和实名都还在", "等级还在", "账号、级别", "账号、等级"),
    "frozen": (
        "本人在手机上就能办，不用下载",
        "账号照[常样]",
        "(有效期|授权)就能办。$",
        "当场就能办；",
        "马上能办。$",
        "先刷脸升到四级",
        "^都办好了",
    ),
    "attempts_used_up": (
        "改好再交。$",
        "改.*再提交(一次)?就行",
        "改好再提交。$",
        "改好重新提交，当场",
    ),
    "identity_invalid": ("过几天再试", "改.*再提交(一次)?就行", "改好重新提交，当场"),
    "face_used_up": ("在亮处再试", "先在亮处", "马上就能(重新)?刷"),
    "no_photo": ("在亮处再试", "先在亮处", "马上就能(重新)?刷"),
    "activating": ("没成功的要重新注册", "您还没注册"),
    "nothing_to_activate": ("还没激活，", "请先激活"),
    "matter_to_confirm": ("^都办好了", "没有要确认的业务", "^没有等您确认"),
    "matter_none": ("有.{0,4}项业务等您确认",),
}
# Share of the points that are also asked in the words of users: every n-th by its name.
EVERY = 60


def _frozen(now: datetime) -> Facts:
    return Facts(account=example_people._account(now, status=FROZEN))


def _cancelled(now: datetime) -> Facts:
    refused = example_people._note(Reason.ACCOUNT_CANCELLED, now - timedelta(minutes=2))
    return Facts(notes=[refused])


def _with_a_matter(now: datetime) -> Facts:
    opened = now - timedelta(hours=1)
    facts = PEOPLE["authorised"].facts(now)
    return Facts(account=facts.account, matters=[Standing(TODO, opened, now + timedelta(days=5))])


PERSONS = (
    *PEOPLE.values(),
    Person("frozen", _frozen, has_account=True),
    Person("cancelled", _cancelled),
    Person("matter_open", _with_a_matter, has_account=True),
)


def turn_of(
    bot: Bot, published: Published, person: Person, text: str = "x", memory: Memory | None = None
) -> Turn:
    asker = person.asker
    known = (memory or Memory(None, None)).of(asker)
    conversation = Conversation(new_id(), known)
    return Turn(
        bot.services,
        published,
        conversation,
        asker,
        text,
        new_id(),
        "",
        records=person.record,
        hand_over=no_ticket,
    )


def no_ticket(*_arguments: object) -> NoReturn:
    """Open no ticket, as the accounts are fictional."""
    raise Refused(Reason.TOO_MANY_ATTEMPTS)


def all_points(published: Published) -> Iterator[tuple[Entry, Point]]:
    for entry in published.content.entries:
        for point in entry.points:
            yield entry, point


def states_of(turn: Turn, person: Person) -> set[str]:
    """Return the states of a person that any entry's checks see."""
    found = {state for entry in turn.published.content.entries for state in turn.states_of(entry)}
    if "switch_closed" in found:
        # The identity has to be checked once more.
        found -= {"verified"}
    # Every asker is told where a message names a range.
    return found if person.key == "closed_range" else found - {RANGE_CLOSED}


def contradictions(states: set[str], text: str) -> list[str]:
    return [
        f"{state}: {pattern}"
        for state in sorted(states & FORBIDDEN.keys())
        for pattern in FORBIDDEN[state]
        if re.search(pattern, text)
    ]


def said(response: Response) -> str:
    return "\n".join((response.text, *response.steps))


def test_every_state_of_the_table_is_one() -> None:
    assert FORBIDDEN.keys() <= STATES.keys()


def test_every_placeholder_of_a_point_has_a_value(bot: Bot, published: Published) -> None:
    known = limits.placeholders(bot.services.settings).keys()
    judged = 0
    for entry, point in all_points(published):
        for name in re.findall(r"\{([^{}]*)\}", point.answer):
            judged += 1
            of_states = [names_of(state) for state in point.states]
            assert name in known or (of_states and all(name in one for one in of_states)), (
                f"{entry.slug}.{point.id}: {name}"
            )
    assert judged > 100


def test_no_point_contradicts_the_record(bot: Bot, published: Published) -> None:
    wrong, judged = [], 0
    for person in PERSONS:
        turn = turn_of(bot, published, person)
        states = states_of(turn, person)
        for entry, point in all_points(published):
            if not turn.fits(Candidate("point", entry, point=point)):
                continue
            told = point_answers.answered(turn, entry, point)
            if told is None:
                # The record lacks a value of the state: the day of an opening that is not planned.
                assert point.states
                continue
            judged += 1
            assert "{" not in told.text
            found = contradictions(states, told.text)
            if found:
                wrong.append(f"{person.key} {entry.slug}.{point.id} {found}: {told.text}")
    assert not wrong, "\n".join(wrong)
    assert judged > 1000 * len(PERSONS)


def test_no_answer_to_a_points_question_contradicts_the_record(
    bot: Bot, published: Published
) -> None:
    judged: Counter[str] = Counter()
    wrong = []
    for person in PERSONS:
        states = states_of(turn_of(bot, published, person), person)
        for entry, point in all_points(published):
            name = f"{person.key}.{entry.slug}.{point.id}"
            if crc32(name.encode()) % EVERY:
                continue
            for memory in (None, Memory(None, None, slug=entry.slug, step=1)):
                response = respond(turn_of(bot, published, person, point.question, memory))
                judged[response.kind] += 1
                assert "{" not in said(response)
                found = contradictions(states, said(response))
                if found:
                    opened = "first" if memory is None else "open"
                    wrong.append(f"{name} ({opened}) {found}: {said(response)}")
    assert not wrong, "\n".join(wrong)
    assert judged["answer"] > 800
    assert judged.total() > 1000
