"""Members at the same page see each other."""

from datetime import timedelta

from miniprogram_api import clock
from miniprogram_api.staff import presence
from tests.support.people.accounts import Time
from tests.support.service.rules import Rules

PAGE = "entry:presence_test"


def test_members_at_a_page_see_each_other_until_they_leave(rules: Rules) -> None:
    services = rules.services
    assert presence.others_at(services, PAGE, "staff:1") == []
    assert presence.others_at(services, PAGE, "staff:2") == ["staff:1"]
    assert presence.others_at(services, PAGE, "staff:1") == ["staff:2"]
    assert presence.others_at(services, "entry:other", "staff:1") == []
    with Time(clock.now() + presence.NEAR + timedelta(seconds=1)).running():
        assert presence.others_at(services, PAGE, "staff:3") == []
        presence.leave(services, PAGE, "staff:3")
        assert presence.others_at(services, PAGE, "staff:1") == []
