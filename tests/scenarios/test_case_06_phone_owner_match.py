"""Case 6: the phone belongs to somebody else: nobody compares, so there is nothing to meet."""

from tests.support.people.cases import Applicant, ask
from tests.support.people.persons import make_phone, person
from tests.support.service.service import Service, data_of

SOMEONE = person("王秀英", number=9106)


def test_the_phone_belongs_to_somebody_else(service: Service) -> None:
    applicant, phone = Applicant(service, SOMEONE), make_phone(9206)
    ask(service, "手机号必须是本人实名的吗", 6, applicant.token)
    token = applicant.registered(phone=phone)
    assert data_of(service.get("/account", token=token))["level"] == 3
