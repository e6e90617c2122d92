"""Writes the Postman collection from the OpenAPI document: a folder for each resource. `make client` runs it.

python postman.py <document.json> <collection.json>
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

Schema = dict[str, Any]
FORMATS = {
    "date-time": "2026-11-30T20:00:00+08:00",
    "date": "2026-11-30",
    "time": "20:00:00",
    "uri": "https://example.com/",
    "email": "name@example.com",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
DEEPEST = 6  # of bodies within bodies


def example(schema: Schema, schemas: dict[str, Schema], depth: int = 0) -> Any:
    """A value of a schema, with the fields that are needed; with all where none is."""
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas, depth)
    for several in ("allOf", "oneOf", "anyOf"):
        if several in schema:
            return schema.get("default", example(schema[several][0], schemas, depth))
    if "default" in schema or "enum" in schema:
        return schema.get("default", schema.get("enum", [None])[0])
    if schema.get("type") == "object":
        return {} if depth > DEEPEST else fields(schema, schemas, depth)
    if schema.get("type") == "array":
        return [] if depth > DEEPEST else [example(schema["items"], schemas, depth + 1)]
    if schema.get("type") in ("integer", "number"):
        return max(schema.get("minimum", 1), 1)
    if schema.get("type") == "boolean":
        return False
    return FORMATS.get(schema.get("format", ""), "…"[: schema.get("maxLength", 1)])


def fields(schema: Schema, schemas: dict[str, Schema], depth: int) -> dict[str, Any]:
    sent = {name: one for name, one in schema.get("properties", {}).items() if not one.get("readOnly")}
    needed = [name for name in sent if name in schema.get("required", ())]
    return {name: example(sent[name], schemas, depth + 1) for name in needed or sent}


def body_of(operation: Schema, schemas: dict[str, Schema]) -> Schema | None:
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        chosen = content["application/json"]
        written = [one["value"] for one in chosen.get("examples", {}).values()]
        value = written[0] if written else example(chosen["schema"], schemas)
        raw = json.dumps(value, ensure_ascii=False, indent=2)
        return {"mode": "raw", "raw": raw, "options": {"raw": {"language": "json"}}}
    if "multipart/form-data" in content:
        return {"mode": "formdata", "formdata": parts(content["multipart/form-data"]["schema"], schemas)}
    return None


def parts(schema: Schema, schemas: dict[str, Schema]) -> list[Schema]:
    """The fields of a form; one that is only sent, and an address, is a file."""
    schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    shown = []
    for name, one in schema.get("properties", {}).items():
        if not one.get("readOnly"):
            is_file = one.get("format") in ("uri", "binary")
            value: Schema = {"src": []} if is_file else {"value": str(example(one, schemas))}
            shown.append({"key": name, "type": "file" if is_file else "text", **value})
    return shown


def request_of(method: str, path: str, operation: Schema, schemas: dict[str, Schema]) -> Schema:
    shown = re.sub(r"\{(\w+)\}", r":\1", path)
    url: Schema = {"raw": f"{{{{base_url}}}}{shown}", "host": ["{{base_url}}"], "path": shown.strip("/").split("/")}
    url["path"].append("")  # the addresses end in a slash
    headers = []
    for one in operation.get("parameters", []):
        told = {"key": one["name"], "value": "", "description": one.get("description", "")}
        if one["in"] == "path":
            url.setdefault("variable", []).append({"key": one["name"], "value": ""})
        elif one["in"] == "query":
            url.setdefault("query", []).append({**told, "disabled": True})
        elif one["name"] == "Idempotency-Key":
            headers.append({**told, "value": "{{$guid}}"})
        else:
            headers.append({**told, "disabled": True})
    request = {"method": method.upper(), "header": headers, "url": url, "description": operation.get("description", "")}
    body = body_of(operation, schemas)
    return request | ({"body": body} if body else {})


def collection(document: Schema) -> Schema:
    folders: dict[str, list[Schema]] = {}
    for path, methods in sorted(document["paths"].items()):
        for method, operation in methods.items():
            request = request_of(method, path, operation, document["components"]["schemas"])
            name = f"{method.upper()} {path.removeprefix('/api/v1')}"
            folders.setdefault(operation["tags"][0], []).append({"name": name, "request": request})
    return {
        "info": {
            "name": document["info"]["title"],
            "description": document["info"]["description"],
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
        },
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{key}}", "type": "string"}]},
        "variable": [{"key": "base_url", "value": "http://127.0.0.1:8000"}, {"key": "key", "value": "tc_…"}],
        "item": [{"name": tag, "item": requests} for tag, requests in sorted(folders.items())],
    }


def main(document: str, target: str) -> None:
    made = collection(json.loads(Path(document).read_text()))
    Path(target).write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
