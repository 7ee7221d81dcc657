"""Photos as they are stored: readable, small enough, refused by their field."""

import pytest

from miniprogram_api.pictures.photos import KEPT_BYTES, prepared
from miniprogram_api.reasons import Reason, Refused
from tests.support.people.photos import portrait
from tests.support.service.rules import Rules


@pytest.mark.parametrize("content", [None, b"", b"GIF89a", portrait()[:900]])
def test_unreadable_photo_is_refused_by_its_field(rules: Rules, content: bytes | None) -> None:
    with pytest.raises(Refused) as caught:
        prepared(content, "photo")
    assert caught.value.reason is Reason.INVALID_INPUT
    assert caught.value.details["fields"][0]["field"] == "photo"


def test_photo_is_stored_as_a_jpeg_of_limited_size(rules: Rules) -> None:
    assert len(prepared(portrait(), "photo")) <= KEPT_BYTES
