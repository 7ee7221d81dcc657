"""The outside: each module a Protocol, a real implementation and a typed result.

``build`` makes all of them from the settings; only the two composition roots (wsgi.py, manage.py
through handlers/commands) call it. A typed result tells "no" from "no answer".
"""

from dataclasses import dataclass

from config import Settings
from miniprogram_api.clients.ctid import Ctid
from miniprogram_api.clients.face import FaceSource
from miniprogram_api.clients.identity import IdentitySource
from miniprogram_api.clients.redis import Store
from miniprogram_api.clients.sms import SmsGateway
from miniprogram_api.clients.wechat import WeChat


@dataclass(frozen=True)
class Clients:
    """Everything outside that the rules may call."""

    store: Store
    sms: SmsGateway
    identity: IdentitySource
    face: FaceSource
    ctid: Ctid
    wechat: WeChat
