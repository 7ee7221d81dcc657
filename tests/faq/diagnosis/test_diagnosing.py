"""Wording and record decide together on the entry."""

import json
from datetime import date

import pytest

from faq.content.entries import Content
from faq.diagnosis.families import PROBES
from faq.diagnosis.findings import NOTHING
from faq.matching.match import Match
from faq.matching.matcher import Matcher
from miniprogram_api import clock
from miniprogram_api.enrolment import registration
from miniprogram_api.phones import ranges as number_ranges
from miniprogram_api.reasons import Reason, Refused
from models.accounts.sms_codes import SmsCode
from models.storage.database import database
from tests.support.faq.diagnosis import Bot, match_of, noted
from tests.support.people.accounts import Time, account_of, account_session
from tests.support.people.persons import person
from tests.support.people.registrations import form, sent_code, synced_account, wechat_session
from tests.support.people.sms_codes import NOON, activation, ask
from tests.support.service.rules import Rules

SMS, LIMIT, RANGE = "sms_not_received", "sms_rate_limit", "segment_199"
BLOCKED = "19912345678"


def test_attached_probes_equal_known_probes(shipped: Content) -> None:
    attached = {one.probe for entry in shipped.entries for one in entry.probes}
    assert attached == set(PROBES)


def test_families_name_existing_entries_without_overlap(shipped: Content) -> None:
    named = [slug for family in shipped.families for slug in family.named]
    assert len(named) == len(set(named))
    for family in shipped.families:
        assert set(family.open) <= set(family.named) <= set(shipped.by_slug)
        assert set(family.members) <= set(shipped.by_slug)
        assert set(family.probes) <= set(PROBES)
        assert all(map(shipped.question, family.questions))


@pytest.mark.parametrize(
    "question", ["收不到验证码怎么办", "收不到验证码", "码没来", "验证码一直收不到", "没收到短信"]
)
def test_record_decides_a_vague_missing_code_question(
    rules: Rules, shipped: Content, matcher: Matcher, question: str
) -> None:
    session = wechat_session()
    bot = Bot(rules.services, shipped, session)
    match = matcher.match(question)
    assert match.entry is shipped.by_case[1]
    assert bot.diagnose(match, question).question_back is not None
    noted(session, lambda: ask(rules.services, BLOCKED, session=session), BLOCKED)
    found = bot.diagnose(match, question)
    assert (found.decided, found.question_back) == (shipped.by_case[2], None)


def test_clear_wording_keeps_its_entry_with_findings(rules: Rules, shipped: Content) -> None:
    session = wechat_session()
    bot = Bot(rules.services, shipped, session)
    ask(rules.services, session=session)
    found = bot.look(LIMIT)
    assert found.decided is None
    assert [finding.code for finding in found.findings] == ["sms_code_unused"]


def test_record_raises_the_score_of_a_candidate(rules: Rules, shipped: Content) -> None:
    """Outside of its family only the bonus lets the record decide."""
    session = wechat_session()
    bot = Bot(rules.services, shipped, session)
    noted(session, lambda: ask(rules.services, BLOCKED, session=session), BLOCKED)
    near, far = ("change_phone", RANGE), ("change_phone", "agents", RANGE)
    assert bot.look(*near, confidence=0.6).decided is shipped.by_case[2]
    assert bot.look(*far, confidence=0.6).decided is None
    assert bot.look(*near, confidence=0.95).decided is None


def test_options_are_chosen_by_the_record(rules: Rules, shipped: Content) -> None:
    session = wechat_session()
    bot = Bot(rules.services, shipped, session)
    match = match_of(shipped, "change_phone", RANGE, confidence=0.4)
    unsure = Match(
        "clarify", 0.4, nearest=match.nearest, options=match.nearest, candidates=match.candidates
    )
    assert bot.diagnose(unsure).decided is None
    noted(session, lambda: ask(rules.services, BLOCKED, session=session), BLOCKED)
    assert bot.diagnose(unsure).decided is shipped.by_case[2]


def test_guide_finding_raises_only_its_guide(rules: Rules, shipped: Content) -> None:
    account_of(someone := person(number=4))
    session = wechat_session()
    bot = Bot(rules.services, shipped, session)
    given = form(someone, sent_code(someone.phone))
    noted(
        session,
        lambda: registration.register(rules.services, given, session=session, address="192.0.2.7"),
    )
    near = ("change_phone", "registration_guide")
    assert bot.look(*near, confidence=0.6).decided is None
    taken = bot.look(*near, "identity_taken", confidence=0.5).decided
    assert taken is shipped.by_slug["identity_taken"]


def test_courtesies_and_third_party_questions_have_no_diagnosis(
    rules: Rules, shipped: Content
) -> None:
    session = wechat_session()
    bot = Bot(rules.services, shipped, session)
    noted(session, lambda: ask(rules.services, BLOCKED, session=session), BLOCKED)
    candidates = match_of(shipped, RANGE).candidates
    for kind in ("smalltalk", "fallback"):
        assert bot.diagnose(Match(kind, 1.0, candidates=candidates)) is NOTHING  # type: ignore[arg-type]
    assert bot.diagnose(Match("fallback", 1.0, readable=False)) is NOTHING


