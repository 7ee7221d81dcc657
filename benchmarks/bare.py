"""Bare Flask: every measured route with a constant answer. Imports nothing of the product."""

from flask import Flask, Response, jsonify

API = "/api/v1"


def create_app() -> Flask:
    """Create the application for ``gunicorn "benchmarks.bare:create_app()"``."""
    app = Flask("bare")

    def answer() -> Response:
        return jsonify(code="OK")

    app.add_url_rule("/healthz", "healthz", answer, methods=["GET"])
    app.add_url_rule(f"{API}/account", "account", answer, methods=["GET"])
    for name in ("sms-codes", "sessions", "faq/ask"):
        app.add_url_rule(f"{API}/{name}", name, answer, methods=["POST"])
    return app
