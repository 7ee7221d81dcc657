"""Facts for editors: the values of today, and the placeholders of states."""

from datetime import timedelta

from config import Settings
from faq.diagnosis.asker_states import STATES, names_of, placeholders
from faq.release import facts
from faq.release.contradictions import contradictions
from faq.release.parts import ENTRY, Key
from miniprogram_api import clock
from miniprogram_api.operations import announcements, outages
from miniprogram_api.phones import ranges
from miniprogram_api.texts.sentences import day_in_words
from tests.support.admin.staff import window_of


def test_facts_of_every_table_can_be_inserted(tables: Settings) -> None:
    day = clock.today() + timedelta(days=3)
    ranges.set_range("192", day, actor="test")
    ranges.set_range("193", clock.today(), actor="test")
    window_of("城东窗口", hours="工作日 9:00-17:00", phone="010-00000000")
    until = clock.now() + timedelta(hours=2)
    outages.switch_off("sms", "短信通道正在抢修", until, actor="test")
    announcements.save(
        None, title="升级", text="今晚升级。", districts=[], starts_at=None, ends_at=None, actor="t"
    )
    found = facts.groups(tables)
    assert [*found] == ["号段", "次数和期限", "公告和停用", "窗口"]
    said = {fact.text: fact for group in found.values() for fact in group}
    closed = said[f"192号段暂不支持，预计{day_in_words(day)}起可用"]
    assert closed.pattern == "{号段}号段暂不支持，预计{日期}起可用"
    assert said["193号段已经可用"].pattern == "{号段}号段已经可用"
    assert "一小时最多3条验证码" in said
    assert said["今晚升级。"].title == "升级"
    assert "城东窗口：测试路1号，工作日 9:00-17:00，电话010-00000000" in said
    outage = next(fact for fact in said.values() if fact.text.startswith("短信通道正在抢修（预计"))
    assert (outage.title, outage.pattern) == (
        "短信验证码已停用",
        "短信通道正在抢修（预计{时间}恢复）",
    )
    # What is inserted agrees with the tables, and every pattern fits a state.
    for fact in said.values():
        assert contradictions({Key(ENTRY, "x"): {"answer": fact.text}}, tables) == []
        assert any({*placeholders(fact.pattern)} <= known(state) for state in STATES)


def known(state: str) -> set[str]:
    return {name.strip("{}") for name in names_of(state)}
