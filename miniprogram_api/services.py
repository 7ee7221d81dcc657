"""What a rule needs besides its input: the settings and the outside. Passed, never imported."""

from dataclasses import dataclass

from config import Settings
from miniprogram_api.clients import Clients
from miniprogram_api.clients.redis_server import StoreUnavailable as StoreUnavailable


@dataclass(frozen=True)
class Services:
    """Made once by a composition root and handed to every rule function as its first argument."""

    settings: Settings
    clients: Clients
