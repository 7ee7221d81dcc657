"""Metrics on a full disk are dropped, and the service continues."""

import os
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from handlers import metrics
from miniprogram_api import metric_files
from miniprogram_api.health.gauges import Labelled

Usage = namedtuple("Usage", "total used free")


def test_full_disk_stops_counting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    metrics.observe("/before", "GET", 200, "OK", 0.01)
    with monkeypatch.context() as patch:
        patch.setattr(metric_files, "FOLDER", str(tmp_path))
        patch.setattr(shutil, "disk_usage", lambda _path: Usage(1 << 30, 1 << 30, 0))
        # Writing to a mapped page without disk space would kill the process.
        metrics.observe("/meanwhile", "GET", 200, "OK", 0.01)
    metrics.observe("/after", "GET", 200, "OK", 0.01)
    text = metrics.render({})[0].decode()
    assert 'route="/before"' in text
    assert 'route="/meanwhile"' not in text
    assert 'route="/after"' in text


def test_values_of_this_moment_are_gauges() -> None:
    text = metrics.render({"sms_codes_hour": 7})[0].decode()
    assert "# TYPE sms_codes_hour gauge\nsms_codes_hour 7.0\n" in text


def test_values_of_this_moment_are_not_kept_for_each_worker(tmp_path: Path) -> None:
    program = (
        "from handlers import metrics; print(metrics.render({'sms_codes_hour': 7})[0].decode())"
    )
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    text = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert text.count("# TYPE sms_codes_hour gauge") == 1
    assert "pid=" not in text
    assert list(tmp_path.glob("gauge*")) == []


def test_unknown_method_is_not_a_label() -> None:
    metrics.observe("none", "A-TOKEN", 405, "METHOD_NOT_ALLOWED", 0.01)
    text = metrics.render({})[0].decode()
    assert 'method="other"' in text
    assert "A-TOKEN" not in text


def test_values_with_labels_are_one_metric() -> None:
    left = Labelled(("vendor", "call"), {("sms", "a"): 3, ("wechat", "b"): 0})
    text = metrics.render({"vendor_quota_left": left})[0].decode()
    assert text.count("# TYPE vendor_quota_left gauge") == 1
    assert 'vendor_quota_left{call="a",vendor="sms"} 3.0' in text
    assert 'vendor_quota_left{call="b",vendor="wechat"} 0.0' in text
