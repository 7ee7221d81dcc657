"""Identity disputes that a clerk files for the person at the window."""

import pytest

from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.tickets import own
from miniprogram_api.tickets.opening import Subject
from miniprogram_api.windows import verifications as window_desk
from tests.support.admin.staff import member_of
from tests.support.people.accounts import account_of, account_session
from tests.support.people.persons import person


@pytest.mark.usefixtures("rules")
def test_holder_of_the_disputed_account_neither_sees_nor_withdraws_it() -> None:
    victim = person(number=41)
    impostor = account_session(account_of(victim))
    subject = Subject(victim.name, victim.id_number)
    row, _ = window_desk.file_ticket(
        member_of("clerk"), "identity_dispute", subject, "不是我注册的"
    )
    assert own.of_caller(impostor) == []
    with pytest.raises(Refused) as refused:
        own.withdraw(impostor, row.number)
    assert refused.value.reason is Reason.NOT_FOUND
