"""The list of what is kept of users, and the consent text made from it."""

from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
import yaml

from config import Settings
from miniprogram_api import texts
from miniprogram_api.accounts import consent_writing, consents, privacy
from miniprogram_api.retention import Kept

# Of published texts, to which users have agreed.
DIGESTS = {
    "2026-11-24": "52631e0c209883f736f7ebdcabcd176d09a39a5d80cb72179dce5544fce7775e",
    "2026-11-27": "006544914f78e07adbf9e5adc7e2185785b7a1143be2d215608c7deac343a794",
    "2026-11-28": "4c1a505ed99b853cf36bd4583ee4e0f8675f80d3dbde3ce31e954e37282440fb",
    "2026-11-29": "fd1709cf811ab7e996092804eb61c63818634aabf876240e8007085475d081d8",
    "2026-11-30": "7ce77836b97857e67df8f2547f56b67f354b46d54aaa482113ded85ba301e1a0",
}
TEXT = consents.current_text().text


def data_of(key: str) -> privacy.PersonalData:
    return next(data for data in privacy.personal_data() if data.key == key)


def test_text_in_force_is_made_from_the_present_list() -> None:
    path = max(consents.TEXTS.glob("*.yaml"), key=lambda file: file.stem)
    stored = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert stored == consent_writing.render(), (
        "write a new version: CONTRIBUTING, Change what is kept"
    )


@pytest.mark.parametrize("version", DIGESTS)
def test_published_text_is_unchanged(version: str) -> None:
    content = (consents.TEXTS / f"{version}.yaml").read_bytes()
    assert sha256(content).hexdigest() == DIGESTS[version]


def test_written_version_is_read_back(tmp_path: Path) -> None:
    path = consent_writing.write(date(2030, 1, 2), tmp_path)
    assert path.name == "2030-01-02.yaml"
    assert yaml.safe_load(path.read_text(encoding="utf-8")) == consent_writing.render()


def test_list_has_exactly_the_rows_about_users() -> None:
    rows = {row.name for row in Kept if row not in privacy.NOT_OF_USERS}
    listed = [data.key for data in privacy.personal_data()]
    assert len(listed) == len(set(listed))
    assert set(listed) == rows | {"IDENTITY", "ACCOUNTS", "CONSENTS", "LEDGER", "AUDIT"}
    groups = {name.split(".")[1] for name in texts._GROUPS if name.startswith("kept.")}
    assert groups == set(listed)


@pytest.mark.parametrize("data", privacy.personal_data(), ids=lambda data: data.key)
def test_text_says_what_is_kept_for_what_how_long_and_who_gets_it(
    data: privacy.PersonalData,
) -> None:
    (line,) = [line for line in TEXT.split("\n") if f"）{data.what}。" in line]
    who = "、".join(data.receivers)
    assert line.endswith(
        f"用途：{data.purpose}。依据：{data.basis}。保存：{data.period}。谁可以得到：{who}。"
    )
    known = {*privacy.receiver_names().values(), "没有别人"}
    assert set(data.receivers) <= known


@pytest.mark.parametrize(
    ("key", "period"),
    [
        ("IDENTITY_CHECKS", "180天"),
        ("TICKETS", "办结后3年"),
        ("SITTINGS", "4小时"),
        ("HELD_VERIFICATIONS", "复核后马上删除，最长30天"),
        ("SUBSCRIPTIONS_WAITING", "最长1年"),
        ("CANCELLED_ACCOUNTS", "注销后最长30天"),
        ("REGISTRAR_WATCHES", "最近一次查询后90天"),
    ],
)
def test_period_is_that_of_the_table(key: str, period: str) -> None:
    assert data_of(key).period == period
    assert not any(character.isdigit() for character in texts.template(f"kept.{key}.what"))


def test_periods_are_typed_nowhere_else() -> None:
    for row in Kept:
        if texts.has(f"kept.{row.name}.period"):
            period = texts.template(f"kept.{row.name}.period")
            assert "{time}" in period
            assert not any(character.isdigit() for character in period)


def test_setting_cannot_exceed_the_promised_period() -> None:
    assert Settings.model_fields["cancelled_accounts_kept"].default == 30
    with pytest.raises(ValueError, match="less than or equal to 30"):
        Settings(cancelled_accounts_kept=31)


def test_every_receiver_is_in_the_text() -> None:
    names = list(privacy.receiver_names().values())
    assert names == [
        "微信",
        "公安身份核验服务（腾讯云）",
        "人像比对服务（腾讯云）",
        "短信通道（腾讯云）",
        "网证平台（CTID）",
        "登记业务系统",
        "窗口业务人员和省局信息中心",
    ]
    for name in names:
        assert f"）{name}（" in TEXT


def test_text_says_that_a_query_always_tells_the_verification() -> None:
    assert "不论这个开关是否打开，都会答复您是否已通过验证" in TEXT
    assert "才能查到您已通过验证" not in TEXT
