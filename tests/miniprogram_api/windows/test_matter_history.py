"""The history of a matter at a desk."""

from miniprogram_api.matters import versions
from miniprogram_api.matters.forms import Detail
from miniprogram_api.windows import matter_history
from models.matters.matters import Matter
from tests.support.admin.staff import member_of
from tests.support.matters.matters import PEOPLE, confirm, form, matter_of, named, verified
from tests.support.service.rules import Rules

ZHANG, LI, _ = PEOPLE


def test_later_versions_are_in_the_history_with_their_editor(rules: Rules) -> None:
    clerk = member_of("clerk")
    matter = matter_of(rules.services, [named(ZHANG)])
    confirm(rules.services, matter, verified(ZHANG))
    for version, actor in enumerate((clerk.actor, "registrar:x"), 1):
        versions.replace(
            rules.services,
            matter.public_id,
            form([named(ZHANG), named(LI)], details=(Detail("注册资本", f"{version}万元"),)),
            version=version,
            maker=matter.maker,
            actor=actor,
        )
    found = Matter.get_by_id(matter.id)
    first, second = matter_history.edits_of(found)
    assert (first.version, first.by, first.fields, first.persons) == (
        2,
        clerk.name,
        ("注册资本",),
        1,
    )
    assert (second.version, second.by, second.persons) == (3, "企业登记系统", 0)
    assert [one.kind for one in matter_history.decisions_of(found)] == ["confirmation"]
