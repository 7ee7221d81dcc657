"""Who asks the bot."""

from dataclasses import dataclass, field
from functools import cached_property

from models.accounts import account_reads
from models.accounts.account_reads import Overview


@dataclass(frozen=True)
class Asker:
    """The WeChat user, the account that is signed in, both, or (both None) an anonymous visitor.

    Made for one message: what it knows of the account is as it was when it was first wanted.
    `known`: the account, if it was read just now.
    """

    openid: str | None
    account_id: int | None
    known: Overview | None = field(default=None, compare=False, repr=False)

    @property
    def is_anonymous(self) -> bool:
        return self.openid is None and self.account_id is None

    @cached_property
    def account(self) -> Overview | None:
        """The account that is signed in, in whatever state, not masked; None when it is gone."""
        if self.known is not None or self.account_id is None:
            return self.known
        return account_reads.overview(self.account_id)


ANONYMOUS = Asker(None, None)
