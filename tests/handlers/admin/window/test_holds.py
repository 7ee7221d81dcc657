"""The clerk's pages for what the source denies, and the page of the second person."""

import pytest

from miniprogram_api import clock
from models.accounts.accounts import Account
from models.second_person import SecondPersonRequest
from tests.handlers.admin.window.test_desk import SEEN, once_of, opened, path_of, registration
from tests.support.admin.desk import Desk
from tests.support.admin.holds import denied_account
from tests.support.admin.staff import member_of, token_of
from tests.support.people.captures import FILES
from tests.support.people.persons import person
from tests.support.service.service import Service


@pytest.fixture
def clerk(desk_service: Service) -> Desk:
    return Desk(desk_service, token_of(member_of("clerk")))


def test_card_against_the_source_waits_for_a_second_person(
    desk_service: Service, clerk: Desk
) -> None:
    someone = person("张不符", number=15)
    last = registration(clerk, someone)
    refused = clerk.post(last, SEEN, files=FILES)
    assert refused.status_code == 422
    assert "以证件原件为准" in refused.text
    assert "提交，等第二人复核" in refused.text
    # Nothing is asked about the switch of an account that does not exist.
    done = path_of(clerk.post(last, {**SEEN, "despite_source": "1"}, files=FILES))
    assert done.endswith("/done")
    shown = clerk.get(done).text
    for words in ("已提交，等第二人复核", "还没有生效", "不一致，按证件原件办理"):
        assert words in shown
    assert "办理授权</a>" not in shown
    assert Account.select().count() == 0
    again = registration(clerk, someone)
    refused = clerk.post(again, {**SEEN, "despite_source": "1"}, files=FILES)
    assert (refused.status_code, "等第二人复核后生效" in refused.text) == (409, True)

    review = f"/second-person/{SecondPersonRequest.get().id}"
    assert "要由另一位同事决定" in clerk.get(review).text
    second = Desk(desk_service, token_of(member_of("clerk")))
    assert "未生效，等第二人复核" in second.get("/second-person").text
    assert "同意，核验生效" in second.get(review).text
    silent = second.post(review, {"decision": "deny", **once_of(second, review)})
    assert (silent.status_code, Account.select().count()) == (422, 0)
    decided = second.post(review, {"decision": "agree", **once_of(second, review)})
    assert "done=held_approved" in decided.headers["Location"]
    assert (Account.get().level, Account.get().verified_by) == (4, "manual")
    assert "复核通过" in clerk.get(review).text


def test_verification_page_tells_that_the_source_denies_the_person(
    desk_service: Service, clerk: Desk
) -> None:
    account = denied_account(person("张不符", number=17))
    path = f"{opened(clerk, account.id_number)}/verification"
    assert "提交后不立即生效" in clerk.get(path).text
    done = clerk.get(path_of(clerk.post(path, {**SEEN, **once_of(clerk, path)}, files=FILES))).text
    assert "已提交，等第二人复核" in done
    assert Account.get().level == 3
    second = Desk(desk_service, token_of(member_of("centre")))
    review = f"/second-person/{SecondPersonRequest.get().id}"
    Account.update(status="frozen").execute()
    shown = second.get(review).text
    assert "这个账号已冻结" in shown
    assert "同意，核验生效" not in shown
    refusal = {"decision": "deny", "cause": "not_wanted", "reason": "账号有争议"}
    refusal |= once_of(second, review)
    assert second.post(review, refusal).status_code == 302
    assert "没有同意，未生效" in second.get(review).text


def test_closed_switch_of_a_denied_person_leads_to_the_verification(
    desk_service: Service, clerk: Desk
) -> None:
    denied_account(
        person("张不符", number=18),
        level=4,
        verified_by="ctid",
        authorization_closed_at=clock.now(),
    )
    handle = opened(clerk, Account.get().id_number)
    path = f"{handle}/authorization"
    assert f'{handle}/verification">人工核验</a>' in clerk.get(path).text
    answer = {"answer": "yes", "until": clock.today().isoformat(), "evidence_seen": "id_card"}
    refused = clerk.post(path, {**answer, **once_of(clerk, path)})
    assert refused.status_code == 409
    assert refused.text.count("请先办人工核验") == 1
    verification = f"{handle}/verification"
    clerk.post(verification, {**SEEN, **once_of(clerk, verification)}, files=FILES)
    second = Desk(desk_service, token_of(member_of("clerk")))
    review = f"/second-person/{SecondPersonRequest.get().id}"
    second.post(review, {"decision": "agree", **once_of(second, review)})
    assert "请先办人工核验" not in clerk.get(path).text
    assert clerk.post(path, {**answer, **once_of(clerk, path)}).status_code == 302
    assert Account.get().authorization_enabled
