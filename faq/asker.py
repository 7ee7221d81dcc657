"""Who asks the bot."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asker:
    """The WeChat user, the account that is signed in, both, or (both None) an anonymous visitor."""

    openid: str | None
    account_id: int | None

    @property
    def is_anonymous(self) -> bool:
        return self.openid is None and self.account_id is None


ANONYMOUS = Asker(None, None)
