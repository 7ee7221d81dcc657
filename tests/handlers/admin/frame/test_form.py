"""Forms of the staff's pages: what was typed, and where the sentences of a refusal stand."""

from collections.abc import Iterator
from typing import Annotated

import pytest
from flask import Flask
from pydantic import Field

from handlers.admin.frame.form import Form
from handlers.api.desk.window import OnSiteBody
from handlers.api.endpoint import Body
from handlers.api.fields import FreeText
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import invalid

SENT = {"name": " 第一窗口 ", "until": "2026-12-31", "bad": "31.12.", "chosen": ["a", "b"]}


@pytest.fixture
def sent() -> Iterator[None]:
    """Send a form."""
    with Flask("form").test_request_context(method="POST", data=SENT):
        yield


@pytest.mark.usefixtures("sent")
def test_fields_are_read_as_typed() -> None:
    form = Form({"name": "从前的"})

    assert form.is_sent
    assert (form["name"], form.text("name"), form["missing"]) == (" 第一窗口 ", "第一窗口", "")
    assert form.all("chosen") == ["a", "b"]
    assert str(form.day("until")) == "2026-12-31"
    assert form.values["name"] == " 第一窗口 "
    assert form.status == 200


def test_stored_values_are_shown_until_something_is_sent() -> None:
    with Flask("form").test_request_context():
        form = Form({"name": "从前的"})
    assert not form.is_sent
    assert form.values == {"name": "从前的"}


@pytest.mark.usefixtures("sent")
def test_refused_fields_stand_beside_their_inputs() -> None:
    form = Form()
    with form:
        form.day("bad")

    assert set(form.errors) == {"bad"}
    assert (form.message, form.status, form.reason) == ("", 422, Reason.INVALID_INPUT)


@pytest.mark.usefixtures("sent")
def test_sentence_of_a_field_without_a_place_stands_above() -> None:
    form = Form(beside=("name",))
    with form:
        raise invalid("pages.reason.required")

    assert form.errors == {}
    assert form.message


@pytest.mark.usefixtures("sent")
def test_reason_with_a_field_stands_beside_it_and_others_above() -> None:
    form = Form(at={Reason.USERNAME_TAKEN: "name"})
    with form:
        raise Refused(Reason.USERNAME_TAKEN)
    assert form.errors == {"name": "这个用户名已有人使用，请换一个。"}
    assert form.status == 409

    form = Form()
    with form:
        raise Refused(Reason.TICKET_CLOSED)
    assert form.message == "这张工单已经办结，不能再改动。"


@pytest.mark.usefixtures("sent")
@pytest.mark.parametrize("reason", [Reason.FORBIDDEN, Reason.OWN_MATTER, Reason.WINDOW_REQUIRED])
def test_refusal_that_no_change_would_help_is_raised(reason: Reason) -> None:
    with pytest.raises(Refused), Form():
        raise Refused(reason)


class _Body(Body):
    chosen: Annotated[list[str], Field(max_length=2)]
    name: FreeText
    number: int
    is_on: bool
    note: FreeText | None = None


def test_body_of_the_api_is_read_from_the_fields() -> None:
    fields = {"chosen": ["a", "b"], "name": " 张 ", "number": "12", "is_on": "1", "note": " "}
    with Flask("form").test_request_context(method="POST", data=fields):
        body = Form().body(_Body)
    assert body == _Body(chosen=["a", "b"], name="张", number=12, is_on=True, note=None)


def test_missing_fields_of_a_body_are_named() -> None:
    with Flask("form").test_request_context(method="POST", data={"csrf": "x"}):
        form = Form()
        with form:
            form.body(OnSiteBody)
    assert set(form.errors) == {"reason"}
