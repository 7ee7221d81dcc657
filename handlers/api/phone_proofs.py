"""The part of a request body that proves a phone."""

from pydantic import Field

from handlers.api.endpoint import Body
from handlers.api.fields import RawText, Token
from miniprogram_api.phones.proofs import PhoneProof


class PhoneProofBody(Body):
    """Proof of a phone: a code or a phone proof."""

    sms_code: RawText | None = Field(None, description="Of the purpose confirm.")
    phone_proof: Token | None = Field(None, description="Instead of sms_code.")

    @property
    def proof(self) -> PhoneProof:
        """Return the proof as the rules take it."""
        return PhoneProof(self.sms_code, self.phone_proof)


PROOF_FIELDS = set(PhoneProofBody.model_fields)
"""What ``proof`` takes the place of in a rule's form."""