def test_question_back_depends_on_the_wording(rules: Rules, shipped: Content) -> None:
    def asked(bot: Bot, slug: str, question: str = "怎么办", vague: bool = True) -> str | None:
        found = bot.look(slug, vague=vague, question=question).question_back
        return None if found is None else found.text

    visitor = Bot(rules.services, shipped, None)
    fresh = Bot(rules.services, shipped, wechat_session())
    for bot in (visitor, fresh):
        assert asked(bot, SMS) == "请问手机号是199开头吗？"
        assert asked(bot, SMS, "我的199收不到码") is None
        assert asked(bot, "verify_data_missing", vague=False) == (
            "请问是提交身份信息时没通过，还是刷脸时没通过？"
        )
        assert asked(bot, "user_not_found", "登不上") is not None
        assert asked(bot, "user_not_found", "提示用户不存在") is None
        assert asked(bot, "change_phone") is None
    # Whose phone is known is not asked for it.
    holder = Bot(rules.services, shipped, account_session(account_of(person(number=1)), "li"))
    assert [asked(holder, slug) for slug in (SMS, "verify_data_missing", "user_not_found")] == [
        None
    ] * 3
    session = wechat_session("wang")
    activation(synced_account(person(number=2)).id, session)
    activating = Bot(rules.services, shipped, session)
    assert asked(activating, SMS) == "请问登记的手机号（尾号12）您现在还能收短信吗？"
    number_ranges.set_range("192", None, actor="test")
    assert asked(visitor, SMS) == "请问手机号是192、199开头吗？"
    for prefix in ("192", "199"):
        number_ranges.set_range(prefix, date(2020, 1, 1), actor="test")
    assert asked(visitor, SMS) is None


@pytest.mark.parametrize("reason", [Reason.SMS_CODE_WRONG, Reason.PHONE_ACCOUNT_LIMIT])
def test_range_question_is_skipped_when_the_phone_is_known(
    rules: Rules, shipped: Content, reason: Reason
) -> None:
    def refuse() -> None:
        raise Refused(reason)

    visitor = Bot(rules.services, shipped, wechat_session("li"))
    session = wechat_session()
    bot = Bot(rules.services, shipped, session)
    assert bot.look(SMS, vague=True).question_back is not None
    noted(session, refuse, "13800138011")
    assert bot.look(SMS, vague=True).question_back is None
    asked = wechat_session("wang")
    with Time(NOON).running() as time:
        ask(rules.services, session=asked)
        SmsCode.update(used_at=clock.now()).execute()
        time.advance(hours=2)
        found = Bot(rules.services, shipped, asked).look(SMS, vague=True)
        assert (found.decided, found.question_back) == (None, None)
    # Without a typed phone the user is asked, whatever was refused.
    noted(visitor.session or asked, refuse)
    is_asked = visitor.look(SMS, vague=True).question_back is not None
    assert is_asked == (reason is Reason.PHONE_ACCOUNT_LIMIT)


def test_editors_attach_probes_with_an_explanation(rules: Rules, shipped: Content) -> None:
    entry = shipped.by_slug["change_phone"]
    attached = (
        {"probe": "sms_codes", "explanation": "换号前请先用完。"},
        {"probe": "of_a_newer_version"},
    )
    changed = shipped.model_validate_json(shipped.as_json())
    edited = type(entry).model_validate({**entry.model_dump(by_alias=True), "probes": attached})
    edited_content = changed.model_copy(
        update={"entries": tuple(edited if e.slug == entry.slug else e for e in changed.entries)}
    )
    session = wechat_session()
    ask(rules.services, session=session)
    [finding] = Bot(rules.services, edited_content, session).look("change_phone").findings
    assert finding.message.endswith("的验证码还没用换号前请先用完。")


def test_removed_entries_are_never_decided(rules: Rules, shipped: Content) -> None:
    content = json.loads(shipped.as_json())
    content["entries"] = [entry for entry in content["entries"] if entry["slug"] != RANGE]
    for entry in content["entries"]:
        entry["related"] = [slug for slug in entry.get("related", ()) if slug != RANGE]
    kept = Content.model_validate(content)
    session = wechat_session()
    noted(session, lambda: ask(rules.services, BLOCKED, session=session), BLOCKED)
    assert Bot(rules.services, kept, session).case(SMS) is None


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_diagnosis_writes_nothing_and_holds_no_connection(rules: Rules, shipped: Content) -> None:
    account = account_of(person(number=3))
    session = account_session(account)
    ask(rules.services, session=session)
    bot = Bot(rules.services, shipped, session)

    def stored() -> dict[str, list[tuple[object, ...]]]:
        names = [table for table in database.get_tables() if table != "migration_history"]
        return {name: database.execute_sql(f'SELECT * FROM "{name}"').fetchall() for name in names}

    def in_redis() -> list[bytes]:
        keys: list[bytes] = rules.services.clients.store._server.call(  # type: ignore[attr-defined]
            lambda client: sorted(client.keys())
        )
        return keys

    before = stored(), in_redis()
    for entry in shipped.entries:
        bot.look(entry.slug, vague=True)
        bot.look(entry.slug)
    assert (stored(), in_redis()) == before
    assert not database.in_transaction()
