"""Case 13: a dot in the name; look-alike characters are normalised."""

from tests.support.people.cases import Applicant, ask, explained
from tests.support.people.persons import person
from tests.support.service.service import Service, data_of

SOMEONE = person("阿依古丽·买买提", number=9113)


def test_look_alike_dots_are_normalised(service: Service) -> None:
    applicant = Applicant(service, SOMEONE)
    data = explained(applicant.register(name="阿依古丽,买买提"), 422, "INVALID_INPUT", 13)
    [field] = data["fields"]
    assert (field["field"], field["suggestion"]) == ("name", SOMEONE.name)
    explained(applicant.register(name="阿依古丽·不符"), 422, "FOUR_ELEMENTS_MISMATCH", 13)
    ask(
        service,
        "名字中间的点打不出来",
        13,
        applicant.token,
        "four_elements_mismatch",
        "name_dot_sent",
    )

    answer = data_of(applicant.register(name="阿依古丽.买买提"), 201)
    assert answer["normalised"]["name"] == SOMEONE.name
