"""Write OpenAPI documents of any size, the same for the same number of operations.

A tenth of the document is a resource of its own: five operations with parameters, bodies and
errors, schemas that only they use, and some that the whole document shares.
"""

from __future__ import annotations

from pipeline.values import Json

_RESOURCES_IN_TAG = 10
_FIELDS = ("integer", "string", "boolean", "number", "date-time", "uuid")
_SHARED = ("Error", "Owner", "Label", "Visibility")


def synthesize(operations: int) -> Json:
    """Return a document of ``operations`` operations, which must be a multiple of five."""
    paths: dict[str, Json] = {}
    schemas: dict[str, Json] = _shared_schemas()
    for number in range(operations // 5):
        paths.update(_paths(number))
        schemas.update(_schemas(number))
    return {
        "openapi": "3.0.3",
        "info": {"title": "Synthetic", "version": "1.0.0"},
        "servers": [{"url": "https://api.example.com"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "parameters": {
                "page": _parameter("page", {"type": "integer", "minimum": 0}),
                "limit": _parameter("limit", {"type": "integer", "maximum": 100, "default": 30}),
            },
            "responses": {"Error": _answer("The request failed.", _ref("Error"))},
        },
    }


def _paths(number: int) -> dict[str, Json]:
    name, model = f"resource-{number}", f"Resource{number}"
    tag = f"group-{number // _RESOURCES_IN_TAG}"
    page = [{"$ref": f"#/components/parameters/{one}"} for one in ("page", "limit")]
    order = {"type": "string", "enum": ["created", "name", "updated"], "default": "name"}
    one = {"name": "resource_id", "in": "path", "required": True, "schema": {"type": "string"}}

    def operation(verb: str, summary: str, answer: Json, **more: Json) -> Json:
        return {
            "tags": [tag],
            "operationId": f"{verb}{model}",
            "summary": summary,
            "description": f"{summary}, as the members of the account that owns it may.",
            **more,
            "responses": {
                "200": answer,
                "400": {"$ref": "#/components/responses/Error"},
                "404": {"$ref": "#/components/responses/Error"},
            },
        }

    read = _answer("The resource.", _ref(model))
    listed = _answer("One page of resources.", {"type": "array", "items": _ref(model)})
    return {
        f"/{name}": {
            "get": operation(
                "list", f"List {name}", listed, parameters=[*page, _parameter("order", order)]
            ),
            "post": operation(
                "create", f"Create {name}", read, requestBody=_body(_ref(f"{model}Request"))
            ),
        },
        f"/{name}/{{resource_id}}": {
            "parameters": [one],
            "get": operation("find", f"Find one {name}", read),
            "put": operation(
                "update", f"Update {name}", read, requestBody=_body(_ref(f"{model}Request"))
            ),
            "delete": operation("delete", f"Delete {name}", {"description": "It is gone."}),
        },
    }


def _schemas(number: int) -> dict[str, Json]:
    model = f"Resource{number}"
    fields = {
        f"field_{position}": {
            **_field(_FIELDS[(number + position) % len(_FIELDS)]),
            "description": f"What the field {position} of the resource {number} says.",
        }
        for position in range(8)
    }
    state = {"type": "string", "enum": ["active", "archived", f"other_{number % 7}"]}
    return {
        model: {
            "type": "object",
            "description": f"The resource {number}.",
            "required": ["id", "state"],
            "properties": {
                "id": {"type": "string"},
                "state": _ref(f"{model}State"),
                "owner": _ref("Owner"),
                "labels": {"type": "array", "items": _ref("Label")},
                "settings": {
                    "type": "object",
                    "properties": {"visibility": _ref("Visibility"), "quota": {"type": "integer"}},
                },
                "next": _ref(f"Resource{max(number - 1, 0)}"),
                **fields,
            },
        },
        f"{model}State": state,
        f"{model}Request": {
            "type": "object",
            "required": ["field_0"],
            "properties": {"state": _ref(f"{model}State"), "owner": _ref("Owner"), **fields},
        },
    }


def _shared_schemas() -> dict[str, Json]:
    text = {"type": "string"}
    properties: dict[str, dict[str, Json]] = {
        "Error": {"code": {"type": "integer"}, "message": text},
        "Owner": {"name": text, "email": text, "created": _field("date-time")},
        "Label": {"key": text, "value": {"oneOf": [text, {"type": "integer"}]}},
    }
    return {
        **{name: {"type": "object", "properties": own} for name, own in properties.items()},
        "Visibility": {"type": "string", "enum": ["private", "internal", "public"]},
    }


def _field(kind: str) -> dict[str, Json]:
    if kind in ("date-time", "uuid"):
        return {"type": "string", "format": kind}
    return {"type": kind}


def _parameter(name: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "description": f"The {name}.", "schema": schema}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _answer(description: str, schema: Json) -> Json:
    return {"description": description, **_body(schema, False)}


def _body(schema: Json, required: bool = True) -> Json:
    content = {"content": {"application/json": {"schema": schema}}}
    return {"required": True, **content} if required else content
