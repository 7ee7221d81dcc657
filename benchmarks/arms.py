"""Applications to compare with, each served by its own gunicorn."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from benchmarks.bare import API
from miniprogram_api import clients
from miniprogram_api.clients.guards.breaker import SourceState
from miniprogram_api.clients.inquiries import Inquiry
from miniprogram_api.clients.sms.gateway import SmsOutcome, SmsResult
from miniprogram_api.clients.sms.reports import Report, SentMessage
from miniprogram_api.operations import profiles
from miniprogram_api.services import Services
from wsgi import create_app


def gateway_only() -> Flask:
    """Create an application that only sends an SMS by the service's client."""
    sms = clients.build(profiles.load_settings()).sms
    return _sending(lambda phone, code: sms.send_code(phone, code, 10).outcome.value)


def official_client() -> Flask:
    """Create the same application with Tencent Cloud's SDK and its own transport."""
    from tencentcloud.common.credential import Credential
    from tencentcloud.common.profile.client_profile import ClientProfile
    from tencentcloud.common.profile.http_profile import HttpProfile
    from tencentcloud.sms.v20210111.models import SendSmsRequest
    from tencentcloud.sms.v20210111.sms_client import SmsClient

    settings = profiles.load_settings()
    client = SmsClient(
        Credential(
            settings.tencentcloud_secret_id, settings.tencentcloud_secret_key.get_secret_value()
        ),
        settings.tencentcloud_region,
        ClientProfile(
            httpProfile=HttpProfile(
                protocol=settings.tencentcloud_endpoint_scheme,
                endpoint=settings.tencentcloud_sms_endpoint,
            )
        ),
    )

    def send(phone: str, code: str) -> str:
        request = SendSmsRequest()
        request.PhoneNumberSet = [f"+86{phone}"]
        request.SmsSdkAppId = settings.sms_sdk_app_id
        request.SignName = settings.sms_sign_name
        request.TemplateId = settings.sms_template_code
        request.TemplateParamSet = [code, "10"]
        return str(client.SendSms(request).SendStatusSet[0].Code)

    return _sending(send)


def _sending(send: Callable[[str, str], str]) -> Flask:
    """Create an application that sends a code to a phone and answers the result."""
    app = Flask("sending")

    @app.get("/healthz")
    def alive() -> ResponseReturnValue:
        return jsonify(code="OK")

    @app.post(f"{API}/sms-codes")
    def answer() -> ResponseReturnValue:
        phone = f"139{secrets.randbelow(90_000_000) + 10_000_000}"
        return jsonify(code=send(phone, f"{secrets.randbelow(1_000_000):06}")), 202

    return app


def without_slots() -> Flask:
    """Create the service whose calls to vendors may occupy every thread."""
    app = create_app()
    services: Services = app.extensions["services"]
    unbounded = clients.build(services.settings)
    app.extensions["services"] = replace(services, clients=unbounded)
    return app


class ConstantGateway:
    """An SMS gateway that accepts everything at once, to measure the service alone."""

    def send_code(self, phone: str, code: str, minutes: int) -> SmsResult:
        return SmsResult(SmsOutcome.ACCEPTED)

    def send_notice(self, phone: str, kind: str, *parameters: str) -> SmsResult:
        return SmsResult(SmsOutcome.ACCEPTED)

    def reports(self, missing: Sequence[SentMessage]) -> list[Report]:
        return []

    def state_inquiry(self) -> Inquiry[SourceState]:
        raise NotImplementedError("It has no breaker.")


def without_gateway() -> Flask:
    """Create the service with ConstantGateway instead of the SMS client."""
    app = create_app()
    services: Services = app.extensions["services"]
    constant = replace(services.clients, sms=ConstantGateway())
    app.extensions["services"] = replace(services, clients=constant)
    return app
