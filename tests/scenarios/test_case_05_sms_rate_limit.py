"""Case 5: too many codes are requested; the last one that arrived still works."""

from tests.support.people.cases import Applicant, ask, ask_for_code, explained
from tests.support.people.persons import person
from tests.support.service.service import Service, data_of

SOMEONE = person("王秀英", number=9105)


def test_last_code_works_after_the_rate_limit(service: Service) -> None:
    applicant = Applicant(service, SOMEONE)
    data_of(ask_for_code(service, applicant.token, SOMEONE.phone), 202)
    again = ask_for_code(service, applicant.token, SOMEONE.phone)
    data = explained(again, 429, "SMS_RATE_LIMITED", 5)
    assert data["window"] == "minute"
    assert data["remaining"] == {"hour": 2, "day": 4}
    ask(service, "提示发送太频繁", 5, applicant.token, "sms_rate_limited")
    ask(service, "一天能发几次验证码", 5, applicant.token, "sms_rate_limited")

    applicant.registered(service.sandbox.last_code(SOMEONE.phone))
