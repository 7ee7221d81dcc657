"""The applications between bare Flask and the product, each served by a gunicorn of its own."""

import secrets
from dataclasses import replace

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

import config
from benchmarks.bare import API
from miniprogram_api import clients
from miniprogram_api.clients.sms import SmsOutcome
from miniprogram_api.services import Services
from wsgi import create_app


def gateway_only() -> Flask:
    """A route that hands one SMS to the gateway, by the service's client, and does nothing else."""
    app = Flask("gateway_only")
    sms = clients.build(config.load()).sms

    @app.get("/healthz")
    def alive() -> ResponseReturnValue:
        return jsonify(code="OK")

    @app.post(f"{API}/sms-codes")
    def send() -> ResponseReturnValue:
        phone = f"139{secrets.randbelow(90_000_000) + 10_000_000}"
        outcome = sms.send_code(phone, f"{secrets.randbelow(1_000_000):06}", 10)
        return jsonify(code=outcome.value), 202

    return app


def official_client() -> Flask:
    """The same route by Tencent Cloud's SDK as it is shipped, with the transport that it brings."""
    from tencentcloud.common.credential import Credential
    from tencentcloud.common.profile.client_profile import ClientProfile
    from tencentcloud.common.profile.http_profile import HttpProfile
    from tencentcloud.sms.v20210111.models import SendSmsRequest
    from tencentcloud.sms.v20210111.sms_client import SmsClient

    app = Flask("official_client")
    settings = config.load()
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

    @app.get("/healthz")
    def alive() -> ResponseReturnValue:
        return jsonify(code="OK")

    @app.post(f"{API}/sms-codes")
    def send() -> ResponseReturnValue:
        request = SendSmsRequest()
        request.PhoneNumberSet = [f"+86139{secrets.randbelow(90_000_000) + 10_000_000}"]
        request.SmsSdkAppId = settings.sms_sdk_app_id
        request.SignName = settings.sms_sign_name
        request.TemplateId = settings.sms_template_code
        request.TemplateParamSet = [f"{secrets.randbelow(1_000_000):06}", "10"]
        return jsonify(code=client.SendSms(request).SendStatusSet[0].Code), 202

    return app


class ConstantGateway:
    """An SMS gateway that accepts everything at once, so that only the service's part remains."""

    def send_code(self, phone: str, code: str, minutes: int) -> SmsOutcome:
        return SmsOutcome.ACCEPTED

    def send_notice(self, phone: str, kind: str) -> SmsOutcome:
        return SmsOutcome.ACCEPTED


def without_gateway() -> Flask:
    """The service with ConstantGateway in the place of the SMS client."""
    app = create_app()
    services: Services = app.extensions["services"]
    constant = replace(services.clients, sms=ConstantGateway())
    app.extensions["services"] = replace(services, clients=constant)
    return app
