import csv
import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from faq.content import seed
from faq.content.entries import Content
from faq.content.talk import INTENT_NAMES, TEXT_NAMES
from faq.language.text import Reader
from miniprogram_api.reasons import Reason
from miniprogram_api.retention import Kept
from miniprogram_api.texts.pages import TITLES
from miniprogram_api.tickets import due

CASES = {
    1: ("sms_not_received", "注册账号时收不到短信、没有反应"),
    2: ("segment_199", "199号段手机号暂不支持"),
    3: ("user_not_found", "登录提示“用户不存在”"),
    4: ("verify_data_missing", "提示“核验数据缺失”（四要素填写不准）"),
    5: ("sms_rate_limit", "短信验证码限流规则"),
    6: ("phone_owner_match", "手机号机主是否须与身份证一致"),
    7: ("no_smartphone_other_phone", "没有智能手机/用他人身份证办的手机号注册"),
    8: ("password_still_wrong", "重置密码后仍提示密码错误"),
    9: ("activation_flow", "用户激活的处理流程"),
    10: ("many_failures_manual", "多次尝试均不通过，人工核验"),
    11: ("activation_network_error", "激活界面“网络连接失败”、发不出验证码"),
    12: ("face_check_errors", "刷脸时核验数据缺失/实名核验系统错误/公安实名系统繁忙"),
    13: ("name_symbol", "姓名中含符号“·”"),
    14: ("long_term_id", "长期有效身份证出现核验数据缺失"),
    15: ("activation_wrong_phone", "激活时手机号码不正确"),
    16: ("two_ids_old_dates", "两个身份证，用了旧证起止日期"),
}
TICKETS = {
    "phone_verification": 1,
    "identity_review": 4,
    "manual_verification": 10,
    "activation_phone": 15,
    "re_registration": 16,
    "phone_change": None,
    "identity_dispute": None,
    "complaint": None,
    "other": None,
}
# What each case must say, whatever its sentences are.
FACTS = {
    1: ["信号", "窗口业务人员", "省局信息中心"],
    2: ["暂不支持", "公告", "换一个"],
    3: ["身份证号", "手机号", "登录账号", "注册成功"],
    4: ["姓名", "身份证号", "起始日期", "结束日期", "省局信息中心"],
    5: ["一分钟内最多发1条", "一小时内最多发3条", "24小时内最多发5条"],
    6: ["四要素", "无关", "真实", "强制"],
    7: ["他人身份证办的手机号也能注册", "窗口"],
    8: ["手误", "核对", "“显示”"],
    9: ["身份证号", "登记的手机号", "新密码", "直接进入系统"],
    10: ["窗口", "台账", "经人工核验通过"],
    11: ["定位", "网络"],
    12: ["重试", "CTID", "网证", "现场核验"],
    13: ["“·”", "复制"],
    14: ["新版本", "四要素", "“长期”"],
    15: ["窗口业务人员", "身份证信息", "省局信息中心"],
    16: ["账号管理", "注销", "重新注册", "省局信息中心"],
}


def text_of(content: Content, case: int) -> str:
    entry = content.by_case[case]
    return "\n".join([entry.answer, *entry.steps])


def test_sixteen_cases_keep_their_slugs_and_titles(shipped: Content) -> None:
    found = {case: (entry.slug, entry.title) for case, entry in shipped.by_case.items()}
    assert found == CASES


@pytest.mark.parametrize("case", FACTS)
def test_case_texts_state_the_current_rules(shipped: Content, case: int) -> None:
    text = text_of(shipped, case)
    assert [fact for fact in FACTS[case] if fact not in text] == []


def test_text_about_199_is_true_after_the_range_is_opened(shipped: Content) -> None:
    text = text_of(shipped, 2)
    assert "开通之前暂不支持" in text
    assert not re.search(r"月底|\d+月\d*日?", text)


def test_every_case_has_an_action_and_enough_examples(shipped: Content) -> None:
    own = seed.load(labelled=None)
    for entry in own.entries:
        assert entry.steps, entry.slug
        assert entry.actions, entry.slug
        assert len(set(entry.questions)) >= (100 if entry.kind == "case" else 30), entry.slug
        assert len(set(entry.questions)) == len(entry.questions), entry.slug
        assert entry.negatives or entry.kind != "case", entry.slug
    assert len(set(own.out_of_scope.questions)) == len(own.out_of_scope.questions) > 1000


def test_examples_and_near_misses_are_consistent(shipped: Content) -> None:
    reader = Reader({}, {})

    def read(questions: Iterable[str]) -> set[tuple[str, ...]]:
        return {reader.read(question).tokens for question in questions} - {()}

    groups = {entry.slug: read(entry.questions) for entry in shipped.entries}
    groups |= {topic.topic: read(topic.questions) for topic in shipped.smalltalk}
    groups[""] = read(shipped.out_of_scope.questions)
    owners = Counter(question for group in groups.values() for question in group)
    assert [question for question, count in owners.items() if count > 1] == []
    for entry in shipped.entries:
        assert not read(entry.negatives) & groups[entry.slug], entry.slug


def test_general_and_family_texts_are_complete_and_short(shipped: Content) -> None:
    for texts in (shipped.general, *(family.texts for family in shipped.families)):
        sentences = texts.model_dump(exclude_none=True)
        assert [*sentences] == [*TEXT_NAMES]
        assert [said for said in sentences.values() if len(said) > 60] == []


