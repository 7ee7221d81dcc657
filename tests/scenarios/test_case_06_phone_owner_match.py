"""Case 6: the phone belongs to another person, which is allowed."""

from pathlib import Path

from tests.support.people.cases import Applicant, ask
from tests.support.people.persons import make_phone, person
from tests.support.service.service import Service, data_of

SOMEONE = person("王秀英", number=9106)


def test_phone_of_another_person_registers(service: Service) -> None:
    applicant, phone = Applicant(service, SOMEONE), make_phone(9206)
    ask(service, "手机号必须是本人实名的吗", 6, applicant.token)
    token = applicant.registered(phone=phone)
    assert data_of(service.get("/account", token=token))["level"] == 3


def test_answer_follows_the_setting(tmp_path: Path) -> None:
    with Service(tmp_path, phone_owner_check="warn") as service:
        someone = person("王秀英", number=9107)
        applicant = Applicant(service, someone)
        said = ask(service, "手机号必须是本人实名的吗", 6, applicant.token, "phone_owner_checked")
        assert "只提醒" in said["answer"]
        token = applicant.registered(phone="13800130007")
        account = data_of(service.get("/account", token=token))
        # The warning stands in the answer to the registration alone.
        assert (account["level"], account["phone_warning"]) == (3, None)
