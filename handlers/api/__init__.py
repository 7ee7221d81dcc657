"""The mini program's JSON API under ``/api/v1``, one module for each resource."""

from importlib import import_module

from flask import Flask

BASE = "/api/v1"
RESOURCES: tuple[str, ...] = (
    "account",
    "activations",
    "announcements",
    "authorization",
    "centre",
    "client_reports",
    "consents",
    "ctid",
    "faces",
    "faq",
    "identity_checks",
    "password_resets",
    "receipts",
    "registrations",
    "sessions",
    "sms_codes",
    "staff",
    "subscriptions",
    "tickets",
    "wechat_login",
    "wechat_phones",
    "window",
    "window_registrations",
    "window_tickets",
    "windows",
)


def register(app: Flask) -> None:
    """Register every resource's blueprint under the base path."""
    for name in RESOURCES:
        app.register_blueprint(import_module(f"handlers.api.{name}").blueprint, url_prefix=BASE)
