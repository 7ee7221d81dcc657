"""A sheet of a made-up person, to preview a template."""

from miniprogram_api import clock
from miniprogram_api.sheets.check_codes import grouped
from miniprogram_api.sheets.sheet import Confirmation, Drawn, Sheet
from miniprogram_api.sheets.templates import Template
from miniprogram_api.texts import text, words


def draw(template: Template) -> Drawn:
    """Draw the sheets of a made-up person with two posts."""
    from miniprogram_api.sheets import drawing

    said = words("sheets.sample")
    roles = (said["role"], said["other_role"])
    now = clock.now()
    sheets = [
        Sheet(
            company=said["company"],
            declared_on=now.date(),
            kind="establishment",
            name=said["name"],
            document_type="id_card",
            document_number=said["document_number"],
            phone=said["phone"],
            confirmations=(
                Confirmation(
                    roles=posts,
                    at=now,
                    way="face",
                    source_number=said["source_number"],
                    code=grouped(said["code"]),
                    address=f"https://example.com/verify/{said['code']}",
                    no_photo=text("sheets.no_photo.face", number=said["source_number"]),
                    no_signature=said["signature"],
                ),
            ),
        )
        for posts in ([(role,) for role in roles] if template.by_line else [roles])
    ]
    return drawing.draw(template, sheets, now)
