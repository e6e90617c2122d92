"""What the OpenAPI document says of refusals and of addresses: the same for every operation."""

from typing import Any

from django.http import HttpRequest

PRINTABLE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"  # of the texts in an address; see `console.middleware`
REFUSALS = {
    "400": (
        "What was sent is not right: sentences by field, or `detail`.",
        {"type": "object", "additionalProperties": {}},
    ),
    "401": ("The key is unknown, revoked or not written as a key.", {"$ref": "#/components/schemas/Problem"}),
    "403": ("Not signed in, or without the permission or scope.", {"$ref": "#/components/schemas/Problem"}),
    "404": ("There is no such record or page.", {"$ref": "#/components/schemas/Problem"}),
    "413": ("The body is too large.", {"$ref": "#/components/schemas/Problem"}),
    "429": ("The key asked too often: wait as `Retry-After` says.", {"$ref": "#/components/schemas/Problem"}),
}


def declare_refusals(result: dict[str, Any], generator: Any, request: HttpRequest, public: bool) -> dict[str, Any]:
    for methods in result["paths"].values():
        for operation in methods.values():
            for status, (description, schema) in REFUSALS.items():
                response = {"description": description, "content": {"application/json": {"schema": schema}}}
                operation["responses"].setdefault(status, response)
            for parameter in operation.get("parameters", []):
                if parameter["schema"].get("type") == "string" and not parameter["schema"].keys() & {"format", "enum"}:
                    parameter["schema"].setdefault("pattern", PRINTABLE)
    return result
