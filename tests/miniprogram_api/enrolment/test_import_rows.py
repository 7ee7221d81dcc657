"""Rows of imported accounts: accepted, repaired or refused."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miniprogram_api.enrolment.import_rows import (
    CONFIRMABLE,
    FIELDS,
    Person,
    Problem,
    Row,
    RowValidator,
)
from models.accounts.synced_accounts import PlainAccount
from tests.support.people.persons import make_id_number, person

TODAY = date(2026, 11, 24)
SOMEBODY = person("张三", number=7)
OLD_NUMBER = SOMEBODY.id_number[:6] + SOMEBODY.id_number[8:17]


def judge(confirmed: tuple[str, ...] = (), **changes: str) -> Person | list[Problem]:
    values = {
        "id_number": SOMEBODY.id_number,
        "name": SOMEBODY.name,
        "phone": SOMEBODY.phone,
        "username": "",
        "valid_from": "2024-06-03",
        "valid_until": "2044-06-03",
        **changes,
    }
    row = Row(2, "", tuple(values[name] for name in FIELDS))
    return RowValidator(TODAY, frozenset(), frozenset(confirmed))(row)


def account(**changes: str) -> PlainAccount:
    judged = judge(**changes)
    assert isinstance(judged, Person), judged
    return judged.account


def codes(**changes: str) -> list[str]:
    judged = judge(**changes)
    assert isinstance(judged, list), judged
    return [problem.code for problem in judged]


def test_valid_row_is_imported_unchanged() -> None:
    assert judge(username="Zhang_San") == Person(
        2,
        PlainAccount(
            SOMEBODY.id_number,
            "张三",
            SOMEBODY.phone,
            "Zhang_San",
            "2024-06-03",
            "2044-06-03",
            False,
        ),
        None,
    )


@pytest.mark.parametrize(
    "text",
    [
        OLD_NUMBER,
        f" {SOMEBODY.id_number.lower()} ",
        f"'{SOMEBODY.id_number}",
        f'="{SOMEBODY.id_number}"',
        f"'{OLD_NUMBER}",
        f"\t{SOMEBODY.id_number}",
    ],
)
def test_id_number_is_read_from_other_programs_formats(text: str) -> None:
    assert account(id_number=text).id_number == SOMEBODY.id_number


@pytest.mark.parametrize(
    "text", ["'" + SOMEBODY.phone, f'="{SOMEBODY.phone}"', "+86 " + SOMEBODY.phone]
)
def test_phone_is_read_from_other_programs_formats(text: str) -> None:
    assert account(phone=text).phone == SOMEBODY.phone


def test_phone_of_a_newly_listed_range_is_imported() -> None:
    row = Row(2, "", (SOMEBODY.id_number, "张三", "16012345678", "", "", ""))

    assert isinstance(RowValidator(TODAY, frozenset({"160"}), frozenset())(row), Person)
    assert isinstance(RowValidator(TODAY, frozenset(), frozenset())(row), list)


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "stored"),
    [
        ("2024.06.03", "20440603", ("2024-06-03", "2044-06-03", False)),
        ("2024-06-03 00:00:00", "2044/6/3 0:00", ("2024-06-03", "2044-06-03", False)),
        ("2024-06-03T00:00:00.000", "长期", ("2024-06-03", None, True)),
        ("2024-06-03", "00000000", ("2024-06-03", None, True)),
        ("2024-06-03", "9999-12-31", ("2024-06-03", None, True)),
        ("", "", (None, None, False)),
        ("NULL", "\\N", (None, None, False)),
        ("无", "-", (None, None, False)),
        ("0000-00-00", "0000-00-00", (None, None, False)),
        ("0000-00-00 00:00:00", "0000-00-00 00:00:00", (None, None, False)),
        ("", "2044-06-03", (None, "2044-06-03", False)),
        ("2024-06-03", "", ("2024-06-03", None, False)),
        # Expired, even of the first generation: the activation asks for the new card's dates.
        ("2009-06-03", "2019-06-03", ("2009-06-03", "2019-06-03", False)),
        ("1999-06-03", "2009-06-03", ("1999-06-03", "2009-06-03", False)),
        # A term that does not fit the age is for the person to confirm or to correct.
        ("2024-06-03", "2034-06-03", ("2024-06-03", "2034-06-03", False)),
        ("2026-11-01", "2027-02-01", ("2026-11-01", "2027-02-01", False)),
    ],
)
def test_missing_or_expired_dates_are_accepted(
    valid_from: str, valid_until: str, stored: tuple[str | None, str | None, bool]
) -> None:
    assert account(valid_from=valid_from, valid_until=valid_until)[-3:] == stored


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"id_number": ""}, "id_number_missing"),
        ({"id_number": "1.10101E+17"}, "id_number_character"),
        ({"id_number": SOMEBODY.id_number[:-1] + "A"}, "id_number_letter"),
        ({"id_number": SOMEBODY.id_number[:-2]}, "id_number_length"),
        ({"id_number": OLD_NUMBER[:8] + "1345" + OLD_NUMBER[12:]}, "id_number_birth_date"),
        ({"id_number": "810000820101999"}, "id_number_old"),
        ({"id_number": make_id_number(date(2013, 1, 1))}, "id_number_under_14"),
        ({"name": ""}, "name_missing"),
        ({"name": "张3"}, "name_digit"),
        ({"name": "张"}, "name_single_character"),
        ({"name": "阿卜杜 热合曼"}, "name_space"),
        ({"name": "某某有限公司"}, "name_unusual_word"),
        ({"phone": ""}, "phone_missing"),
        ({"phone": "010-65550000"}, "phone_not_mobile"),
        ({"phone": "14000000000"}, "phone_unassigned"),
        ({"valid_from": "2024-02-30"}, "valid_from_impossible"),
        ({"valid_from": "去年"}, "valid_from_format"),
        ({"valid_from": "长期"}, "valid_from_long_term"),
        ({"valid_from": "2027-01-01"}, "valid_from_in_future"),
        ({"valid_from": "1970-01-01", "valid_until": ""}, "valid_from_before_birth"),
        ({"valid_until": "2044-13-01"}, "valid_until_impossible"),
        ({"valid_until": "2024-06-03"}, "valid_until_not_after_start"),
        ({"valid_until": "10年"}, "valid_until_format"),
    ],
)
def test_invalid_row_is_a_problem(changes: dict[str, str], code: str) -> None:
    if code == "valid_from_before_birth":
        # Too early for any card of today comes first, and that alone would be tolerated.
        changes = {"id_number": make_id_number(date(2011, 5, 1)), "valid_from": "2010-01-01"}
    assert codes(**changes) == [code]


def test_all_faults_of_a_row_are_reported() -> None:
    assert codes(id_number="1", name="", phone="2", valid_from="3") == [
        "id_number_length",
        "name_missing",
        "phone_not_mobile",
        "valid_from_format",
    ]


def test_name_with_a_warning_is_imported_when_confirmed() -> None:
    judged = judge(("name_single_character",), name="张")

    assert isinstance(judged, Person)
    assert judged.account.name == "张"
    assert "name_single_character" in CONFIRMABLE
    # Another warning is not confirmed by that.
    assert isinstance(judge(("name_single_character",), name="阿卜杜 热合曼"), list)


@pytest.mark.parametrize(
    "text", [SOMEBODY.id_number, OLD_NUMBER, SOMEBODY.phone, "无", "NULL", " "]
)
def test_user_name_equal_to_a_number_is_dropped(text: str) -> None:
    judged = judge(username=text)

    assert isinstance(judged, Person)
    assert (judged.account.username, judged.username_problem) == (None, None)


@pytest.mark.parametrize("text", ["张三", "a", "1abc", "a b c d", "13900139000", "abc123456789012"])
def test_invalid_user_name_is_dropped_and_reported(text: str) -> None:
    judged = judge(username=text)

    assert isinstance(judged, Person)
    assert judged.account.username is None
    problem = judged.username_problem
    assert problem is not None
    assert problem.imported
    assert problem.code in ("username_form", "username_like_id_number")
    assert text not in problem.message


@given(
    st.lists(
        st.one_of(
            st.text(max_size=60),
            st.sampled_from(
                [
                    SOMEBODY.id_number,
                    OLD_NUMBER,
                    "张三",
                    SOMEBODY.phone,
                    "2024-06-03",
                    "长期",
                    "'",
                    '=""',
                ]
            ),
        ),
        min_size=6,
        max_size=6,
    )
)
def test_any_row_has_an_outcome(values: list[str]) -> None:
    judged = RowValidator(TODAY, frozenset(), CONFIRMABLE)(Row(9, "", tuple(values)))

    if isinstance(judged, Person):
        assert len(judged.account.id_number) == 18
        assert judged.account.name
        assert len(judged.account.phone) == 11
    else:
        assert judged
        for problem in judged:
            assert problem.line == 9
            assert problem.field in FIELDS
            assert not problem.imported
            assert len(problem.message) <= 60
