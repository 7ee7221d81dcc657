"""Consents: current texts, stored agreements and withdrawal."""

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import pytest

from config import SettingsError
from miniprogram_api import clock
from miniprogram_api.accounts import consents
from miniprogram_api.reasons import Reason, Refused
from models.accounts.consents import ConsentRecord
from models.accounts.verifications import FaceChallenge
from models.desks.audit import AuditEntry
from tests.support.people.persons import person
from tests.support.people.registrations import synced_account
from tests.support.service.rules import Rules

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


def test_every_text_is_complete() -> None:
    assert consents.current_text().version == max(p.stem for p in consents.TEXTS.iterdir())
    text = consents.current_text()
    # 个人信息保护法 art. 17 and 30, and the face-recognition rules of 2025.
    for topic in (
        "地址",
        "电话",
        "个人信息保护负责人",
        "身份证号码",
        "有效期",
        "手机号码",
        "敏感个人信息",
        "保存多久",
        "撤回",
        "注销",
        "更正",
        "删除",
        "复制",
        "窗口",
        "网证",
        "未满14周岁",
        "中国境内",
    ):
        assert topic in text.text, topic
    for key in consents.SEPARATE:
        assert ("已阅读告知" if key == "identity" else "单独同意") in text.separate[key]
        assert "影响" in text.separate[key]
        assert "必要性" in text.separate[key]


@pytest.mark.parametrize(
    ("version", "given", "reason", "details"),
    [
        (None, ["identity"], Reason.CONSENT_REQUIRED, {"missing": ["general"]}),
        ("", [], Reason.CONSENT_REQUIRED, {"missing": ["general", "identity"]}),
        ("2019-06-01", ["face"], Reason.CONSENT_REQUIRED, {"missing": ["identity"]}),
        ("2019-06-01", ["identity"], Reason.CONSENT_OUTDATED, None),
        ("2026-11-24", ["identity"], Reason.CONSENT_OUTDATED, {"version": "2026-12-01"}),
    ],
)
def test_required_consents_must_be_given(
    version: str | None, given: list[str], reason: Reason, details: dict[str, list[str]] | None
) -> None:
    with pytest.raises(Refused) as caught:
        consents.require(version, given, ["identity"])
    assert caught.value.reason is reason
    assert caught.value.details == (details or {"version": consents.current_text().version})


def test_consent_to_the_current_text_is_enough() -> None:
    consents.require(consents.current_text().version, ["identity", "face"], ["identity"])


@both_databases
def test_consent_is_stored_once_with_version_and_time(rules: Rules) -> None:
    account = synced_account(person(number=1))
    before = clock.now() - timedelta(milliseconds=1)
    consents.record(account.id, ["general", "identity"])
    consents.record(account.id, ["identity", "face"])
    found = consents.latest(account.id)
    assert [c.key for c in found] == ["general", "identity", "face"]
    assert {c.version for c in found} == {consents.current_text().version}
    assert all(
        before <= c.given_at <= clock.now() + timedelta(milliseconds=1) and c.withdrawn_at is None
        for c in found
    )
    assert ConsentRecord.select().count() == 3


@both_databases
def test_face_consent_is_withdrawn_and_given_again(rules: Rules) -> None:
    account, other = synced_account(person(number=2)), synced_account(person(number=3))
    for one in (account, other):
        consents.record(one.id, ["general", "identity", "face"])
        FaceChallenge.create(
            id=f"challenge{one.id}",
            account=one.id,
            session_hash=b"x",
            mode="wechat",
            created_at=clock.now(),
            expires_at=clock.now() + timedelta(minutes=10),
        )
    found = {c.key: c for c in consents.withdraw(account.id, "face")}
    assert found["face"].withdrawn_at is not None
    assert found["identity"].withdrawn_at is None
    assert all(c.withdrawn_at is None for c in consents.latest(other.id))
    # A face check that is under way ends with it.
    assert FaceChallenge.get_by_id(f"challenge{account.id}").expires_at <= clock.now()
    assert FaceChallenge.get_by_id(f"challenge{other.id}").expires_at > clock.now()
    consents.withdraw(account.id, "face")
    assert [row.tag for row in AuditEntry.select()] == ["api:consent:withdrawn"]
    consents.record(account.id, ["face"])
    again = {c.key: c for c in consents.latest(account.id)}
    assert again["face"].withdrawn_at is None
    assert ConsentRecord.select().where(ConsentRecord.key == "face").count() == 3


def test_withdrawing_a_required_consent_needs_cancellation(rules: Rules) -> None:
    account = synced_account(person(number=4))
    consents.record(account.id, ["general", "identity"])
    for key in ("general", "identity"):
        with pytest.raises(Refused) as caught:
            consents.withdraw(account.id, key)
        assert caught.value.reason is Reason.CANCELLATION_REQUIRED
    with pytest.raises(Refused) as caught:
        consents.withdraw(account.id, "fingerprint")
    assert caught.value.reason is Reason.NOT_FOUND
    assert all(c.withdrawn_at is None for c in consents.latest(account.id))


def test_cancellation_withdraws_every_consent(rules: Rules) -> None:
    account = synced_account(person(number=5))
    consents.record(account.id, ["general", "identity"])
    consents.withdraw_all(account.id)
    assert all(c.withdrawn_at is not None for c in consents.latest(account.id))


def test_withdrawing_a_missing_consent_changes_nothing(rules: Rules) -> None:
    account = synced_account(person(number=6))
    assert consents.withdraw(account.id, "face") == []
    assert AuditEntry.select().count() == 0


def test_matter_consent_is_withdrawn_alone(rules: Rules) -> None:
    account = synced_account(person(number=7))
    consents.record(account.id, ["general", "identity", "face", "matter"])
    found = {c.key: c for c in consents.withdraw(account.id, "matter")}
    assert found["matter"].withdrawn_at is not None
    assert found["face"].withdrawn_at is None


def test_pictures_of_matters_need_a_text_with_their_consent(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = rules.services.settings
    consents.check_text(settings)
    text = consents.current_text()
    parts = {key: part for key, part in text.separate.items() if key != "matter"}
    older = replace(text, separate=MappingProxyType(parts))
    monkeypatch.setattr(consents, "current_text", lambda: older)
    with pytest.raises(SettingsError, match="MATTER_SIGNATURE and MATTER_DESK_PHOTO must be off"):
        consents.check_text(settings)
    without = rules.with_settings(matter_signature="off", matter_desk_photo="off")
    consents.check_text(without.settings)


def test_every_published_consent_has_one_sentence_that_is_agreed_to() -> None:
    versions = [file.stem for file in consents.TEXTS.glob("*.yaml")]
    assert len(versions) >= 6
    for version in versions:
        for key, part in consents.text_of(version).separate.items():
            agreed = consents.sentence_of(part)
            begins = [line for line in part.split("\n") if line.startswith(("我同意", "我已阅读"))]
            assert begins == [agreed], (version, key)


def test_sentence_is_that_of_the_version_agreed_to(rules: Rules) -> None:
    account = synced_account(person(number=8))
    consents.record(account.id, ["general", "identity"], version="2026-11-30")
    consents.record(account.id, ["face"], version="2019-06-01")
    given = {c.key: c.sentence for c in consents.latest(account.id)}
    old = consents.text_of("2026-11-30").separate["identity"]
    now = consents.current_text().separate["identity"]
    assert given == {"general": None, "identity": consents.sentence_of(old), "face": None}
    assert consents.sentence_of(old) != consents.sentence_of(now)
