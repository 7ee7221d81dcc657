"""Matters whose persons confirmed at a window, with pictures."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex

from miniprogram_api import clock
from miniprogram_api.matter_lines import changes, content, finding
from miniprogram_api.matter_lines.changes import Decided, Evidence, Way
from miniprogram_api.pictures import pictures as decoding
from miniprogram_api.pictures import signatures
from miniprogram_api.services import Services
from miniprogram_api.sheets import pictures
from models.matters.matters import Line, Matter
from models.storage.database import transaction
from tests.support.people import photos
from tests.support.people.persons import Person, person
from tests.support.people.signatures import signature

FIRM = "示例市云上科技有限公司"


@dataclass(frozen=True)
class Post:
    """One line to be made."""

    person: Person
    role: str
    on_behalf_of: str | None = None


THREE = (
    Post(person("王小明", number=1), "股东"),
    Post(person("王小明", number=1), "经理"),
    Post(person("李四", number=2), "监事", "示例投资公司"),
)


def matter_of(posts: Sequence[Post] = THREE, *, kind: str = "establishment") -> Matter:
    """Insert a waiting matter with these lines."""
    now, number = clock.now(), token_hex(8)
    matter = Matter.create(
        public_id=token_hex(12),
        maker="window:1",
        number=number,
        number_index=number,
        kind=kind,
        subject_name=FIRM,
        subject_type="limited",
        details="[]",
        content_digest="",
        body_digest="",
        created_at=now,
        changed_at=now,
        expires_at=now + timedelta(days=30),
    )
    for position, post in enumerate(posts):
        behalf = {"name": post.on_behalf_of, "code": None}
        Line.create(
            public_id=token_hex(12),
            matter=matter.id,
            position=position,
            name=post.person.name,
            document_type="id_card",
            document_number=post.person.id_number,
            document_index=post.person.id_number,
            role=post.role,
            on_behalf_of=json.dumps(behalf, ensure_ascii=False) if post.on_behalf_of else None,
            phone=post.person.phone,
        )
    return matter


def confirm(
    services: Services,
    matter: Matter,
    who: Person,
    *,
    roles: Sequence[str] | None = None,
    way: Way = "on_site",
    source_number: str | None = None,
) -> Decided:
    """Confirm the lines of a person, with a signature, at the desk also with a photo."""
    stored = {pictures.SIGNATURE: signatures.judged(signature())}
    if way == "on_site":
        stored[pictures.PHOTO] = decoding.reencoded(photos.portrait(), 1600, 400_000)
    own = finding.of_person(finding.lines(matter), who.id_number, who.name)
    with transaction():
        decided = changes.confirm_lines(
            services,
            matter.public_id,
            [line.public_id for line in own if roles is None or line.role in roles],
            person=changes.Person(who.id_number, who.name),
            digest=content.digest_of(matter, own),
            evidence=Evidence(way, None, source_number, pictures.digests(stored), 1, 1),
        )
        pictures.store(services.settings, decided.decision.id, stored)
    return decided


def confirmed(services: Services, posts: Sequence[Post] = THREE) -> Matter:
    """Insert a matter that all persons confirmed."""
    matter = matter_of(posts)
    for who in dict.fromkeys(post.person for post in posts):
        confirm(services, matter, who)
    return Matter.get_by_id(matter.id)
