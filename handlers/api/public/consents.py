"""The text that people agree to, what they agreed to, and taking it back."""

from flask import Blueprint
from pydantic import Field

from handlers.api.endpoint import Answer, Call, endpoint
from handlers.auth import Auth
from miniprogram_api.accounts import consents
from miniprogram_api.accounts.consents import Consent
from miniprogram_api.reasons import Reason

blueprint = Blueprint("consents", __name__)


class SeparateConsent(Answer):
    key: consents.SeparateKey
    text: str


class ConsentTextAnswer(Answer):
    version: str = Field(description="What a later call names as consent_version.")
    title: str
    text: str
    separate: list[SeparateConsent] = Field(description="What is agreed to one by one.")


class ConsentsAnswer(Answer):
    consents: list[Consent]


@endpoint(blueprint, "GET", "/consent", auth=Auth.NONE, answer=ConsentTextAnswer)
def text_in_force(_call: Call) -> ConsentTextAnswer:
    """Read the rules for personal data in force."""
    text = consents.current_text()
    return ConsentTextAnswer(
        version=text.version,
        title=text.title,
        text=text.text,
        separate=[SeparateConsent(key=key, text=part) for key, part in text.separate.items()],
    )


@endpoint(blueprint, "GET", "/account/consents", auth=Auth.ACCOUNT, answer=ConsentsAnswer)
def given_consents(call: Call) -> ConsentsAnswer:
    """Read what the account's holder agreed to, and when."""
    return ConsentsAnswer(consents=consents.latest(call.account_id))


@endpoint(
    blueprint,
    "DELETE",
    "/account/consents/<key>",
    auth=Auth.ACCOUNT,
    answer=ConsentsAnswer,
    reasons=(Reason.NOT_FOUND, Reason.CANCELLATION_REQUIRED),
)
def withdraw_consent(call: Call, key: str) -> ConsentsAnswer:
    """Take a consent back: face; the others end with the account's cancellation."""
    return ConsentsAnswer(consents=consents.withdraw(call.account_id, key))
