"""Trial of a draft with example people."""

from typing import Any

import pytest

from faq.content.entries import Content
from faq.conversation import trial
from faq.conversation.example_people import PEOPLE
from faq.conversation.trial import Trial
from faq.editing import background, drafts, tasks
from faq.editing.tasks import Task
from faq.release import publishing
from faq.release.publishing import Published
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from models.faq import tasks as table
from models.storage.database import database
from tests.support.service.rules import Rules

SLUG = "lost_card"
QUESTIONS = {
    "closed_range": ("收不到验证码", 2, "phone_segment_unsupported"),
    "window_full": ("收不到验证码", 5, "sms_rate_limited"),
    "code_unused": ("收不到验证码", 1, "sms_code_unused"),
    "sms_failed": ("收不到验证码", 1, "sms_unavailable"),
    "wrong_phone": ("收不到验证码", 15, "phone_not_on_record"),
    "activation_network": ("激活时网络连接失败", 11, "activation_network_failed"),
    "long_term": ("提示核验数据缺失", 14, "four_elements_mismatch"),
    "name_dot": ("提示核验数据缺失", 13, "four_elements_mismatch"),
    "many_failures": ("提示核验数据缺失", 10, "too_many_attempts"),
    "face_busy": ("提示核验数据缺失", 12, "identity_source_busy"),
    "old_dates": ("提示核验数据缺失", 16, "face_data_missing"),
    "unknown_user": ("登录不上去", 3, "user_not_found"),
    "locked": ("密码老是不对", 8, "account_locked"),
    "password_reset": ("重置密码后还是提示密码错误", 8, "password_was_reset"),
    "gateway_down": ("收不到验证码", 1, "sms_gateway_failing"),
    "to_confirm": ("提示核验数据缺失", 4, "identity_needs_confirmation"),
    "identity_invalid": ("提示核验数据缺失", 4, "identity_invalid"),
    "no_photo": ("刷脸不通过", 12, "face_no_photo"),
    "face_used_up": ("刷脸不通过", 12, "too_many_attempts"),
    "code_needed": ("密码老是不对", 8, "account_locked"),
    "just_reset": ("重置密码后还是提示密码错误", 8, "password_was_reset"),
    "registered": ("怎么注册账号", None, "account_active"),
    "card_expired": ("身份证过期了怎么办", None, "valid_until_expired"),
    "authorised": ("是否办理工商登记注册怎么开", None, "authorization_ok"),
    "authorisation_ended": ("是否办理工商登记注册怎么开", None, "authorization_ended"),
    "switch_closed": ("是否办理工商登记注册怎么开", None, "authorization_reset"),
}


@pytest.fixture
def services(rules: Rules, small: Content) -> Services:
    publishing.publish(small, after=None)
    return rules.services


def asked(services: Services, question: str, person: str = "fresh", **more: Any) -> Trial:
    """Return the draft's answer, learnt as the worker does."""
    slug = more.pop("slug", SLUG)
    found = trial.ask(services, slug, question, person, actor="staff:1", **more)
    if isinstance(found, Task):
        tasks.run(found.id, background.WORK)
        more["is_again"] = True
        found = trial.ask(services, slug, question, person, actor="staff:1", **more)
    assert isinstance(found, Trial)
    return found


def save(**fields: Any) -> None:
    """Change the entry in the draft."""
    part = drafts.entry(SLUG)
    content = {**part.content, **fields}
    drafts.save(part.key, content, based_on=part.revision, editor="staff:1")


def rows() -> dict[str, int]:
    """Return the number of rows per table, except tables filled by training."""
    tables = set(database.get_tables()) - {"faq_compiled", "faq_task", "outbox_job"}
    return {t: database.execute_sql(f'SELECT count(*) FROM "{t}"').fetchone()[0] for t in tables}


def test_example_people_get_the_real_diagnosis(rules: Rules, published: Published) -> None:
    asked(rules.services, "你好")
    before = rows()
    for key, (question, case, code) in QUESTIONS.items():
        found = asked(rules.services, question, key)
        codes = [finding["code"] for finding in found.answer.diagnosis]
        assert code in codes, (key, found.answer.slug, codes)
        assert case is None or found.answer.case == case, (key, found.answer.case)
        assert PEOPLE[key].title
    assert set(QUESTIONS) | {"visitor", "fresh"} == set(PEOPLE)
    assert rows() == before


