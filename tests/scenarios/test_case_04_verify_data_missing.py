"""Case 4: the four elements do not match; the user corrects them, or the centre clears them."""

from tests.support.admin.centre_pages import CentreInBrowser
from tests.support.api.refusals import refused
from tests.support.people.cases import (
    Applicant,
    ask,
    assert_ledger,
    assert_resolved,
    explained,
    file_ticket,
)
from tests.support.people.persons import person
from tests.support.service.service import Service, data_of

SOMEONE = person("王秀英", number=9104)
# The card is right and the source has no such record.
UNKNOWN = person("王秀英不符", number=9204)


def test_corrected_elements_register(service: Service) -> None:
    applicant = Applicant(service, SOMEONE)
    code = service.sms_code(applicant.token, SOMEONE.phone, "register")
    wrong = applicant.register(code, name="王秀英不符")
    assert explained(wrong, 422, "FOUR_ELEMENTS_MISMATCH", 4)["attempts_left"] == 4
    assert "核验数据缺失" in wrong.json()["message"]
    explained(applicant.register(code, name="王秀英无记录"), 422, "IDENTITY_NO_RECORD", 4)
    explained(applicant.register(code, name="王秀英无效"), 422, "IDENTITY_INVALID", 4)
    shortened = SOMEONE.id_number[:-1]
    refused(applicant.register(code, id_number=shortened), 422, "INVALID_INPUT", 4)
    ask(service, "提示核验数据缺失", 4, applicant.token, "invalid_input")
    # The code is still valid.
    applicant.registered(code)


def test_centre_clears_an_identity_that_the_source_refuses(
    service: Service, centre: tuple[CentreInBrowser, CentreInBrowser]
) -> None:
    applicant, (first, second) = Applicant(service, UNKNOWN), centre
    explained(applicant.register(), 422, "FOUR_ELEMENTS_MISMATCH", 4)
    said = ask(
        service, "证件没错，一直提示核验数据缺失", 4, applicant.token, "four_elements_mismatch"
    )
    assert "identity_review" in str(said["actions"])
    ticket = file_ticket(
        service, applicant.token, "identity_review", **UNKNOWN.four_elements, description="证件没错"
    )

    first.claim(ticket)
    approval = first.ask(ticket, "clear_identity", reason="户籍底册与证件一致")
    explained(applicant.register(), 422, "FOUR_ELEMENTS_MISMATCH", 4)
    assert second.approve(approval).startswith("已批准")

    reason = "身份信息复核通过，请在30天内用相同信息重新提交"
    assert_resolved(service, applicant.token, ticket, reason)
    token = applicant.registered()
    assert data_of(service.get("/account", token=token))["level"] == 3
    acts = ("ticket_claimed", "approval_requested", "ticket_opened", "identity_cleared")
    assert_ledger(service, UNKNOWN, *acts)
