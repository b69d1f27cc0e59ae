"""Whether JSON is as a schema says: the part of JSON Schema that ours use."""

from __future__ import annotations

from typing import Any

KINDS: dict[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool,
    "null": type(None),
}  # fmt: skip


def fits(value: Any, document: dict[str, Any]) -> None:
    """Assert that a value is as the schema ``document`` says."""
    _fits(value, document, document, "$")


def _fits(value: Any, schema: dict[str, Any], document: dict[str, Any], where: str) -> None:
    if "$ref" in schema:
        return _fits(value, document["$defs"][schema["$ref"].rsplit("/", 1)[1]], document, where)
    if "anyOf" in schema:
        for each in schema["anyOf"]:
            try:
                return _fits(value, each, document, where)
            except AssertionError:
                continue
        raise AssertionError(f"{where}: {value!r}")
    if "enum" in schema:
        assert value in schema["enum"], f"{where}: {value!r}"
        return None
    assert isinstance(value, KINDS[schema["type"]]), f"{where}: {value!r}"
    assert schema["type"] == "boolean" or not isinstance(value, bool), f"{where}: {value!r}"
    if schema["type"] == "object":
        properties = schema.get("properties", {})
        assert set(schema.get("required", ())) <= set(value), where
        assert schema.get("additionalProperties", True) is not False or set(value) <= set(properties), where
        for name, inner in value.items():
            if name in properties:
                _fits(inner, properties[name], document, f"{where}.{name}")
    if schema["type"] == "array":
        for index, inner in enumerate(value):
            _fits(inner, schema.get("items", {"anyOf": []}), document, f"{where}[{index}]")
    return None
