"""Requests of codes in separate processes; without pytest, so that they start fast."""

from threading import Barrier

from miniprogram_api import clients
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.operations import maintenance, profiles
from miniprogram_api.phones import sms_codes
from miniprogram_api.reasons import Refused
from miniprogram_api.services import Services


def ask_for_codes(
    overrides: dict[str, object], phone: str, user: str, times: int, start: Barrier
) -> list[str]:
    """Request codes once all are ready and return ``sent`` or the full window for each."""
    settings = profiles.load_settings(**overrides)
    maintenance.connect(settings)
    services = Services(settings, clients.build(settings))
    services.clients.store_status.ping()
    answers = []
    start.wait(timeout=100)
    for _ in range(times):
        try:
            sms_codes.request(
                services,
                session=SessionInfo(b"t" * 32, f"o-{user}", None),
                phone_text=phone,
                purpose="register",
                activation_token=None,
            )
            answers.append("sent")
        except Refused as refused:
            answers.append(str(refused.details.get("window")))
    maintenance.disconnect()
    return answers