def test_every_entry_answers_how_long_or_offers_another_way(shipped: Content) -> None:
    for entry in shipped.entries:
        assert {"how_long", "other_way"} & {point.asks for point in entry.points}, entry.slug


def test_explained_names_are_reasons_or_states(shipped: Content) -> None:
    explained = {name for entry in shipped.entries for name in entry.explains}
    assert {name for name in explained if name.isupper()} <= set(Reason.__members__)
    assert {"authorised", "authorisation_ended"} <= explained


def test_stated_processing_times_are_the_due_times_of_tickets(shipped: Content) -> None:
    said = shipped.by_slug["processing_time"].plain_steps[:2]
    by_days = {
        1: ["phone_verification", "identity_dispute", "matter_not_mine", "matter_evidence"],
        2: ["manual_verification", "activation_phone"],
        3: ["identity_review", "re_registration", "phone_change", "complaint", "other"],
        # Rights over one's data, which the privacy notice states.
        5: ["name_correction", "refusal_reason"],
        15: ["data_transfer", "relatives_request"],
    }
    assert {kind: days for days, kinds in by_days.items() for kind in kinds} == due.WORKING_DAYS
    assert re.findall(r"(\d)个工作日", "".join(said)) == ["1", "2", "3"]
    assert "最多保存90天" in "".join(shipped.by_slug["photo_storage"].plain_steps)
    assert Kept.TICKET_PICTURES.time.days == 90


def test_steps_of_a_missing_code_hold_whatever_limit_is_reached(shipped: Content) -> None:
    assert "分钟，再" not in text_of(shipped, 1)
    assert "按页面提示的时间" in text_of(shipped, 1)


def test_case_with_its_own_ticket_kind_offers_it(shipped: Content) -> None:
    offered = {
        entry.case: [action.ticket for action in entry.actions if action.ticket]
        for entry in shipped.entries
    }
    for kind, case in TICKETS.items():
        if case is not None:
            assert kind in offered[case]
    every = {kind for entry in shipped.entries for a in entry.actions if (kind := a.ticket)}
    assert every == set(TICKETS)


def test_named_pages_and_buttons_are_in_the_front_end(shipped: Content) -> None:
    files = Path("miniprogram/src/locale/zh_CN").rglob("*.json")
    rooms = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    shown = "\n".join([text for room in rooms for text in room.values()] + [*TITLES.values()])
    for entry in shipped.entries:
        # Those of business services name items of the catalogue.
        if entry.kind != "service":
            said = entry.model_dump_json(include={"answer", "steps", "texts", "variants"})
            for name in re.findall("(?:打开|点|勾选|选|看|在|到)“([^”]+)”", said):
                assert name in shown, (entry.slug, name)


def test_name_separator_to_copy_is_the_legal_one(shipped: Content) -> None:
    copies = [action.copy_text for action in shipped.by_case[13].actions if action.type == "copy"]
    assert copies == ["\u00b7"]


def test_business_services_are_guides_and_no_cases(shipped: Content) -> None:
    services = [entry for entry in shipped.entries if entry.kind == "service"]
    text = "".join(entry.title for entry in services)
    for name in ("核名", "设立", "注册公司", "变更", "注销", "开户", "年报", "刻章", "执照"):
        assert name in text
    for entry in services:
        assert entry.case is None
        assert entry.actions[0].type == "page"


def test_texts_contain_no_id_number_or_phone(shipped: Content) -> None:
    # One question contains a pasted number, which is a test number.
    text = shipped.as_json().replace("19912345678", "")
    assert not re.search(r"\d{17}[\dXx]|(?<!\d)1\d{10}(?!\d)", text)


def test_every_labelled_question_is_an_example_of_its_label(
    shipped: Content,
) -> None:
    with seed.QUESTIONS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 519
    topics = {topic.topic: topic for topic in shipped.smalltalk}
    for row in rows:
        examples = (
            shipped.by_slug[row["entry"]].questions
            if row["entry"] in shipped.by_slug
            else topics[row["entry"]].questions
            if row["entry"]
            else shipped.out_of_scope.questions
        )
        assert row["question"] in examples
        entry = shipped.by_slug.get(row["entry"])
        assert int(row["case"]) == ((entry.case or 0) if entry else 0)


def test_a_label_without_an_entry_is_refused(tmp_path) -> None:
    path = tmp_path / "questions.csv"
    path.write_text("question,case,entry\n什么,0,nowhere\n", "utf-8")
    with pytest.raises(ValueError, match="nowhere"):
        seed.load(path)


def test_every_act_has_enough_examples_of_its_own(shipped: Content) -> None:
    assert {intent.name for intent in shipped.intents} == set(INTENT_NAMES)
    of_entries = {question for entry in shipped.entries for question in entry.questions}
    owners = Counter(q for intent in shipped.intents for q in intent.questions)
    assert [question for question, count in owners.items() if count > 1] == []
    for intent in shipped.intents:
        assert len(set(intent.questions)) >= 40, intent.name
        assert not set(intent.negatives) & set(intent.questions), intent.name
        # A request for people is the matter of an entry, too.
        if intent.name != "people":
            assert not set(intent.questions) & of_entries, intent.name
        texts = "".join((*intent.questions, *intent.negatives))
        assert not re.search("[{}]", re.sub(r"\{(person|question)\}", "", texts)), intent.name
