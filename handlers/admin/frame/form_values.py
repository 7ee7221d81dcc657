"""Values of form fields and addresses: days, moments, numbers, lists in one line."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import overload

from flask import request

from miniprogram_api import clock
from miniprogram_api.texts import invalid


def day(field: str, text: str) -> date | None:
    """Read a field of type date, None for an empty one. Raises Refused INVALID_INPUT."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise invalid("pages.day.wrong_form", field=field) from None


def moment(field: str, text: str) -> datetime | None:
    """Read a field of type datetime-local, in Shanghai. Raises Refused INVALID_INPUT."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=clock.SHANGHAI) if text else None
    except ValueError:
        raise invalid("pages.moment.wrong_form", field=field) from None


def words(text: str) -> list[str]:
    """Split a line at 、 and at commas of either width."""
    return [word for word in (word.strip() for word in re.split("[、，,]", text)) if word]


@overload
def number(text: str) -> int | None: ...
@overload
def number(text: str, otherwise: int) -> int: ...
def number(text: str, otherwise: int | None = None) -> int | None:
    """Read the whole number of an address such as ``?before=30``."""
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text) else otherwise


def before() -> int | None:
    """Read the number that a page of a list ends before: ``?before=30``."""
    return number(request.args.get("before", ""))


def text(form: Mapping[str, str], name: str, longest: int = 200) -> str:
    """Read a text field, cut at the length that its input allows."""
    return form.get(name, "").strip()[:longest]
