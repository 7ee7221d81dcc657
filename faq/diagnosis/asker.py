"""The person who asks the bot."""

from dataclasses import dataclass, field
from functools import cached_property

from models.accounts import account_reads
from models.accounts.account_reads import Overview


@dataclass(frozen=True)
class Asker:
    """A WeChat user, a signed-in account, both, or an anonymous visitor; for one message.

    `overview`: the account, if already read; `address`: the IP address, if known.
    """

    openid: str | None
    account_id: int | None
    overview: Overview | None = field(default=None, compare=False, repr=False)
    address: str = field(default="", compare=False, repr=False)

    @property
    def is_anonymous(self) -> bool:
        """Return whether nothing identifies the asker."""
        return self.openid is None and self.account_id is None

    @cached_property
    def account(self) -> Overview | None:
        """Return the signed-in account in any status, unmasked; None when deleted."""
        if self.overview is not None or self.account_id is None:
            return self.overview
        return account_reads.overview(self.account_id)


ANONYMOUS = Asker(None, None)
