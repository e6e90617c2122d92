"""Writes what is typed of the client, `schemas.py` and `resources.py`, from the OpenAPI document: `make client`.

    python generate.py <document.json> <folder>

It needs nothing but the document and ruff. The same document always gives the same text.
"""

import json
import keyword
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Schema = dict[str, Any]
NOTE = "Written by `make client` from the API's document: a change here is lost."
SCHEMAS = f'''"""What the API takes and answers. {NOTE}

A name that ends in `Input` is what is sent where that differs from what is answered.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

File = tuple[str, bytes]  # the name and the content
'''
RESOURCES = f'''"""Every operation of the API, by resource. {NOTE}"""

from __future__ import annotations

from collections.abc import Sequence

from . import schemas
from .transport import Resource, Transport, part
'''
PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
ENDINGS = ("_create", "_retrieve", "_list")  # of operations that have a name of their own before it


@dataclass
class Names:
    """Which schemas are sent and which are answered; those of both get two names where the two differ."""

    schemas: dict[str, Schema]
    sent: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)

    def reach(self, schema: Any, into: set[str]) -> None:
        for name in references(schema):
            if name not in into:
                into.add(name)
                self.reach(self.schemas[name], into)

    def differs(self, name: str) -> bool:
        """Whether some field, or a field of what it refers to, is only sent or only answered."""
        found: set[str] = {name}
        self.reach(self.schemas[name], found)
        fields = [one for other in found for one in self.schemas[other].get("properties", {}).values()]
        return any(one.get("readOnly") or one.get("writeOnly") for one in fields)

    def name(self, name: str, sent: bool) -> str:
        return f"{name}Input" if sent and name in self.sent & self.answered and self.differs(name) else name


def references(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for inner in schema:
            yield from references(inner)
    elif isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].rpartition("/")[2]
        for inner in schema.values():
            yield from references(inner)


def is_file(schema: Schema) -> bool:
    return schema.get("format") == "binary" or bool(schema.get("writeOnly") and schema.get("format") == "uri")


def type_of(schema: Schema, names: Names, sent: bool, within: str = "") -> str:
    """The Python type of a value; `within` is the prefix of names of other schemas."""
    text = plain_type_of(schema, names, sent, within)
    return f"{text} | None" if schema.get("nullable") and text != "Any" else text


def plain_type_of(schema: Schema, names: Names, sent: bool, within: str) -> str:
    if "$ref" in schema:
        return within + names.name(schema["$ref"].rpartition("/")[2], sent)
    if "enum" in schema:
        return literal(schema)
    if is_file(schema):
        return f"{within}File"
    for several in ("allOf", "oneOf", "anyOf"):
        if several in schema:
            return " | ".join(dict.fromkeys(type_of(one, names, sent, within) for one in schema[several]))
    if schema.get("type") == "array":
        # Not `list`: resources have a method of that name.
        return f"{'Sequence' if within else 'list'}[{type_of(schema['items'], names, sent, within)}]"
    if schema.get("type") == "object":
        values = schema.get("additionalProperties")
        return f"dict[str, {type_of(values, names, sent, within) if isinstance(values, dict) else 'Any'}]"
    return PLAIN.get(schema.get("type", ""), "Any")


def literal(schema: Schema) -> str:
    values = [repr(value) for value in schema["enum"] if value is not None]
    return f"Literal[{', '.join(values)}]"


def docstring(text: str, indent: str = "    ") -> list[str]:
    """A docstring in lines that are not too long."""
    text = text.strip().replace("\\", "\\\\").replace('"""', "'''")
    paragraphs = [textwrap.wrap(" ".join(part.split()), 112 - len(indent)) for part in text.split("\n\n")]
    wrapped = [line for part in paragraphs for line in ([""] if part is not paragraphs[0] else []) + part]
    if len(wrapped) <= 1:
        return [f'{indent}"""{"".join(wrapped)}"""'] if wrapped else []
    return [f'{indent}"""{wrapped[0]}', *[f"{indent}{line}".rstrip() for line in wrapped[1:]], f'{indent}"""']


def comment(text: str, indent: str = "") -> list[str]:
    return [f"{indent}# {line}" for line in textwrap.wrap(" ".join(text.split()), 108 - len(indent))]


def enum_lines(name: str, schema: Schema) -> list[str]:
    labels = re.findall(r"^\* `(.*?)` - (.*)$", schema.get("description", ""), re.M)
    told = "; ".join(f"{value}: {label}" for value, label in labels if value != label)
    return ["", "", *comment(told), f"{name} = {literal(schema)}"]


def schema_lines(name: str, names: Names, sent: bool) -> list[str]:
    schema = names.schemas[name]
    if "enum" in schema:
        return enum_lines(name, schema)
    lines = ["", "", f"class {names.name(name, sent)}(TypedDict):", *docstring(schema.get("description", "")), ""]
    fields = {key: one for key, one in schema.get("properties", {}).items() if keeps(one, sent)}
    for key, one in fields.items():
        if not key.isidentifier() or keyword.iskeyword(key):
            raise ValueError(f"{name} has a field that is no name in Python: {key}")
        text = type_of(one, names, sent)
        needed = key in schema.get("required", ())
        lines += comment(one.get("description", ""), "    ") if "enum" not in one else []
        lines.append(f"    {key}: {text if needed else f'NotRequired[{text}]'}")
    return lines if fields else [*lines, "    pass"]


def keeps(schema: Schema, sent: bool) -> bool:
    return not schema.get("readOnly" if sent else "writeOnly")


