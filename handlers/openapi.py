"""The OpenAPI 3.1 document, generated from the declarations of the endpoints."""

import re
from typing import Any

from pydantic.json_schema import models_json_schema

from handlers.api.endpoint import MINI_PROGRAM, Api, Operation
from handlers.api.uploads import TEXT_LIMIT
from handlers.auth import Auth
from handlers.problems import Problem
from miniprogram_api import texts
from miniprogram_api.reasons import Reason
from miniprogram_api.texts.sentences import sentence

VERSION = "1.0.0"
_TIMES = re.compile(texts.template("api.document.times"))
_TIME = f"{{{texts.text('api.document.time')}}}"
_REFS = "#/components/schemas/"
_REF = _REFS + "{model}"
_NOTHING: dict[str, Any] = {"type": "object", "maxProperties": 0}

_SECURITY: dict[Auth, list[dict[str, list[str]]]] = {
    Auth.NONE: [],
    Auth.OPTIONAL: [{}, {"bearer": []}],
    Auth.WECHAT: [{"bearer": []}],
    Auth.ACCOUNT: [{"bearer": []}],
    Auth.STAFF: [{"bearer": []}],
    Auth.SIGNED: [{"signature": []}],
}
_AUTH_REASONS: dict[Auth, tuple[Reason, ...]] = {
    Auth.NONE: (Reason.CLIENT_OUTDATED,),
    Auth.OPTIONAL: (Reason.CLIENT_OUTDATED, Reason.UNAUTHENTICATED),
    Auth.WECHAT: (Reason.CLIENT_OUTDATED, Reason.UNAUTHENTICATED),
    Auth.ACCOUNT: (Reason.CLIENT_OUTDATED, Reason.UNAUTHENTICATED, Reason.ACCOUNT_REQUIRED),
    Auth.STAFF: (Reason.CLIENT_OUTDATED, Reason.UNAUTHENTICATED, Reason.FORBIDDEN),
    Auth.SIGNED: (
        Reason.SIGNATURE_INVALID,
        Reason.FORBIDDEN,
        Reason.REPLAYED,
        Reason.QUOTA_EXCEEDED,
    ),
}
_SCHEMES: dict[str, dict[str, str]] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token of /wechat/login, /sessions or a registration.",
    },
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Signature",
        "description": "With X-Key-Id, X-Timestamp and X-Nonce; see docs/registrar.md.",
    },
}


_WORDS = texts.words("api.examples")
# Field of a body → example value; the ID number is a test identity.
_EXAMPLES: dict[str, Any] = {
    "name": _WORDS["name"],
    "id_number": "110101199001019992",
    "valid_from": "2024-06-03",
    "valid_until": "2044-06-03",
    "phone": "13800138011",
    "login": "zhangsan2026",
    "sms_code": "271828",
    "password": "Kestrel-over-17-fields",
    "username": "zhangsan2026",
    "code": "wx-zhang",
    "until": "2026-12-01",
    "step": "activation.phone",
    "detail": _WORDS["detail"],
    "question": _WORDS["question"],
    "ctid_token": "ctid-ok-110101199001019992",
}


def document() -> dict[str, Any]:
    """Build the document of the API as plain JSON values."""
    return document_of(
        MINI_PROGRAM,
        title=texts.text("api.document.title"),
        description=texts.template("api.document.description"),
        scheme="bearer",
    )


def document_of(api: Api, *, title: str, description: str, scheme: str) -> dict[str, Any]:
    """Build the document of an API."""
    models = sorted(
        {(model, mode) for operation in api.operations for model, mode in _models(operation)},
        key=lambda pair: (pair[0].__name__, pair[1]),
    )
    models.append((Problem, "serialization"))
    references, definitions = models_json_schema(models, ref_template=_REF)
    schemas = definitions.get("$defs", {})
    paths: dict[str, Any] = {}
    for operation in api.operations:
        if operation.body is not None:
            _add_examples(schemas[references[(operation.body, "validation")]["$ref"][len(_REFS) :]])
        path = api.base + operation.path.replace("<", "{").replace(">", "}")
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, references)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": VERSION, "description": description},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {scheme: _SCHEMES[scheme]},
        },
    }


def _add_examples(schema: dict[str, Any]) -> None:
    for name, field in schema["properties"].items():
        if name in _EXAMPLES:
            field["examples"] = [_EXAMPLES[name]]


def _models(operation: Operation) -> list[tuple[type[Any], Any]]:
    inputs = (operation.body, operation.query)
    models: list[tuple[type[Any], Any]] = [(model, "validation") for model in inputs if model]
    if operation.answer is not None:
        models.append((operation.answer, "serialization"))
    return models


