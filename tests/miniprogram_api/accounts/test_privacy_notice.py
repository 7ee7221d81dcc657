"""The privacy notice: the ground of each kind of data, receivers by name, rights and pages."""

import re

import pytest

from miniprogram_api import texts
from miniprogram_api.accounts import consents, privacy
from miniprogram_api.registrars import systems
from miniprogram_api.retention import Kept
from miniprogram_api.texts.pages import TITLES, is_page
from tests.support.service.rules import Rules

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
ROWS = privacy.personal_data()
# The headings of buttons that are no page: kinds of tickets.
QUOTED = re.compile("“([^”]+)”")
PLACES = {*TITLES.values(), *texts.words("tickets.kinds").values()}


@pytest.mark.parametrize("row", Kept, ids=lambda row: row.name)
def test_every_row_about_users_names_its_ground(row: Kept) -> None:
    if row in privacy.NOT_OF_USERS:
        return
    assert texts.has(f"kept.{row.name}.ground"), "see CONTRIBUTING, Change what is kept"


@pytest.mark.parametrize("data", ROWS, ids=lambda data: data.key)
def test_ground_is_a_statute_or_a_consent_with_its_source(data: privacy.PersonalData) -> None:
    assert data.ground in ("statute", "consent")
    paragraph = {"statute": "第三项", "consent": "第一项"}[data.ground]
    assert f"《个人信息保护法》第十三条第一款{paragraph}" in data.source
    assert (data.withdrawal is None) == (data.ground == "statute")


def test_identity_rests_on_statute_and_faces_and_pictures_on_consent() -> None:
    grounds = {data.key: (data.ground, data.source) for data in ROWS}
    for key in ("IDENTITY", "IDENTITY_CHECKS"):
        ground, source = grounds[key]
        assert ground == "statute"
        assert "《市场主体登记管理条例实施细则》第十六条" in source
    for key in ("FACE_CHALLENGES", "DISPUTE_FACES", "MATTER_PICTURES", "TICKET_PICTURES"):
        ground, source = grounds[key]
        assert ground == "consent"
        assert "第二十九条" in source


def test_every_ground_is_used_and_in_the_consent_text() -> None:
    named = {group.split(".")[1] for group in texts._GROUPS if group.startswith("grounds.")}
    assert named == {texts.text(f"kept.{data.key}.ground") for data in ROWS}
    text = consents.current_text().text
    for ground in privacy.grounds():
        assert f"{ground.basis}：{ground.source}。" in text


def test_notice_names_the_processor_and_the_version(rules: Rules) -> None:
    notice = privacy.notice(rules.services.settings)
    assert notice.processor.name == "沙箱示例单位（不是真实机构）"
    assert notice.version == consents.current_text().version
    assert notice.data == tuple(ROWS)


@both_databases
def test_systems_in_force_are_receivers_by_name(rules: Rules) -> None:
    settings = rules.services.settings
    issue = {"daily_quota": 10, "actor": "staff:1"}
    systems.issue(settings, name="省企业开办系统", **issue)  # type: ignore[arg-type]
    closed = systems.issue(settings, name="旧系统", **issue)  # type: ignore[arg-type]
    systems.revoke(closed.key_id, actor="staff:1")
    receivers = {one.key: one for one in privacy.notice(settings).receivers}
    assert receivers["registrars"].systems == ("省企业开办系统",)
    assert all(one.systems == () for key, one in receivers.items() if key != "registrars")


def test_every_receiver_has_a_company_and_a_contact(rules: Rules) -> None:
    for one in privacy.notice(rules.services.settings).receivers:
        assert one.company
        assert one.contact
    by_key = {one.key: one for one in privacy.notice(rules.services.settings).receivers}
    assert by_key["wechat"].company == "深圳市腾讯计算机系统有限公司"
    assert by_key["sms"].company == "腾讯云计算（北京）有限责任公司"
    assert "沙箱示例网证服务单位" in by_key["ctid"].company
    unnamed = rules.with_settings(ctid_provider=" ").settings
    ctid = next(one for one in privacy.notice(unnamed).receivers if one.key == "ctid")
    assert unnamed.operator_phone in ctid.contact
    assert "委托的网证服务单位" in ctid.company


