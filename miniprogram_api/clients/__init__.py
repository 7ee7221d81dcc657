"""Clients of external services: each module has a Protocol, an implementation and typed results.

Only the composition roots call ``build``. A typed result distinguishes a refusal from no answer.
"""

from dataclasses import dataclass

from config import Settings
from miniprogram_api.clients.bureau.syslog import LogServer, SyslogServer
from miniprogram_api.clients.ctid import Ctid, CtidClient
from miniprogram_api.clients.face import FaceClient, FaceCompare, FaceCompareClient, FaceSource
from miniprogram_api.clients.guards.guard import Guards
from miniprogram_api.clients.identity import IdentitySource, TencentIdentity
from miniprogram_api.clients.presence import Presence
from miniprogram_api.clients.reader import Reader, ReaderClient
from miniprogram_api.clients.redis import RedisStore
from miniprogram_api.clients.redis_server import RedisServer, StoreStatus
from miniprogram_api.clients.registrar_hooks import RegistrarHooks, RegistrarHooksClient
from miniprogram_api.clients.sms import providers as sms_providers
from miniprogram_api.clients.sms.gateway import SmsGateway
from miniprogram_api.clients.vendors.console import VendorConsole
from miniprogram_api.clients.watching.figures import VendorFigures
from miniprogram_api.clients.wechat import WeChat, WeChatClient
from miniprogram_api.clients.wechat_api import WeChatApi
from miniprogram_api.clients.wechat_messages import WeChatMessages, WeChatMessagesClient


@dataclass(frozen=True)
class Clients:
    """Hold every external client that the rules may call."""

    store: RedisStore
    sms: SmsGateway
    identity: IdentitySource
    face: FaceSource
    face_compare: FaceCompare
    ctid: Ctid
    wechat: WeChat
    wechat_messages: WeChatMessages
    registrar_hooks: RegistrarHooks
    log_server: LogServer
    reader: Reader
    presence: Presence
    store_status: StoreStatus
    guards: Guards
    vendor_console: VendorConsole
    vendor_figures: VendorFigures


def build(settings: Settings, *, threads: int | None = None) -> Clients:
    """Make all clients; each connects at its first call.

    ``threads`` answer requests: vendors get a part of them. None: the process answers none.
    """
    server = RedisServer(settings.redis_address)
    guards = Guards(settings, server, threads)
    api = WeChatApi(settings, server, guards.answers)
    return Clients(
        store=RedisStore(server),
        sms=sms_providers.build(settings, guards),
        identity=TencentIdentity(settings, guards),
        face=FaceClient(settings, api, guards),
        face_compare=FaceCompareClient(settings, guards),
        ctid=CtidClient(settings, guards),
        wechat=WeChatClient(settings, api, guards),
        wechat_messages=WeChatMessagesClient(settings, api, guards),
        registrar_hooks=RegistrarHooksClient(settings, guards),
        log_server=SyslogServer(settings),
        reader=ReaderClient(settings, guards),
        presence=Presence(server),
        store_status=StoreStatus(server),
        guards=guards,
        vendor_console=VendorConsole(settings, api, guards),
        vendor_figures=VendorFigures(server),
    )
