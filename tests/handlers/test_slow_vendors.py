"""A vendor that takes half a minute, called by many users at once."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from requests import Response

from tests.support.api.refusals import refused
from tests.support.service.service import Service
from tests.support.service.waiting import eventually

CALLERS = 60
# Within it everything else has to be answered, on a busy machine too.
SLOW_SECONDS = 28


@pytest.fixture(scope="module")
def slow_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Start one web process whose vendors may take long without counting as failed."""
    directory = tmp_path_factory.mktemp("slow")
    with Service(directory, web_workers=1, upstream_timeout=30) as running:
        yield running


def sign_in(service: Service, number: int) -> Response:
    return service.post("/wechat/login", json={"code": f"wx-li~{number}"}, timeout=90)


def test_slow_vendor_leaves_threads_to_everything_else(slow_service: Service) -> None:
    service, sandbox = slow_service, slow_service.sandbox
    half = service.settings.web_threads // 2
    service.post("/faq/ask", json={"question": "收不到验证码"})
    sandbox.fault("wechat", "slow", count=CALLERS, seconds=SLOW_SECONDS)
    with ThreadPoolExecutor(CALLERS) as pool:
        calls = [pool.submit(sign_in, service, number) for number in range(CALLERS)]
        assert eventually(lambda: len(sandbox.calls("jscode2session")) >= half)
        assert service.get("/healthz", base="", timeout=90).ok
        assert service.post("/faq/ask", json={"question": "密码忘了"}, timeout=90).ok
        # Still before the vendor's first answer.
        assert not [call for call in calls if call.done() and call.result().ok]
        assert eventually(lambda: sum(map(Future.done, calls)) == CALLERS - half)
    answers = [call.result() for call in calls]
    assert len(sandbox.calls("jscode2session")) == half
    assert sum(answer.ok for answer in answers) == half
    for answer in answers:
        if not answer.ok:
            data = refused(answer, 503, "WECHAT_UNAVAILABLE")
            assert answer.headers["Retry-After"] == str(data["retry_after"])