def test_every_right_leads_to_the_page_that_does_it(rules: Rules) -> None:
    rights = privacy.notice(rules.services.settings).rights
    assert [right.key for right in rights] == [
        "look", "copy", "correct", "delete", "withdraw", "explain", "transfer", "complain",
        "children", "relatives",
    ]  # fmt: skip
    for right in rights:
        assert right.ways
        for way in right.ways:
            assert is_page(way.page)
            assert way.label in PLACES
        assert "《个人信息保护法》" in right.source
    pages = {right.key: [way.page for way in right.ways] for right in rights}
    assert "pages/account/consents" in pages["withdraw"]
    assert "pages/account/export" in pages["copy"]
    assert "pages/tickets/index?kind=complaint" in pages["complain"]


def quoted(group: str) -> set[str]:
    """Return what the texts of a group put in quotation marks."""
    return {
        place
        for name, names in texts._GROUPS.items()
        if name == group or name.startswith(f"{group}.")
        for text in names.values()
        for place in QUOTED.findall(text)
    }


@pytest.mark.parametrize("group", ["kept", "receivers", "grounds", "rights", "own_data"])
def test_pages_that_the_notice_names_exist(group: str) -> None:
    assert quoted(group) - PLACES == set()


def test_pages_that_the_consent_text_names_exist() -> None:
    text = consents.current_text()
    named = QUOTED.findall("\n".join((text.text, *text.separate.values())))
    assert len(named) > 10
    assert set(named) - PLACES == set()


def test_consent_text_is_filled_with_the_processor(rules: Rules) -> None:
    settings = rules.with_settings(
        operator_name="某省市场监督管理局",
        operator_address="示例路1号",
        operator_phone="0731-80000000",
        operator_dpo="张主任，0731-80000001",
    ).settings
    shown = consents.shown_text(settings).text
    for part in ("某省市场监督管理局", "示例路1号", "0731-80000000", "张主任，0731-80000001"):
        assert part in shown
    assert not re.search(r"[{}]", shown)
    assert texts.placeholders(consents.current_text().text) == {
        "processor_name", "processor_address", "processor_phone", "data_protection_officer",
    }  # fmt: skip


def test_identity_is_read_and_told_while_faces_and_pictures_are_agreed_to() -> None:
    separate = consents.current_text().separate
    assert separate["identity"].startswith("已阅读告知")
    assert "我同意" not in separate["identity"]
    assert "第十六条" in separate["identity"]
    for key in ("face", "matter", "desk", "compare"):
        assert "单独同意" in separate[key]  # type: ignore[index]
        assert "“我的同意”里撤回" in separate[key]  # type: ignore[index]
    assert "通过互联网" in separate["face"]
    assert "微信" in separate["face"]
    # The equal ways, CTID first.
    assert re.search("网证.*窗口.*效力相同", separate["face"])
    assert "单独同意" not in separate["identity"]


def test_reader_is_a_receiver_of_questions_where_there_is_one(rules: Rules) -> None:
    plain = privacy.notice(rules.services.settings)
    assert "reader" not in [receiver.key for receiver in plain.receivers]
    settings = rules.with_settings(
        faq_reader_url="http://127.0.0.1:9/v1",
        faq_reader_model="qwen-test",
        faq_reader_provider="示例模型单位，010-00000000",
    ).settings
    notice = privacy.notice(settings)
    *others, reader = notice.receivers
    assert tuple(others) == plain.receivers
    assert (reader.key, reader.company) == ("reader", "示例模型单位，010-00000000")
    assert "不写回答" in reader.what
    got = [row.key for row in notice.data if reader.name in row.receivers]
    assert got == [Kept.QUESTIONS.name]
