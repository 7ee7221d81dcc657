"""The processor of personal data, and where it can be reached.

个人信息保护法 art. 17(1), 30 and 52; 人脸识别技术应用安全管理办法 art. 5.
"""

from config import Settings
from miniprogram_api.answers import answer_class


@answer_class
class Processor:
    """The authority that processes the data, and its data protection officer."""

    name: str
    address: str
    phone: str
    data_protection_officer: str
    """Name or post, and how to reach it."""


def of(settings: Settings) -> Processor:
    """Return the processor that the settings name."""
    return Processor(
        name=settings.operator_name,
        address=settings.operator_address,
        phone=settings.operator_phone,
        data_protection_officer=settings.operator_dpo,
    )
