"""Case 10: after too many failures a clerk verifies the card and a second clerk confirms."""

from tests.scenarios.conftest import Counter
from tests.support.people.accounts import sign_in
from tests.support.people.cases import (
    Applicant,
    ask,
    assert_ledger,
    assert_resolved,
    explained,
    face,
    file_ticket,
)
from tests.support.people.persons import person
from tests.support.service.service import Service, data_of

SOMEONE = person("王秀英", number=9110)


def test_too_many_failures_do_not_block_others(service: Service) -> None:
    applicant = Applicant(service, SOMEONE)
    for _ in range(5):
        answer = applicant.register(name="王秀英不符")
        explained(answer, 422, "FOUR_ELEMENTS_MISMATCH", 4)
    answer = applicant.register(name="王秀英不符")
    assert explained(answer, 429, "TOO_MANY_ATTEMPTS", 10)["retry_after"] > 23 * 3600
    assert "窗口" in answer.json()["message"]
    ask(service, "反复操作还是失败", 10, applicant.token, "too_many_attempts")
    Applicant(service, person("王建国", number=9210), "li").registered()


def test_window_verifies_and_a_second_clerk_confirms(service: Service, window: Counter) -> None:
    token = Applicant(service, SOMEONE).registered()
    for _ in range(5):
        explained(face(service, token, 10004), 422, "FACE_MISMATCH", 12)
    opened = service.post(
        "/face-challenges",
        json={"consent_version": data_of(service.get("/consent"))["version"]},
        token=token,
    )
    explained(opened, 429, "TOO_MANY_ATTEMPTS", 10)
    found = ("too_many_attempts", "identity_matched")
    said = ask(service, "试了很多次都不通过，还有别的办法吗", 10, token, *found)
    assert "manual_verification" in str(said["actions"])
    ticket = file_ticket(service, token, "manual_verification", description="刷脸总不过")

    window.find(SOMEONE.id_number)
    window.open()
    window.verify("多次刷脸未通过，核对原件一致")
    account = data_of(service.get("/account", token=token))
    assert (account["level"], account["verified_by"]) == (4, "manual")
    window.sign_in_second_clerk()
    window.review(confirm=True)

    assert_resolved(service, token, ticket, "窗口已核对证件原件，经人工核验通过")
    assert data_of(service.get("/account", token=sign_in(service, SOMEONE)))["level"] == 4
    acts = ("manual_verification", "authorization_declined", "verification_confirmed")
    assert_ledger(service, SOMEONE, "person_opened", *acts)
