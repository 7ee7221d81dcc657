"""What every rule receives as its first argument."""

from dataclasses import dataclass

from config import Settings
from miniprogram_api.clients import Clients
from miniprogram_api.clients.redis_server import StoreUnavailable as StoreUnavailable


@dataclass(frozen=True)
class Services:
    """Settings and clients, made once by a composition root."""

    settings: Settings
    clients: Clients
