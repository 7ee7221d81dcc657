"""Fixtures: the push endpoint with a database, in this process."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from config import Settings
from faq.release import publishing
from handlers.app import create
from miniprogram_api import clients
from miniprogram_api.services import Services
from tests.support.api.pushes import Partner
from tests.support.service.tables import settings_for

TOKEN, KEY, APPID = "AAAAA", "A" * 43, "wxba5fad812f8e6fb9"


# With their settings, because the hundreds of routes take longer than a test.
_created: list[tuple[Settings, Flask]] = []


class PushEndpoint:
    """Call ``/wechat/push`` under some settings; ``partner`` has its secrets."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        services = Services(settings, clients.build(settings))
        app = next((app for given, app in _created if given == settings), None)
        if app is None:
            app = create(services)
            _created.append((settings, app))
        app.extensions["services"] = services
        self.client: FlaskClient = app.test_client()
        self.partner = Partner(TOKEN, KEY, APPID, settings.wechat_push_format)

    def push(self, call: tuple[str, bytes], **options: Any) -> TestResponse:
        """POST path and body as WeChat does."""
        path, body = call
        return self.client.post(path, data=body, **options)


@pytest.fixture
def make_endpoint(tables: Settings) -> Callable[..., PushEndpoint]:
    """Create the endpoint on a database with the shipped content alone."""
    publishing.seed_if_empty()

    def make(**settings: Any) -> PushEndpoint:
        return PushEndpoint(
            settings_for(
                tables.var_dir,
                database_url=tables.database_url,
                **{
                    "wechat_token": TOKEN,
                    "wechat_encoding_aes_key": KEY,
                    "wechat_appid": APPID,
                    "wechat_push_mode": "secure",
                    "wechat_push_format": "json",
                    **settings,
                },
            )
        )

    return make
