"""The local identity check and its refused fields."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miniprogram_api import clock
from miniprogram_api.identity import checks as identity_checks
from miniprogram_api.identity.refused_fields import RefusedFields, most_specific_case
from miniprogram_api.reasons import Reason, Refused, invalid_field
from tests.support.people.persons import make_id_number, person


def test_values_are_normalised_and_warnings_returned() -> None:
    someone = person(number=1)
    number = someone.id_number.lower().translate(
        str.maketrans("0123456789", "０１２３４５６７８９")
    )
    checked = identity_checks.check(" 阿里 巴巴 ", number, "2024.06.03", "２０４４０６０３")
    normalised = checked.normalised
    assert normalised.name == "阿里巴巴"
    assert normalised.id_number == someone.id_number
    assert (normalised.valid_from, normalised.valid_until) == ("2024-06-03", "2044-06-03")
    [warning] = checked.warnings
    assert warning.code == "name_space"
    assert warning.suggestion == "阿里·巴巴"


def test_every_refused_field_is_named_with_its_suggestion() -> None:
    someone = person(number=2)
    assert someone.valid_until is not None
    with pytest.raises(Refused) as caught:
        identity_checks.check("", someone.id_number, "2024-02-30", "2024-01-01")
    entries = {entry["field"]: entry for entry in caught.value.details["fields"]}
    assert set(entries) == {"name", "valid_from", "valid_until"}
    assert caught.value.reason is Reason.INVALID_INPUT
    assert caught.value.case == 4
    with pytest.raises(Refused) as caught:
        identity_checks.check("张三", someone.id_number, "2024-06-03", "2044-02-30")
    [entry] = caught.value.details["fields"]
    assert entry["suggestion"] == someone.valid_until.isoformat()


def test_age_under_14_is_a_refused_field() -> None:
    birth = clock.today() - timedelta(days=13 * 365)
    with pytest.raises(Refused) as caught:
        identity_checks.check("张三", make_id_number(birth), "2024-06-03", "2029-06-03")
    assert [e["code"] for e in caught.value.details["fields"]] == ["id_number_under_14"]


@pytest.mark.parametrize(
    ("cases", "told"),
    [([], None), ([None], None), ([None, 4], 4), ([4, 14, 13], 14), ([13, 14], 13), ([4, 4], 4)],
)
def test_most_specific_case_is_chosen(cases: list[int | None], told: int | None) -> None:
    assert most_specific_case(cases) == told


def test_other_refusals_are_not_collected() -> None:
    def other() -> None:
        raise Refused(Reason.USERNAME_TAKEN)

    def field() -> None:
        raise invalid_field("phone", "phone_missing", "请填写手机号。")

    refused = RefusedFields()
    refused.raise_if_any()
    assert refused.attempt(lambda: 7) == 7
    refused.raise_if_any()
    with pytest.raises(Refused) as caught:
        refused.attempt(other)
    assert caught.value.reason is Reason.USERNAME_TAKEN
    assert refused.attempt(field) is None
    with pytest.raises(Refused) as caught:
        refused.raise_if_any()
    assert caught.value.details["fields"][0]["field"] == "phone"


SOMEONE = person(number=3)


def or_any_text(value: str) -> st.SearchStrategy[str]:
    return st.just(value) | st.text(max_size=60)


@given(
    or_any_text(SOMEONE.name),
    or_any_text(SOMEONE.id_number),
    or_any_text("2024-06-03"),
    or_any_text("长期"),
)
def test_any_text_passes_or_is_refused_with_a_message(
    name: str, number: str, valid_from: str, valid_until: str
) -> None:
    refused = None
    try:
        identity_checks.check(name, number, valid_from, valid_until)
    except Refused as error:
        refused = error
    if refused is not None:
        assert refused.reason is Reason.INVALID_INPUT
        assert all(entry["message"] for entry in refused.details["fields"])