def reasons_of(operation: Operation) -> list[Reason]:
    """Return all reasons that this endpoint can refuse with: its own and the common ones."""
    reasons = [*_AUTH_REASONS[operation.auth], Reason.SERVICE_UNAVAILABLE]
    if operation.body is not None:
        reasons += [Reason.MALFORMED_JSON, Reason.INVALID_INPUT]
        if operation.api.needs_media_type:
            reasons.append(Reason.UNSUPPORTED_MEDIA_TYPE)
    if operation.query is not None:
        reasons.append(Reason.INVALID_INPUT)
    reasons.append(Reason.BODY_TOO_LARGE)
    if operation.idempotent:
        reasons += [
            Reason.INVALID_INPUT,
            Reason.IDEMPOTENCY_CONFLICT,
            Reason.IDEMPOTENCY_IN_PROGRESS,
        ]
    if "<" in operation.path:
        reasons.append(Reason.NOT_FOUND)
    return list(dict.fromkeys([*operation.reasons, *reasons]))


def _group(operation: Operation) -> str:
    return "registrar_api.operations" if operation.auth is Auth.SIGNED else "api.operations"


def _operation(operation: Operation, references: dict[Any, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "operationId": operation.handler.__name__,
        "summary": texts.text(f"{_group(operation)}.{operation.handler.__name__}"),
        "description": " ".join((operation.handler.__doc__ or "").split()),
        "tags": [operation.tag],
        "security": _SECURITY[operation.auth],
        "parameters": _parameters(operation),
        "responses": _responses(operation, references),
    }
    if operation.body is not None:
        schema = references[(operation.body, "validation")]
        content: dict[str, Any] = {"application/json": {"schema": schema}}
        if operation.parts:
            content["multipart/form-data"] = {"schema": _multipart_schema(operation)}
        result["requestBody"] = {"required": not operation.body.may_be_missing, "content": content}
    return result


def _multipart_schema(operation: Operation) -> dict[str, Any]:
    """Describe the parts: texts in the form of the body's fields, and files."""
    form = {} if operation.body is None else operation.body.model_json_schema()
    parts = {name: _text_part(field) for name, field in form.get("properties", {}).items()}
    file = {"type": "string", "format": "binary", "description": "JPEG, PNG or WebP."}
    parts |= dict.fromkeys(operation.parts, file)
    required = [*form.get("required", ()), *(["image"] if operation.image else [])]
    return {"type": "object", "required": required, "properties": parts}


def _text_part(field: dict[str, Any]) -> dict[str, Any]:
    """Describe a field as a text part; lists and objects are texts without a known form."""
    forms = (field, *field.get("anyOf", ()))
    free = {"type": "string", "maxLength": TEXT_LIMIT}
    text_form = next((form for form in forms if form.get("type") == "string"), free)
    return {**text_form, "description": field.get("description", "")}


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    text = {"type": "string", "minLength": 1}
    names = re.findall("<(.+?)>", operation.path)
    parameters = [{"name": name, "in": "path", "required": True, "schema": text} for name in names]
    if operation.query is not None:
        schema = operation.query.model_json_schema()
        required = schema.get("required", ())
        parameters += [
            {"name": name, "in": "query", "required": name in required, "schema": field}
            for name, field in schema["properties"].items()
        ]
    if operation.idempotent:
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "The same key and body within 24 hours get the same answer.",
                "schema": {"type": "string", "pattern": r"^[\x21-\x7e]{8,128}$"},
            }
        )
    return parameters


def _responses(operation: Operation, references: dict[Any, Any]) -> dict[str, Any]:
    data = _NOTHING
    if operation.answer is not None:
        data = references[(operation.answer, "serialization")]
    if operation.may_be_empty:
        data = {"anyOf": [data, _NOTHING]}
    success = _response("OK", _success(data))
    if operation.files:
        success = {
            "description": "OK",
            "content": {
                kind: {"schema": {"type": "string", "format": "binary"}} for kind in operation.files
            },
        }
    links = _links(operation)
    if links:
        success["links"] = links
    responses: dict[str, Any] = {str(operation.status): success}
    by_status: dict[int, list[Reason]] = {}
    for reason in reasons_of(operation):
        by_status.setdefault(reason.status, []).append(reason)
    for status, reasons in sorted(by_status.items()):
        lines = "\n".join(
            f"- `{reason.name}`: {_TIMES.sub(_TIME, sentence(reason))}" for reason in reasons
        )
        response = _response(lines, {"$ref": _REF.format(model="Problem")})
        response["x-codes"] = [reason.name for reason in reasons]
        if status in (423, 429):
            response["headers"] = {
                "Retry-After": {
                    "description": "Seconds until the call may be repeated.",
                    "schema": {"type": "integer", "minimum": 1},
                }
            }
        responses[str(status)] = response
    return responses


def _links(operation: Operation) -> dict[str, Any]:
    """Return links to the later steps whose path takes this operation's token."""
    if operation.answer is None:
        return {}
    given = [name for name in operation.answer.__pydantic_fields__ if name.endswith("token")]
    return {
        later.handler.__name__: {
            "operationId": later.handler.__name__,
            "parameters": {"token": f"$response.body#/data/{given[0]}"},
        }
        for later in operation.api.operations
        if given and later.path.startswith(f"{operation.path}/<token>/")
    }


def _success(data: dict[str, Any]) -> dict[str, Any]:
    properties = {
        "code": {"const": "OK"},
        "message": {"type": "string"},
        "data": data,
        "request_id": {"type": "string"},
    }
    return {"type": "object", "required": list(properties), "properties": properties}


def _response(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
