"""A typed name in place of a signature, where MATTER_SIGNATURE is optional."""

import pytest

from miniprogram_api.ledger import decision_records
from miniprogram_api.sheets import sheets
from models.matters.decisions import Decision
from models.matters.matters import Line
from tests.support.matters.matters import PEOPLE, matter_of, named, states_of
from tests.support.matters.people import Holder
from tests.support.pdf import text_of
from tests.support.people.faces import refusal
from tests.support.people.signatures import signature
from tests.support.service.rules import Rules

ZHANG = PEOPLE[0]


@pytest.mark.parametrize("way", ["face", "ctid"])
def test_name_is_typed_where_a_signature_is_optional(rules: Rules, way: str) -> None:
    matter = matter_of(rules.services, [named(ZHANG)])
    holder = Holder(rules, ZHANG)
    services = rules.with_settings(matter_signature="optional")
    check = {"challenge_id": holder.open(matter, services=services)}
    if way == "ctid":
        check = {"ctid_token": f"ctid-ok-{ZHANG.id_number}"}
    unsigned = {**check, "signature": None}
    for changes, code, settings in (
        ({"typed_name": "李四"}, "other_name", services),
        ({"typed_name": ZHANG.name, "signature": signature()}, "not_allowed", services),
        ({"typed_name": ZHANG.name}, "not_allowed", rules.with_settings(matter_signature="off")),
    ):
        proof = {**unsigned, **changes}
        refused = refusal(holder.confirm, matter, proof=proof, services=settings)
        assert [(f["field"], f["code"]) for f in refused.details["fields"]] == [
            ("typed_name", code)
        ]
    assert states_of(matter) == ("waiting", ["pending"])

    holder.confirm(matter, proof={**unsigned, "typed_name": f" {ZHANG.name} "}, services=services)

    decision = Decision.get()
    assert (decision.way, decision.typed_name, decision.pictures) == (way, True, "{}")
    assert decision_records.is_genuine(services.settings, decision)
    decision.typed_name = False
    assert not decision_records.is_genuine(services.settings, decision), "the record covers it"
    assert Line.get().typed_name
    drawn = sheets.for_person(services, matter.public_id, holder.account.id)
    assert f"本人输入姓名“{ZHANG.name}”代替签名" in text_of(drawn.pdf)
