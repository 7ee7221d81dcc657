"""Every declared operation, with a well-formed call of it."""

import re
import secrets
from typing import Any

from handlers.api import routes
from handlers.api.endpoint import MINI_PROGRAM, Operation
from handlers.auth import Auth
from miniprogram_api import clock
from miniprogram_api.accounts import consents
from tests.support.people.persons import person

assert routes.BLUEPRINTS

SOMEONE = person(number=4242)

# A well-formed value of the field; a rule may still refuse it.
_VALUES: dict[str, Any] = {
    **SOMEONE.four_elements,
    "phone": SOMEONE.phone,
    "purpose": "register",
    "sms_code": "123456",
    "phone_proof": "x" * 43,
    "activation_token": "x" * 43,
    "challenge_id": "x" * 43,
    "ctid_token": "ctid-bad",
    "password": "Kestrel-over-17-fields",
    "username": "kestrel17",
    "login": SOMEONE.id_number,
    "code": "wx-somebody",
    "consent_version": consents.current_text().version,
    "separate_consents": ["identity"],
    "confirmed_warnings": [],
    "bind": False,
    "enabled": True,
    "until": clock.today().isoformat(),
    "kind": "network",
    "step": "activation.phone",
    "detail": "不通",
    "reason": "不用了",
    "question": "收不到验证码怎么办",
    "conversation_id": "A" * 22,
    "helpful": True,
    "comment": "看懂了",
    "category": "registration",
    "description": "请帮忙看一下",
    "contact": "下午五点后",
    "totp": "123456",
    "district": "示例县",
    "window_id": 1,
    "clerk_name": "李工",
    "note": "请核对",
    "place": "窗口现场",
    "evidence_seen": ["id_card"],
    "phone_of_relative": True,
    "consent_signed": True,
    "guardian": {
        "name": "李四",
        "id_number": SOMEONE.id_number,
        "relation": "父亲",
        "proof": "birth_certificate",
    },
    "despite_source": False,
    "state": "open",
    "outcome": "rejected",
    "act": "cancel_account",
    "topic": "ticket",
    "template_id": "sandbox-ticket",
    "segment": "199",
    "line_ids": ["0" * 24],
    "digest": "0" * 64,
    "despite_matters": False,
    "item_code": None,
    "subject": {"name": "示例科技有限公司", "type": "有限责任公司"},
    "details": [{"label": "注册资本", "value": "100万元"}],
    "persons": [
        {
            "name": SOMEONE.name,
            "document": {"type": "id_card", "number": SOMEONE.id_number},
            "role": "股东",
        }
    ],
    "office": None,
    "number": "2026-000123",
    "version": 1,
    "way": "on_site",
    "no_photo": "本人不愿拍照",
    "paper_signed": True,
    "cannot_sign": None,
    "typed_name": None,
    "notary": "",
    "date": "",
    "document": None,
    "desk_code": None,
    "device": "d" * 22,
    "decision": "revoke",
    "side": "front",
    "document_valid_until": "",
    "document_issued_by": "",
    "delayed": False,
    "cause": "not_same_person",
    "no_photo_reason": "refused",
    "no_card_front_reason": None,
    "no_card_back_reason": None,
    "agrees_to_comparison": False,
    "word": "澄岫",
    "industry": "餐饮",
    "form": "有限公司",
    "division": None,
    "industry_class": "H62",
    "candidates": None,
    "investors": [],
}
_NAME = {"subject": "company", "place": "front", "district": "杭州市西湖区"}
# Exceptions by operation.
_VALUES_AT: dict[str, dict[str, Any]] = {
    "/tickets": {"kind": "other"},
    "/window/tickets": {"kind": "other"},
    "/faq/conversations/<conversation_id>/handover": {"contact": SOMEONE.phone},
    "/window/persons": {"reason": "at_window"},
    "/window/reviews/<verification_id>/person": {"reason": "follow_up"},
    "/window/reviews/<verification_id>": {"decision": "revoke", "cause": "not_wanted"},
    "/window/matters": {"kind": "establishment"},
    "/window/matters/<matter_id>": {"kind": "establishment"},
    "/window/matters/<matter_id>/confirmations": {"reason": "不会用手机", "guardian": None},
    "/window/matters/<matter_id>/refusals": {"reason": "not_me"},
    "/matters/<matter_id>/challenges": {"separate_consents": ["matter"]},
    "/matters/<matter_id>/confirmations": {"separate_consents": ["matter"], "ctid_token": None},
    "/matters/<matter_id>/refusals": {"reason": "not_me"},
    "/centre/approvals/<approval_id>": {"decision": "refuse"},
    "/names/check": _NAME,
    "/names/slips": _NAME,
    "/handovers": {"purpose": "verify"},
    "/handovers/<code>": {"kind": "face"},
}
_PATH_VALUES = {
    "name": "0" * 32 + ".png",
    "token": "x" * 43,
    "key": "face",
    "slug": "sms_not_received",
    "code": "change",
    "message_id": "A" * 22,
    "conversation_id": "A" * 22,
    "ticket_id": "1",
    "matter_id": "0" * 24,
    "verification_id": "1",
    "approval_id": "1",
    "review_id": "1",
    "export_id": "A" * 22,
    "check_id": "0" * 32,
}


def operations() -> list[Operation]:
    """Return all operations in a fixed order."""
    return sorted(MINI_PROGRAM.operations, key=lambda operation: (operation.path, operation.method))


def name_of(operation: Operation) -> str:
    """Return ``POST /sms-codes``, the id of a parametrised test."""
    return f"{operation.method} {operation.path}"


def path_of(operation: Operation, **values: str) -> str:
    """Return the path below /api/v1 with its parameters filled in."""
    filled = {**_PATH_VALUES, **values}
    return re.sub("<(.+?)>", lambda found: filled[found[1]], operation.path)


def path_parameters(operation: Operation) -> list[str]:
    return re.findall("<(.+?)>", operation.path)


def body_of(operation: Operation) -> dict[str, Any]:
    """Return a body with every field; KeyError names the unknown field of a new endpoint."""
    assert operation.body is not None
    values = {**_VALUES, **_VALUES_AT.get(operation.path, {})}
    content = {name: values[name] for name in operation.body.model_fields}
    if "code" in content:
        # WeChat's codes work once.
        content["code"] = f"wx-somebody~{secrets.token_hex(8)}"
    return content


def needs_token(operation: Operation) -> bool:
    return operation.auth in (Auth.WECHAT, Auth.ACCOUNT)
