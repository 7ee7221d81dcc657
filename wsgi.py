"""The composition root for HTTP: ``gunicorn "wsgi:create_app()"``."""

import sys

import structlog
from flask import Flask

import config
from faq.matching import encoder
from handlers.app import create
from handlers.logs import configure_logs
from miniprogram_api import clients
from miniprogram_api.accounts import consents
from miniprogram_api.operations import maintenance, profiles
from miniprogram_api.services import Services


def create_app(settings: config.Settings | None = None) -> Flask:
    """Build the service; ``settings`` default to the environment. Raises SystemExit if invalid."""
    if settings is None:
        try:
            settings = profiles.load_settings()
            consents.check_text(settings)
        except config.SettingsError as error:
            sys.exit(str(error))
    configure_logs(settings.log_level)
    if settings.lacks_trusted_proxies:
        # Limits per address would count all clients together.
        structlog.get_logger("http").warning("TRUSTED_PROXIES is not set")
    for network in settings.wide_proxies:
        structlog.get_logger("http").warning("TRUSTED_PROXIES is wide", network=str(network))
    encoder.configure(is_on=settings.faq_encoder == "on", folder=settings.var_dir)
    maintenance.connect(settings, patience=maintenance.PATIENCE)
    outside = clients.build(settings, threads=settings.web_threads)
    return create(Services(settings, outside))
