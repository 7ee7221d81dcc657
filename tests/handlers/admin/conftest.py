"""Fixtures: the running service, with this process bound to its database."""

from collections.abc import Iterator

import pytest

from miniprogram_api.operations import maintenance
from tests.support.faq import small_content
from tests.support.service.service import Service


@pytest.fixture
def desk_service(service: Service) -> Iterator[Service]:
    maintenance.connect(service.settings)
    try:
        yield service
    finally:
        maintenance.disconnect()


@pytest.fixture
def small_service(desk_service: Service) -> Service:
    """Yield ``desk_service`` with the small content, so that a check is fast."""
    small_content.publish()
    return desk_service


@pytest.fixture(scope="session")
def _review_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("review"), publish_needs_review="true") as running:
        yield running


@pytest.fixture
def review_service(_review_service: Service) -> Iterator[Service]:
    """Yield ``small_service`` with reviews required."""
    _review_service.clear()
    maintenance.connect(_review_service.settings)
    try:
        small_content.publish()
        yield _review_service
    finally:
        maintenance.disconnect()
