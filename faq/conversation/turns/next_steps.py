"""The next step for messages that only ask for it: 然后呢."""

from faq.content.entries import Entry
from faq.conversation.turns.turn import Turn
from faq.diagnosis import buttons
from faq.diagnosis.findings import Diagnosis
from faq.matching.match import certain_match
from miniprogram_api.effectiveness import VERIFIED_LEVEL

_REGISTERED = (
    "您已经注册好了（三级实名），下一步是刷脸核验身份。",
    "按提示刷脸；不方便刷脸的，可以用网证，或带身份证原件到窗口核验。",
    "通过后升为四级实名，再到“账号管理”把“是否办理工商登记注册”设为“是”，选好有效期。",
)


def next_step(turn: Turn) -> tuple[Entry, Diagnosis] | None:
    """Return the entry of the asker's next step with its diagnosis; None if unknown."""
    guide = turn.entry("registration_guide")
    if guide is None or turn.is_about_another:
        return None
    record = turn.record(guide)
    found: Diagnosis | None = None
    if record.activation is not None:
        slug = "activation_flow"
    elif record.account is None:
        return None
    elif record.frozen is not None:
        slug = "account_frozen"
    elif record.account.level < VERIFIED_LEVEL:
        slug = "registration_guide"
        actions = (buttons.FACE, buttons.CTID, buttons.WINDOWS)
        found = Diagnosis(actions=actions, hidden=(buttons.REGISTER,), instead=_REGISTERED)
    else:
        slug = "authorization_setting"
    entry = turn.entry(slug)
    return None if entry is None else (entry, found or turn.diagnose(certain_match(entry)))
