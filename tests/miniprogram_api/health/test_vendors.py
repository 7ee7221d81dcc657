"""Quotas, certificates and last successes of the vendors, as the worker finds them."""

from datetime import timedelta
from pathlib import Path

import pytest

from miniprogram_api.clients.watching.figures import VendorFigure, VendorName
from miniprogram_api.health import gauges, vendors
from miniprogram_api.health.gauges import Labelled
from tests.support.service.rules import Rules
from tests.support.service.tls import secured_server

FACE = "/cityservice/face/identify/getverifyid"


def test_worker_keeps_quotas_and_certificates(
    rules: Rules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules.sandbox.plant(quota={FACE: 7}, sms_left=12)
    with secured_server(tmp_path, timedelta(days=9)) as server:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server.certificate))
        vendors.look(rules.with_settings(ctid_base=server.url))
    shown = vendors.figures(rules.services)
    assert shown["quota_left"]["wechat"][FACE.strip("/")] == 7
    assert shown["quota_left"]["sms"] == {"SmsPackagesStatistics": 12}
    assert list(shown["certificate_end"]) == ["ctid"]
    assert shown["last_success"]["wechat"]["cgi-bin/openapi/quota/get"].endswith("+08:00")
    values = gauges.read(rules.services)
    limits = values["vendor_quota_limit"]
    assert isinstance(limits, Labelled)
    assert limits.values["wechat", FACE.strip("/")] == 10_000
    assert ("sms", "SmsPackagesStatistics") not in limits.values
    quotas, ends = values["vendor_quota_left"], values["vendor_certificate_seconds"]
    assert isinstance(quotas, Labelled)
    assert isinstance(ends, Labelled)
    assert quotas.values["wechat", FACE.strip("/")] == 7
    assert 8 < ends.values["ctid", "CTID_BASE"] / 24 / 3600 <= 9


def test_certificate_that_is_refused_counts_as_ended(rules: Rules, tmp_path: Path) -> None:
    with secured_server(tmp_path, timedelta(days=90)) as server:
        vendors.look(rules.with_settings(ctid_base=server.url))
    ends = rules.services.clients.vendor_figures.read(VendorFigure.CERTIFICATE_END)
    assert ends == {VendorName("ctid", "CTID_BASE"): vendors.NOT_ACCEPTED}


def test_vendor_that_is_away_hides_no_other(rules: Rules) -> None:
    rules.sandbox.plant(refuse={"quota/get": 48001}, sms_left=3)
    vendors.look(rules.services)
    left = rules.services.clients.vendor_figures.read(VendorFigure.QUOTA_LEFT)
    assert left == {VendorName("sms", "SmsPackagesStatistics"): 3}
