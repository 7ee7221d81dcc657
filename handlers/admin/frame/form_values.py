"""What people type into the fields of a form: days, moments, lists in one line."""

import re
from collections.abc import Mapping
from datetime import date, datetime

from miniprogram_api import clock
from miniprogram_api.reasons import invalid_field


def day(field: str, text: str) -> date | None:
    """The day of a field of type date; None for an empty one. Raises Refused INVALID_INPUT."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise invalid_field(field, "wrong_form", "请按“年-月-日”填写日期。") from None


def moment(field: str, text: str) -> datetime | None:
    """A field of type datetime-local, a time of day in Shanghai. Raises Refused INVALID_INPUT."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=clock.SHANGHAI) if text else None
    except ValueError:
        raise invalid_field(field, "wrong_form", "请填写日期和时间。") from None


def words(text: str) -> list[str]:
    """The items of a line, separated by 、 or by commas of either width."""
    return [word for word in (word.strip() for word in re.split("[、，,]", text)) if word]


def number(text: str) -> int | None:
    """The whole number of an address such as ``?before=30``; None when it is none."""
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text) else None


def text(form: Mapping[str, str], name: str, longest: int = 200) -> str:
    """What stands in a field of one line or many, cut at what the input lets people type."""
    return form.get(name, "").strip()[:longest]
