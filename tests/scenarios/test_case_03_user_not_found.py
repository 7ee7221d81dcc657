"""Case 3: the login is unknown; after registering, every login of the person works."""

from tests.support.api.refusals import refused
from tests.support.people.cases import Applicant, ask, explained
from tests.support.people.persons import person
from tests.support.people.registrations import PASSWORD
from tests.support.service.service import Service, data_of

SOMEONE = person("王秀英", number=9103)


def test_unknown_user_registers_and_signs_in(service: Service) -> None:
    applicant = Applicant(service, SOMEONE)
    credentials = {"login": SOMEONE.id_number, "password": PASSWORD}
    unknown = service.post("/sessions", json=credentials, token=applicant.token)
    explained(unknown, 404, "USER_NOT_FOUND", 3)
    ask(service, "登录弹出“用户不存在”", 3, applicant.token, "user_not_found", "no_account")

    applicant.registered(username="xiuying_9103")
    for login in (SOMEONE.id_number, SOMEONE.phone, "XiuYing_9103"):
        data_of(service.post("/sessions", json={**credentials, "login": login}))


def test_shared_phone_is_an_ambiguous_login(service: Service) -> None:
    Applicant(service, SOMEONE).registered()
    Applicant(service, person("王建国", number=9203, phone=SOMEONE.phone), "li").registered()
    credentials = {"login": SOMEONE.phone, "password": PASSWORD}
    refused(service.post("/sessions", json=credentials), 409, "LOGIN_AMBIGUOUS", 3)
    data_of(service.post("/sessions", json={**credentials, "login": SOMEONE.id_number}))
