"""Requirements of the notes and reasons that editors write beside an act."""

from miniprogram_api.texts import invalid

LONGEST_TEXT = 200


def require_reason(reason: str) -> None:
    """Raise Refused: INVALID_INPUT unless there is a short reason."""
    if not reason.strip():
        raise invalid("releases.reason.required")
    require_short(reason=reason)


def require_short(**texts: str) -> None:
    """Raise Refused: INVALID_INPUT for the first text that is too long."""
    for name, text in texts.items():
        if len(text) > LONGEST_TEXT:
            raise invalid("releases.any.too_long", field=name, most=LONGEST_TEXT)
