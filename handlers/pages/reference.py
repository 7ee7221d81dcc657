"""The OpenAPI document in the order and words of the documentation page."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from handlers.openapi import document
from miniprogram_api import texts


@dataclass(frozen=True)
class Field:
    """One field of a body or a query."""

    name: str
    kind: str
    is_required: bool
    note: str


@dataclass(frozen=True)
class Endpoint:
    """One endpoint as the page shows it."""

    method: str
    path: str
    anchor: str
    summary: str
    access: str
    fields: list[Field]
    success: str
    answers: list[Field]
    refusals: list[tuple[str, str, str]]


@dataclass(frozen=True)
class Section:
    """The endpoints of one resource."""

    heading: str
    anchor: str
    endpoints: list[Endpoint]


@cache
def sections() -> list[Section]:
    """Return the endpoints by resource, in the order of the locale file's ``api.tags``."""
    spec = document()
    schemas = spec["components"]["schemas"]
    groups: dict[str, list[Endpoint]] = {}
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(
                _endpoint(method, path, operation, schemas)
            )
    headings = texts.words("api.tags")
    return [Section(heading, tag, groups[tag]) for tag, heading in headings.items()]


def _endpoint(
    method: str, path: str, operation: dict[str, Any], schemas: dict[str, Any]
) -> Endpoint:
    security = operation["security"]
    access = "none" if not security else "optional" if {} in security else "required"
    if "ACCOUNT_REQUIRED" in operation["responses"].get("403", {}).get("x-codes", ()):
        access = "account"
    fields = [
        _field(p["name"], p["schema"], schemas, p["required"]) for p in operation["parameters"]
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
        access=texts.text(f"api.access.{access}"),
        fields=fields,
        success=success,
        answers=answers,
        refusals=refusals,
    )


def _resolved(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    return schema


def _fields(schema: dict[str, Any], schemas: dict[str, Any]) -> list[Field]:
    schema = _resolved(schema, schemas)
    required = set(schema.get("required", ()))
    return [
        _field(name, value, schemas, name in required)
        for name, value in schema.get("properties", {}).items()
    ]


def _field(name: str, schema: dict[str, Any], schemas: dict[str, Any], is_required: bool) -> Field:
    return Field(name, _kind(schema, schemas), is_required, texts.word("api.fields", name))


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
