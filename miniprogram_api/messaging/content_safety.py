"""Whether a text that others will read may be shown to them, as WeChat judges it (msg_sec_check).

WeChat asks for this check of everything that users write for others. Personal data does not leave
with it, and an outage holds nobody up: the text is kept and a person looks at it.
"""

from enum import Enum

from miniprogram_api import masking
from miniprogram_api.clients.wechat import WeChatUnavailable
from miniprogram_api.clients.wechat_messages import LONGEST_CHECKED_TEXT
from miniprogram_api.services import Services
from models.storage.database import release

COMMENT = 2
"""The scene of msg_sec_check (1 profile, 2 comment, 3 forum, 4 diary) of what our staff reads."""


class Verdict(Enum):
    """What may be done with a text."""

    PASS = "pass"  # noqa: S105 - WeChat's word
    """It may be shown."""
    REVIEW = "review"
    """A person must look at it first; also when WeChat could not be asked."""
    RISKY = "risky"
    """It must not be shown."""


def check(services: Services, text: str, openid: str | None, scene: int = COMMENT) -> Verdict:
    """Judge ``text``; its author's ``openid`` must have been here within two hours.

    Of a longer text each 2,500 characters are asked for, and the worst answer counts. Without an
    openid WeChat judges nothing, so the verdict is REVIEW. Call it outside a transaction.
    """
    sent = masking.free_text(text).strip()
    if not sent:
        return Verdict.PASS
    if openid is None:
        return Verdict.REVIEW
    release()
    verdict = Verdict.PASS
    for start in range(0, len(sent), LONGEST_CHECKED_TEXT):
        part = sent[start : start + LONGEST_CHECKED_TEXT]
        try:
            suggestion = services.clients.wechat_messages.judge_text(part, openid, scene)
        except WeChatUnavailable:
            suggestion = "review"
        if suggestion == "risky":
            return Verdict.RISKY
        if suggestion == "review":
            verdict = Verdict.REVIEW
    return verdict