def body_of(operation: Schema) -> tuple[Schema | None, bool]:
    """The schema of the body, or None, and whether it is needed."""
    body = operation.get("requestBody", {})
    content = body.get("content", {})
    chosen = content.get("application/json") or content.get("multipart/form-data") or {}
    return chosen.get("schema"), bool(body.get("required"))


def answer_of(operation: Schema) -> Schema | None:
    good = next(answer for status, answer in sorted(operation["responses"].items()) if status.startswith("2"))
    return good.get("content", {}).get("application/json", {}).get("schema")


def sends_file(schema: Schema | None, names: Names) -> bool:
    known = [names.schemas[name] for name in references(schema)]
    return any(is_file(one) for inner in known for one in inner.get("properties", {}).values())


def method_name(operation: Schema, tag: str) -> str:
    """`orders_ship_order_create` of the resource `orders` is `ship_order`."""
    name = operation["operationId"].removeprefix(f"{python_name(tag)}_")
    for ending in ENDINGS:
        name = name.removesuffix(ending) if name != ending.strip("_") else name
    return python_name(name)


def python_name(text: str) -> str:
    """`from` is `from_`, which is no word of Python's own."""
    name = re.sub(r"\W", "_", text).lower()
    return f"{name}_" if keyword.iskeyword(name) else name


def method_lines(method: str, path: str, operation: Schema, names: Names) -> list[str]:
    places: dict[str, list[Schema]] = {"path": [], "query": [], "header": []}
    for parameter in operation.get("parameters", []):
        places[parameter["in"]].append(parameter)
    body, needed = body_of(operation)
    arguments = ["self", *[f"{python_name(one['name'])}: str | int" for one in places["path"]]]
    if body:
        text = type_of(body, names, True, "schemas.")
        arguments.append(f"body: {text}" if needed else f"body: {text} | None = None")
    optional = [*places["query"], *places["header"]]
    arguments += ["*"] if optional else []
    arguments += [f"{python_name(one['name'])}: {filter_type(one)} | None = None" for one in optional]
    told = re.sub(r"\{(\w+)\}", lambda found: f"{{part({python_name(found[1])})}}", path)
    asked = [f'"{method.upper()}"', f'{"f" if places["path"] else ""}"{told}"']
    asked += [f"{'files' if sends_file(body, names) else 'body'}=body"] if body else []
    for keyword_name, place in (("query", "query"), ("headers", "header")):
        pairs = ", ".join(f'"{one["name"]}": {python_name(one["name"])}' for one in places[place])
        asked += [f"{keyword_name}={{{pairs}}}"] if pairs else []
    answer = answer_of(operation)
    result = type_of(answer, names, False, "schemas.") if answer else "None"
    tag = operation["tags"][0]
    return [
        "",
        f"    def {method_name(operation, tag)}({', '.join(arguments)}) -> {result}:",
        *docstring(operation.get("description") or operation.get("summary", ""), "        "),
        f"        {'return ' if answer else ''}self._ask({', '.join(asked)})",
    ]


def filter_type(parameter: Schema) -> str:
    """A filter takes numbers of states that are not known yet, and ids as they are answered."""
    text = PLAIN.get(parameter["schema"].get("type"), "str")
    return "int | str" if text == "int" and parameter["name"].endswith("_id") else text


def by_tag(document: Schema) -> dict[str, list[tuple[str, str, Schema]]]:
    """(method, path, operation) by tag."""
    found: dict[str, list[tuple[str, str, Schema]]] = {}
    for path, methods in sorted(document["paths"].items()):
        for method, operation in methods.items():
            found.setdefault(operation["tags"][0], []).append((method, path, operation))
    return dict(sorted(found.items()))


def write(document: Schema) -> tuple[str, str]:
    """The texts of `schemas.py` and of `resources.py`."""
    names = Names(document["components"]["schemas"])
    tags = by_tag(document)
    for operations in tags.values():
        for _method, _path, operation in operations:
            names.reach(body_of(operation)[0], names.sent)
            names.reach(answer_of(operation), names.answered)
    names.answered.add("Problem")
    schemas, resources = [SCHEMAS], [RESOURCES]
    for name in sorted(names.sent | names.answered):
        if name in names.answered:
            schemas += schema_lines(name, names, False)
        if name in names.sent and (name not in names.answered or names.differs(name)):
            schemas += schema_lines(name, names, True)
    gathered = []
    for tag, operations in tags.items():
        class_name = "".join(word.capitalize() for word in re.split(r"\W", tag))
        resources += ["", "", f"class {class_name}(Resource):"]
        lines = [line for one in operations for line in method_lines(*one, names)]
        resources += lines[1:]
        gathered.append(f"        self.{python_name(tag)} = {class_name}(transport)")
    head = ["", "", "class Resources:", '    """All resources of the API."""', ""]
    resources += [*head, "    def __init__(self, transport: Transport) -> None:", *gathered]
    return "\n".join(schemas) + "\n", "\n".join(resources) + "\n"


def main(document: str, folder: str) -> None:
    schemas, resources = write(json.loads(Path(document).read_text()))
    paths = {Path(folder, "schemas.py"): schemas, Path(folder, "resources.py"): resources}
    for path, text in paths.items():
        path.write_text(text)
    options = ["--quiet", "--no-cache", "--line-length", "120", "--isolated"]
    subprocess.run(  # noqa: S603  # our own files
        [sys.executable, "-m", "ruff", "format", *options, *map(str, paths)], check=True
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
