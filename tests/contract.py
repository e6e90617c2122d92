"""The names of fields in `docs/platform/api.json`, put beside what was really sent.

Only names: which fields are needed, and their types, BEHAVIOUR and the platform's own pages decide, and the sandbox
checks.
"""


def unknown(fields: dict[str, dict], message: dict, path: str = "") -> list[str]:
    """The fields of a message that the document does not have."""
    names = []
    for name, value in message.items():
        field = fields.get(name)
        if field is None:
            names.append(f"{path}{name}")
            continue
        inner = field.get("fields") or (field.get("items") or {}).get("fields")
        for item in value if isinstance(value, list) else [value]:
            if inner and isinstance(item, dict):
                names += unknown(inner, item, f"{path}{name}.")
    return names
