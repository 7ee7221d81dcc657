"""The reader of ID cards is a setting."""

import pytest

from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.identity import card_images
from miniprogram_api.reasons import Reason, Refused
from tests.support.service.rules import Rules


def test_reader_that_is_off_is_not_found(rules: Rules) -> None:
    services, session = rules.with_settings(card_ocr="off"), SessionInfo(b"t", "o-card", None)
    with pytest.raises(Refused) as caught:
        card_images.read(services, session, b"picture", "front")
    assert caught.value.reason is Reason.NOT_FOUND
    assert rules.sandbox.calls("idcard") == []
