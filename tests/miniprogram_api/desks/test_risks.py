"""What is unusual about an act at a window."""

from datetime import timedelta

from miniprogram_api import clock
from miniprogram_api.captures.evidence import Evidence, Reading
from miniprogram_api.desks import risks
from miniprogram_api.windows import verifications as window_desk
from models.desks.tickets import Ticket
from models.second_person import SecondPersonRequest
from tests.support.admin.holds import SEEN
from tests.support.admin.staff import member_of, window_of
from tests.support.people.accounts import account_of
from tests.support.people.persons import make_phone, person
from tests.support.service.rules import Rules

READ = Evidence(
    photo_taken=True,
    reading=Reading("R1", "张三", "11010119820107991X", "2024-06-03", "2044-06-03"),
)


def test_photo_and_reading_leave_nothing_unusual(rules: Rules) -> None:
    clerk, number = member_of("clerk"), person(number=91).id_number
    assert risks.of_act(clerk, number, make_phone(91), READ) == ()
    assert risks.of_act(clerk, number, None, Evidence()) == ("no_photo", "typed_card")


def test_clerk_with_more_than_twice_the_window_s_median_from_ten_acts(rules: Rules) -> None:
    window = window_of().id
    clerk, colleague = (member_of("clerk", window=window) for _ in range(2))
    account_of(person(number=92))
    done = window_desk.verify_on_site(clerk, person(number=92).id_number, SEEN)
    today = SecondPersonRequest.get_by_id(done.verification_id)

    def repeat(times: int, member_id: int, days_ago: int) -> None:
        at = clock.now() - timedelta(days=days_ago)
        for _ in range(times):
            row = {**today.__data__, "id": None, "asked_by": member_id, "asked_at": at}
            SecondPersonRequest.insert(**row).execute()

    def is_unusual() -> bool:
        return "clerk_volume" in risks.of_act(clerk, None, None, READ)

    repeat(5, colleague.id, 1)
    repeat(5, clerk.id, 2)
    repeat(8, clerk.id, 0)
    assert not is_unusual(), "the tenth act"
    repeat(1, clerk.id, 0)
    assert is_unusual(), "the eleventh, where five are usual"
    repeat(6, colleague.id, 3)
    repeat(6, colleague.id, 4)
    repeat(6, colleague.id, 5)
    assert not is_unusual(), "where six are usual"


def test_repeated_person_and_phone_of_three_accounts(rules: Rules) -> None:
    clerk, someone = member_of("clerk"), person(number=93)
    phone = make_phone(93)
    for number in (93, 94, 95):
        assert risks.of_act(clerk, None, phone, READ) == ()
        account_of(person(number=number), phone=phone, phone_index=phone)
    assert risks.of_act(clerk, None, phone, READ) == ("shared_phone",)
    done = window_desk.verify_on_site(clerk, someone.id_number, SEEN)
    row = SecondPersonRequest.get_by_id(done.verification_id)
    assert (row.risk, row.risks) == ("typed_card,shared_phone", 2)
    assert risks.of_act(clerk, someone.id_number, None, READ) == ("repeated_person",)
    SecondPersonRequest.update(asked_at=clock.now() - timedelta(days=31)).execute()
    assert risks.of_act(clerk, someone.id_number, None, READ) == ()
    assert Ticket.select().count() == 1
