"""Who may read the metrics."""

from tests.support.service import Service, error_of


def test_only_a_loopback_peer_itself_reads_the_metrics(service: Service) -> None:
    answer = service.get("/metrics", base="")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    for passed_on_for in ("203.0.113.7", "127.0.0.1"):
        proxied = service.get("/metrics", base="", address=passed_on_for)
        error_of(proxied, 401, "UNAUTHENTICATED")
