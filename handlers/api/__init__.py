"""The mini program's JSON API under ``/api/v1``, one module for each resource."""

from importlib import import_module

from flask import Flask

BASE = "/api/v1"
RESOURCES: tuple[str, ...] = (
    "activations",
    "consents",
    "faq",
    "identity_checks",
    "registrations",
    "sms_codes",
    "wechat_phones",
)


def register(app: Flask) -> None:
    """Register every resource's blueprint under the base path."""
    for name in RESOURCES:
        app.register_blueprint(import_module(f"handlers.api.{name}").blueprint, url_prefix=BASE)