def test_draft_answers_with_its_reasons(services: Services) -> None:
    save(answer="草稿里的**新**答案。")
    found = asked(services, "借书证丢了怎么办")
    assert found.answer.answer == "草稿里的新答案。"
    assert found.answer.answer_html == "<p>草稿里的<strong>新</strong>答案。</p>"
    assert found.candidates[0].entry.slug == SLUG


def test_worker_learns_changed_examples_once(services: Services) -> None:
    def ask(question: str = "借书证丢了怎么办", is_again: bool = False) -> Trial | Task:
        return trial.ask(services, SLUG, question, "fresh", actor="staff:1", is_again=is_again)

    task = ask()
    assert isinstance(task, Task)
    polled = ask(is_again=True)
    assert isinstance(polled, Task)
    assert polled.id == task.id
    tasks.run(task.id, background.WORK)
    assert tasks.get(task.id).step == "learn"
    assert isinstance(ask(is_again=True), Trial)
    # Another process loads it; an edited answer needs no learning.
    publishing._kept.clear()
    save(answer="改了的答案。")
    changed = ask("补办借书证")
    assert isinstance(changed, Trial)
    assert changed.answer.answer == "改了的答案。"
    save(questions=["借书证丢了", "证件不见了", "补一张读者证"])
    new = ask()
    assert isinstance(new, Task)
    assert new.id != task.id


def test_failed_learning_is_reported_and_started_again_by_the_next_question(
    services: Services,
) -> None:
    task = trial.ask(services, SLUG, "199", "fresh", actor="staff:1")
    assert isinstance(task, Task)
    table.change(task.id, state="failed")
    with pytest.raises(Refused) as refused:
        trial.ask(services, SLUG, "199", "fresh", actor="staff:1", is_again=True)
    assert refused.value.reason is Reason.SERVICE_UNAVAILABLE
    again = trial.ask(services, SLUG, "199", "fresh", actor="staff:1")
    assert isinstance(again, Task)
    assert again.state == "waiting"


def test_invalid_draft_parts_fall_back_to_the_release(services: Services) -> None:
    save(title="")
    drafts.create("half_written", {"kind": "guide", "title": "没写完"}, editor="staff:1", held=True)
    found = asked(services, "借书证丢了怎么办", slug="half_written")
    assert found.answer.title == "借书证丢了"
    assert len(found.left_out) == 2


def test_held_entry_can_be_tried(services: Services) -> None:
    written = {
        "kind": "guide",
        "title": "座位怎么预约",
        "category": "其他",
        "answer": "在小程序里预约。",
        "questions": ["座位怎么预约", "预约阅览室的座位", "自习座位怎么约"],
    }
    drafts.create("book_seat", written, editor="staff:1", held=True)
    found = asked(services, "座位怎么预约", slug="book_seat")
    assert found.answer.slug == "book_seat"


def test_conversation_continues_without_opening_tickets(services: Services) -> None:
    first = asked(services, "借书证丢了怎么办")
    second = asked(services, "还是不行", memory=first.memory)
    assert second.answer.slug == SLUG
    assert second.answer.answer != first.answer.answer
    before = rows()
    called = asked(services, "人工", memory=second.memory)
    assert called.answer.answer == trial.HANDED_OVER
    assert rows() == before
    assert asked(services, "你好", memory="{nonsense").answer.kind == "smalltalk"


def test_unknown_example_person_is_not_found(services: Services) -> None:
    with pytest.raises(Refused) as refused:
        trial.ask(services, SLUG, "199", "a_real_person", actor="staff:1")
    assert refused.value.reason is Reason.NOT_FOUND


def test_each_sentence_names_its_origin(services: Services) -> None:
    save(
        probes=[{"probe": "number_range"}],
        variants={"range_closed": {"answer": "{号段}的卡不行。", "steps": ["换一张卡。"]}},
    )
    found = asked(services, "199的号，借书证丢了怎么办", "closed_range")
    variant = "条目“借书证丢了”（lost_card）：变体的“号段暂不支持”的"
    assert [(piece.said, piece.origin) for piece in found.origins[1:]] == [
        ("199的卡不行。", f"{variant}答案"),
        ("换一张卡。", f"{variant}步骤第1条"),
    ]
    assert found.origins[0].origin == "诊断“号段”"
    general = asked(services, "还书逾期怎么办", memory=found.memory)
    assert general.origins[0].said == "每天一角，还书时付。"
    assert general.origins[0].origin == "条目“还书晚了”（late_return）：答案"
