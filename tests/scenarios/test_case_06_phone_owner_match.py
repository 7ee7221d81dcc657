"""Case 6: the phone belongs to another person, which is allowed."""

from tests.support.people.cases import Applicant, ask
from tests.support.people.persons import make_phone, person
from tests.support.service.service import Service, data_of

SOMEONE = person("王秀英", number=9106)


def test_phone_of_another_person_registers(service: Service) -> None:
    applicant, phone = Applicant(service, SOMEONE), make_phone(9206)
    ask(service, "手机号必须是本人实名的吗", 6, applicant.token)
    token = applicant.registered(phone=phone)
    assert data_of(service.get("/account", token=token))["level"] == 3
