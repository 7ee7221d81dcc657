"""The running service, with this process bound to its database, so that tests can make staff."""

from collections.abc import Iterator

import pytest

from miniprogram_api import maintenance
from tests.support.service import Service


@pytest.fixture
def desk_service(service: Service) -> Iterator[Service]:
    maintenance.connect(service.settings)
    try:
        yield service
    finally:
        maintenance.disconnect()
