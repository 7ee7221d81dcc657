"""The client that compares two faces, against the sandbox's CompareFace."""

import json

import pytest

from miniprogram_api.clients import Clients
from tests.contract.conftest import Build
from tests.support.people.captures import picture
from tests.support.service.sandbox import SandboxServer


def test_alike_faces_score_high_and_others_low(outside: Clients, sandbox: SandboxServer) -> None:
    alike = outside.face_compare.compare(picture(200), picture(195))
    other = outside.face_compare.compare(picture(200), picture(60))
    assert alike is not None
    assert other is not None
    assert alike > 90 > 50 > other
    sent = sandbox.calls("CompareFace")[0]["request"]
    body = json.loads(sent) if isinstance(sent, str) else sent
    assert {*body} == {"ImageA", "ImageB", "FaceModelVersion", "QualityControl"}


def test_picture_without_a_face_is_not_scored(outside: Clients) -> None:
    assert outside.face_compare.compare(picture(200), picture(0)) is None


@pytest.mark.parametrize("mode", ["busy", "limit", "error", "reset"])
def test_fault_of_the_vendor_is_no_score(
    outside: Clients, sandbox: SandboxServer, mode: str
) -> None:
    sandbox.fault("face_compare", mode)
    assert outside.face_compare.compare(picture(200), picture(200)) is None


def test_no_answer_is_no_score(build: Build, closed_port: str) -> None:
    outside = build(tencentcloud_iai_endpoint=closed_port)
    assert outside.face_compare.compare(picture(200), picture(200)) is None
