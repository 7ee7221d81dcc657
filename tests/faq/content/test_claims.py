"""Facts that a text names."""

import pytest

from faq.content import claims


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("199号段已支持。", [("199", True)]),
        ("199号段暂不支持。", [("199", False)]),
        ("199号段，现在已经开通。", [("199", True)]),
        ("170、171号段都不能注册。", [("170", False), ("171", False)]),
        ("170开头的暂不支持，199开头的可以注册。", [("170", False), ("199", True)]),
        ("199号段在开通之前暂不支持，家里人的号码也可以。", [("199", False)]),
        ("如果199号段已支持，请重试。", []),
        ("199号段什么时候支持？", []),
        ("编号1990000已支持。", []),
    ],
)
def test_range_claims(text: str, said: list[tuple[str, bool]]) -> None:
    assert [(claim.prefix, claim.is_open) for claim in claims.range_claims(text)] == said


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("199号段预计12月1日起支持。", (None, 12, 1)),
        ("199号段2027-01-05开放。", (2027, 1, 5)),
    ],
)
def test_day_of_an_opening(text: str, day: tuple[int | None, int, int]) -> None:
    (claim,) = claims.range_claims(text)
    assert (claim.year, claim.month, claim.day) == day


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("窗口工作日9:00-17:00办公。", {(540, 1020)}),
        ("大厅上午9点到12点，下午1点半至5点。", {(540, 720), (810, 1020)}),
        ("短信9:00-17:00发送。", set()),
    ],
)
def test_opening_hours(text: str, spans: set[tuple[int, int]]) -> None:
    assert {span for hours in claims.hours_claims(text) for span in hours.spans} == spans


def test_phones_of_offices() -> None:
    text = "窗口电话0571-88886666。请打窗口（0571）88887777。窗口编号12345678901。电话88889999。"
    assert [phone.digits for phone in claims.phone_claims(text)] == ["057188886666", "88887777"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "一分钟内最多发1条，一小时内最多发三条。",
            {("codes_per_minute", 1), ("codes_per_hour", 3)},
        ),
        ("24小时的上限从第一条算起。", set()),
        ("连续输错6次会锁定。", {("password_tries", 6)}),
        ("最晚到第15个工作日。", {("authorization_days", 15)}),
        ("已收到的验证码5分钟内有效。", {("code_minutes", 5)}),
    ],
)
def test_limits(text: str, said: set[tuple[str, int]]) -> None:
    assert {(claim.name, claim.number) for claim in claims.limit_claims(text)} == said
