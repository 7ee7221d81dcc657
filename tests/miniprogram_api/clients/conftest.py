"""A store on the real Valkey of this test process."""

import pytest

from miniprogram_api.clients.redis import RedisStore
from miniprogram_api.clients.redis_server import RedisServer
from tests.support.service.valkey import ValkeyServer


@pytest.fixture(scope="session")
def _server(_valkey: ValkeyServer) -> RedisServer:
    return RedisServer(_valkey.url)


@pytest.fixture
def server(valkey: ValkeyServer, _server: RedisServer) -> RedisServer:
    return _server


@pytest.fixture
def store(server: RedisServer) -> RedisStore:
    return RedisStore(server)
