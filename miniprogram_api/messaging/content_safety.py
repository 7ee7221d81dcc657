"""Moderation of users' texts by WeChat (msg_sec_check).

WeChat requires this check of everything that users write for others. Personal data is masked first;
during an outage texts go to manual review.
"""

from enum import Enum

from miniprogram_api import masking
from miniprogram_api.access import web_visitors
from miniprogram_api.clients.wechat import WeChatUnavailable
from miniprogram_api.clients.wechat_messages import LONGEST_CHECKED_TEXT
from miniprogram_api.services import Services
from models.storage.database import release

COMMENT = 2
"""The scene of msg_sec_check (1 profile, 2 comment, 3 forum, 4 diary) of what our staff reads."""


class Verdict(Enum):
    """The result of the moderation."""

    PASS = "pass"  # noqa: S105 - WeChat's word
    REVIEW = "review"
    """Needs manual review; also when WeChat did not answer."""
    RISKY = "risky"


def check(services: Services, text: str, openid: str | None, scene: int = COMMENT) -> Verdict:
    """Check ``text``; ``openid`` is its author, who must have been active within two hours.

    Long texts are checked in parts of 2,500 characters, and the worst verdict counts. Without a
    WeChat user the verdict is REVIEW. Call it outside a transaction.
    """
    sent = masking.free_text(text).strip()
    if not sent:
        return Verdict.PASS
    user = web_visitors.wechat_user(openid)
    if user is None:
        return Verdict.REVIEW
    release()
    verdict = Verdict.PASS
    for start in range(0, len(sent), LONGEST_CHECKED_TEXT):
        part = sent[start : start + LONGEST_CHECKED_TEXT]
        try:
            suggestion = services.clients.wechat_messages.judge_text(part, user, scene)
        except WeChatUnavailable:
            suggestion = "review"
        if suggestion == "risky":
            return Verdict.RISKY
        if suggestion == "review":
            verdict = Verdict.REVIEW
    return verdict
