"""List what tables and settings know today, as sentences that an editor may insert."""

from collections.abc import Iterator
from dataclasses import dataclass

from config import Settings
from faq.release.contradictions import Truth
from miniprogram_api import clock
from miniprogram_api.operations import announcements, outages
from miniprogram_api.operations.announcements import Announcement
from miniprogram_api.operations.outages import Outage
from miniprogram_api.phones.ranges import NumberRange
from miniprogram_api.staff.windows import Window
from miniprogram_api.texts import text, word, words
from miniprogram_api.texts.sentences import day_in_words, moment_in_words


@dataclass(frozen=True, slots=True)
class Fact:
    """Hold a sentence with the values of today.

    `pattern`: the same with the placeholders of states, empty where no state fills them. `title`
    and `note`: what editors read beside it.
    """

    text: str
    pattern: str = ""
    title: str = ""
    note: str = ""


def groups(settings: Settings) -> dict[str, list[Fact]]:
    """Map the names of the tables to their facts; empty ones are included."""
    truth = Truth(settings)
    notices = [_outage(notice) for notice in outages.current()]
    notices += [_announcement(notice) for notice in announcements.current()]
    by_group = {
        "number_ranges": [_range(own_range) for own_range in truth.ranges],
        "settings": [Fact(sentence) for sentence in _limits(truth)],
        "notices": notices,
        "windows": [_window(window) for window in truth.windows],
    }
    return {text(f"claims.groups.{name}"): facts for name, facts in by_group.items()}


def _limits(truth: Truth) -> Iterator[str]:
    for name, sentence in words("claims.facts").items():
        yield sentence.format(number=truth.limits[name])


def _range(number_range: NumberRange) -> Fact:
    since, key = number_range.supported_from, "range_open"
    if number_range.is_unsupported_on(clock.today()):
        key = "range_closed" if since is None else "range_closed_until"
    day = "" if since is None else day_in_words(since)
    return Fact(
        text(f"claims.stated.{key}", segment=number_range.prefix, day=day),
        text(f"claims.stated.{key}", segment=_named("segment"), day=_named("day")),
        note=number_range.note,
    )


def _outage(off: Outage) -> Fact:
    title = text("claims.stated.off", source=word("names.sources", off.source))
    if off.until is None:
        return Fact(off.notice, title=title)
    until = moment_in_words(off.until)
    return Fact(
        text("claims.stated.outage", notice=off.notice, time=until),
        text("claims.stated.outage", notice=off.notice, time=_named("time")),
        title,
    )


def _announcement(shown: Announcement) -> Fact:
    return Fact(shown.text, title=shown.title, note="、".join(shown.districts))


def _window(window: Window) -> Fact:
    sentence = text(
        "claims.stated.window",
        name=window.name,
        address=window.address,
        hours=window.hours,
        phone=window.phone,
    )
    return Fact(sentence, note="、".join(window.districts))


def _named(placeholder: str) -> str:
    return f"{{{words('states.placeholders')[placeholder]}}}"
