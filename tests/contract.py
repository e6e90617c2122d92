"""The names of fields in `docs/platform/api.json`, put beside what was really sent.

Only names: which fields are needed, and their types, BEHAVIOUR and the platform's own pages decide, and the sandbox
checks.
"""


def unknown(fields: dict[str, dict], given: dict, path: str = "") -> list[str]:
    """The fields of a message that the document does not have."""
    found = []
    for name, value in given.items():
        known = fields.get(name)
        if known is None:
            found.append(f"{path}{name}")
            continue
        inner = known.get("fields") or (known.get("items") or {}).get("fields")
        for one in value if isinstance(value, list) else [value]:
            if inner and isinstance(one, dict):
                found += unknown(inner, one, f"{path}{name}.")
    return found
