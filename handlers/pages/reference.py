"""The OpenAPI document in the order and words that the documentation page shows."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from handlers.openapi import document

# Tag → heading, in the order of a person's way through the service.
_HEADINGS = {
    "wechat_login": "微信登录",
    "consents": "个人信息同意",
    "sms_codes": "短信验证码",
    "wechat_phones": "微信手机号",
    "identity_checks": "四要素填写检查",
    "registrations": "注册",
    "faces": "刷脸核验",
    "ctid": "网证核验",
    "sessions": "登录与退出",
    "account": "账号管理",
    "authorization": "是否办理工商登记注册",
    "activations": "激活",
    "password_resets": "重置密码",
    "client_reports": "手机端问题上报",
    "faq": "常见问题机器人",
    "announcements": "公告与来源状态",
    "windows": "服务窗口",
    "tickets": "工单",
    "subscriptions": "微信订阅消息",
    "receipts": "登记系统查询回执",
    "staff": "工作人员登录",
    "window": "窗口办理",
    "window_registrations": "窗口代为注册",
    "window_tickets": "窗口工单",
    "centre": "信息中心办理",
}


@dataclass(frozen=True)
class Field:
    """One field of a body or a query."""

    name: str
    kind: str
    is_required: bool
    note: str


@dataclass(frozen=True)
class Endpoint:
    """One call as the page shows it."""

    method: str
    path: str
    anchor: str
    summary: str
    description: str
    access: str
    fields: list[Field]
    success: str
    answers: list[Field]
    refusals: list[tuple[str, str, str]]


@dataclass(frozen=True)
class Section:
    heading: str
    anchor: str
    endpoints: list[Endpoint]


@cache
def sections() -> list[Section]:
    """The endpoints grouped by resource."""
    spec = document()
    schemas = spec["components"]["schemas"]
    groups: dict[str, list[Endpoint]] = {}
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(
                _endpoint(method, path, operation, schemas)
            )
    order = [*_HEADINGS, *sorted(set(groups) - set(_HEADINGS))]
    return [Section(_HEADINGS.get(t, t), t, groups[t]) for t in order if t in groups]


def _endpoint(
    method: str, path: str, operation: dict[str, Any], schemas: dict[str, Any]
) -> Endpoint:
    security = operation["security"]
    access = "不需要令牌" if not security else "令牌可有可无" if {} in security else "需要令牌"
    if any("ACCOUNT_REQUIRED" in code for status, code in _codes(operation) if status == "403"):
        access = "需要账号令牌"
    fields = [
        Field(p["name"], _kind(p["schema"], schemas), p["required"], p.get("description", ""))
        for p in operation["parameters"]
    ]
    body = operation.get("requestBody")
    if body:
        fields += _fields(body["content"]["application/json"]["schema"], schemas)
    success = next(s for s in operation["responses"] if s.startswith("2"))
    # A file has no fields.
    form = operation["responses"][success]["content"].get("application/json")
    answers = [] if form is None else _fields(form["schema"]["properties"]["data"], schemas)
    refusals = []
    for status, response in operation["responses"].items():
        if not status.startswith("2"):
            for line in response["description"].splitlines():
                code, _, text = line.removeprefix("- `").partition("`: ")
                refusals.append((status, code, text))
    return Endpoint(
        method=method.upper(),
        path=path,
        anchor=operation["operationId"],
        summary=operation["summary"],
        description=operation.get("description", ""),
        access=access,
        fields=fields,
        success=success,
        answers=answers,
        refusals=refusals,
    )


def _codes(operation: dict[str, Any]) -> list[tuple[str, str]]:
    return [(s, r["description"]) for s, r in operation["responses"].items()]


def _resolved(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    return schema


def _fields(schema: dict[str, Any], schemas: dict[str, Any]) -> list[Field]:
    schema = _resolved(schema, schemas)
    required = set(schema.get("required", ()))
    return [
        Field(name, _kind(value, schemas), name in required, value.get("description", ""))
        for name, value in schema.get("properties", {}).items()
    ]


def _kind(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " | ".join(_kind(part, schemas) for part in schema["anyOf"])
    schema = _resolved(schema, schemas)
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    kind = schema.get("type", "object")
    if kind == "array":
        return f"[{_kind(schema.get('items', {}), schemas)}]"
    if kind == "object" and "properties" in schema:
        return "{" + ", ".join(schema["properties"]) + "}"
    return str(kind)
