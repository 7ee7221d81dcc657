"""Consent texts, given consents and their withdrawal."""

from pydantic import Field

from handlers.api.endpoint import Answer, Call, Resource
from handlers.auth import Auth
from miniprogram_api.accounts import consents
from miniprogram_api.accounts.consents import Consent
from miniprogram_api.reasons import Reason

resource = Resource("consents")


class SeparateConsent(Answer):
    """A consent that is given separately."""

    key: consents.SeparateKey
    title: str
    sentence: str = Field(description="The very sentence that is agreed to; show it unfolded.")
    text: str = Field(description="The whole, with title and sentence.")


class ConsentTextAnswer(Answer):
    """The consent text in force."""

    version: str = Field(description="For the field consent_version of later calls.")
    title: str
    text: str
    separate: list[SeparateConsent] = Field(description="Each needs its own agreement.")


class ConsentsAnswer(Answer):
    """The consents of an account."""

    consents: list[Consent]


@resource.get("/consent", auth=Auth.NONE, answer=ConsentTextAnswer)
def text_in_force(call: Call) -> ConsentTextAnswer:
    """Show the rules for personal data in force."""
    text = consents.shown_text(call.services.settings)
    return ConsentTextAnswer(
        version=text.version,
        title=text.title,
        text=text.text,
        separate=[
            SeparateConsent(
                key=key,
                title=part.partition("\n")[0],
                sentence=consents.sentence_of(part),
                text=part,
            )
            for key, part in text.separate.items()
        ],
    )


@resource.get("/account/consents", auth=Auth.ACCOUNT, answer=ConsentsAnswer)
def given_consents(call: Call) -> ConsentsAnswer:
    """List the consents of the account with their times."""
    return ConsentsAnswer(consents=consents.latest(call.account_id))


@resource.delete(
    "/account/consents/<key>",
    auth=Auth.ACCOUNT,
    answer=ConsentsAnswer,
    reasons=(Reason.NOT_FOUND, Reason.CANCELLATION_REQUIRED, Reason.ACCOUNT_FROZEN),
)
def withdraw_consent(call: Call, key: str) -> ConsentsAnswer:
    """Withdraw the consent face or matter; the others end with the cancellation of the account."""
    return ConsentsAnswer(consents=consents.withdraw(call.account_id, key))
