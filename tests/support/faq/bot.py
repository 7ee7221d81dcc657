"""The bot in the process of a test, and conversations with it."""

from dataclasses import dataclass, field, replace
from typing import Any

from faq.conversation import answering
from faq.conversation.answering import Answer
from faq.diagnosis.asker import ANONYMOUS, Asker
from miniprogram_api.services import Services
from models.faq.messages import FaqMessage
from tests.support.service.service import Service, data_of

ADDRESS = "192.0.2.7"

# All are vague; the content decides which of them the bot asks back about.
UNCLEAR = ("办理", "日期不对", "验证码有问题", "登录", "号有问题", "登不上去", "提示错误", "身份证")


def unclear(service: Service) -> dict[str, Any]:
    """Return a vague message as `question` besides the answer that asks back about it."""
    for question in UNCLEAR:
        asked = data_of(service.post("/faq/ask", json={"question": question}))
        if len(asked["options"]) > 1:
            return {"question": question, **asked}
    raise ValueError("No message is vague.")


@dataclass
class Conversation:
    """Hold one conversation; ``say`` continues it."""

    services: Services
    asker: Asker = ANONYMOUS
    id: str | None = None
    answers: list[Answer] = field(default_factory=list)

    def say(self, question: str) -> Answer:
        said = answering.ask(self.services, question, self.id, replace(self.asker), ADDRESS)
        self.id = said.conversation_id
        self.answers.append(said)
        return said


@dataclass(frozen=True)
class Bot:
    """Call the bot with ``services``."""

    services: Services

    def ask(
        self, question: str, conversation_id: str | None = None, asker: Asker = ANONYMOUS
    ) -> Answer:
        return answering.ask(self.services, question, conversation_id, replace(asker), ADDRESS)

    def talk(self, asker: Asker = ANONYMOUS) -> Conversation:
        return Conversation(self.services, asker)

    def unclear(self) -> str:
        """Return a question that the bot asks back about, with at least two options."""
        return next(q for q in UNCLEAR if len(self.ask(q).options) > 1)

    def kept(self, message_id: str) -> FaqMessage:
        """Return the row of a message."""
        found: FaqMessage = FaqMessage.get(FaqMessage.message_id == message_id)
        return found
