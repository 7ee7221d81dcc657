"""Answers that lead to a window list suitable windows."""

from datetime import timedelta

import pytest

from faq.content.window_lookup import finder, with_windows
from miniprogram_api import clock
from miniprogram_api.staff import windows
from miniprogram_api.tickets import opening
from miniprogram_api.tickets.opening import Opening
from models.desks.tickets import Ticket
from models.desks.windows import ServiceWindow
from tests.support.admin.staff import window_of
from tests.support.service.rules import Rules

TO_WINDOWS = {"type": "page", "label": "查看窗口", "page": "pages/windows/index"}
ELSEWHERE = {"type": "page", "label": "去登录", "page": "pages/sign-in/index"}


def names(**asker: object) -> list[str]:
    return [place.name for place in windows.suitable(**asker)]  # type: ignore[arg-type]


@pytest.fixture
def four(rules: Rules) -> list[ServiceWindow]:
    return [
        window_of(f"{district}窗口", districts=f'["{district}"]')
        for district in ("城东区", "城西区", "城南区", "示例县")
    ]


def test_windows_are_listed_only_under_a_window_button(rules: Rules) -> None:
    window_of("甲窗口", hours="每天 9:00-17:00")
    to_windows, elsewhere = with_windows([TO_WINDOWS, ELSEWHERE], finder())
    assert to_windows["windows"] == [
        {
            "name": "甲窗口",
            "address": "测试路1号",
            "hours": "每天 9:00-17:00",
            "phone": "010-00000000",
            "open_today": True,
        }
    ]
    assert elsewhere == ELSEWHERE
    assert "windows" not in TO_WINDOWS


def test_few_windows_are_all_listed_open_today_first(rules: Rules) -> None:
    daily = {"hours": "每天 9:00-17:00"}
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    window_of("甲窗口", **daily, closed_days=f'["{clock.today().isoformat()}"]')
    window_of("乙窗口", **daily, closed_days=f'["{tomorrow}"]')
    window_of("丙窗口", active=False)
    assert [(place.name, place.open_today) for place in windows.suitable()] == [
        ("乙窗口", True),
        ("甲窗口", False),
    ]


def test_one_suitable_window_of_many_is_listed(rules: Rules, four: list[ServiceWindow]) -> None:
    assert names() == []
    assert names(text="示例县的窗口在哪里") == ["示例县窗口"]
    assert names(text="我在城东区，城西区也行") == ["城东区窗口", "城西区窗口"]
    assert names(openid="o-zhang") == []
    opening.open_ticket(rules.services, Opening(kind="other", source="user", openid="o-zhang"))
    assert names(openid="o-zhang") == []
    Ticket.update(window_id=four[2].id).execute()
    assert names(openid="o-zhang") == ["城南区窗口"]
    assert names(openid="o-zhang", text="示例县") == ["示例县窗口"]
    assert names(openid="o-li") == []
