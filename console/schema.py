"""What the OpenAPI document says of refusals and of addresses: the same for every operation."""

from typing import Any

from django.http import HttpRequest

from .paging import UPDATED_AFTER

PRINTABLE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"  # of the texts in an address; see `console.middleware`
PROBLEM = "#/components/schemas/Problem"
REFUSALS = {
    "400": (
        "What was sent is not right: `detail`, and sentences by the path of the field.",
        {"$ref": PROBLEM},
    ),
    "401": ("The key is unknown, revoked, ended or not written as a key.", {"$ref": PROBLEM}),
    "403": ("Not signed in, without the permission or scope, or from another address.", {"$ref": PROBLEM}),
    "404": ("There is no such record or page.", {"$ref": PROBLEM}),
    "413": ("The body is too large.", {"$ref": PROBLEM}),
    "429": ("The key asked too often: wait as `Retry-After` says.", {"$ref": PROBLEM}),
}


OF_VERSIONS = {
    "412": ("Somebody else wrote the record meanwhile: `If-Match` names an older version.", {"$ref": PROBLEM}),
    "428": ("`If-Match` is needed here (`API_REQUIRE_IF_MATCH`).", {"$ref": PROBLEM}),
}


OF_POSITIONS = {
    "409": ("The feed never had this position: the database was restored, read everything.", {"$ref": PROBLEM}),
}


def declare_refusals(result: dict[str, Any], generator: Any, request: HttpRequest, public: bool) -> dict[str, Any]:
    for methods in result["paths"].values():
        for method, operation in methods.items():
            refusals = REFUSALS | OF_VERSIONS if method in ("put", "patch") else REFUSALS
            if any(parameter["name"] == UPDATED_AFTER for parameter in operation.get("parameters", [])):
                refusals = refusals | OF_POSITIONS
            for status, (description, schema) in refusals.items():
                response = {"description": description, "content": {"application/json": {"schema": schema}}}
                operation["responses"].setdefault(status, response)
            for parameter in operation.get("parameters", []):
                if parameter["schema"].get("type") == "string" and not parameter["schema"].keys() & {"format", "enum"}:
                    parameter["schema"].setdefault("pattern", PRINTABLE)
    return result
