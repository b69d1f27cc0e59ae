"""Events as what a JSON encoder takes, and back."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from vm.events.event import Event
from vm.events.kinds import KINDS

_KINDS: dict[str, Any] = {kind.__name__: kind for kind in KINDS}


def to_json(event: Event) -> dict[str, Any]:
    """Return the fields of ``event`` by name, behind its "kind", in values that a JSON encoder takes.

    Bytes are text where they are UTF-8, and otherwise ``{"base64": ...}``; so is text that stands for other bytes.
    """
    return {"kind": type(event).__name__, **_record(event)}


def from_json(plain: Mapping[str, Any]) -> Event:
    """Return the event of which :func:`to_json` made this. ValueError for what is none, or has not all its fields."""
    kind = _KINDS.get(str(plain.get("kind")))
    if kind is None:
        raise ValueError(f"no kind of event: {plain.get('kind')!r}")
    event: Event = _reader(kind)(plain)
    return event


def text(data: bytes) -> str | dict[str, str]:
    """Return ``data`` as text where it is UTF-8, and otherwise as ``{"base64": ...}``."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple([each.name for each in fields(kind)])


def _record(value: Any) -> dict[str, Any]:
    return {name: _plain(getattr(value, name)) for name in _names(value.__class__)}


def _plain(value: Any) -> Any:
    if type(value) is int:  # as most values are
        return value
    if isinstance(value, str):
        return value if value.isascii() else text(value.encode(errors="surrogateescape"))
    if isinstance(value, bytes):
        return text(value)
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    return _record(value) if is_dataclass(value) else value


def _bytes(plain: Any) -> bytes:
    return plain.encode() if isinstance(plain, str) else base64.b64decode(plain["base64"])


def _text(plain: Any) -> str:
    return plain if isinstance(plain, str) else _bytes(plain).decode(errors="surrogateescape")


def _record_reader(kind: Any) -> Callable[[Any], Any]:
    hints = get_type_hints(kind)
    parts = [(each.name, _reader(hints[each.name])) for each in fields(kind)]

    def record(plain: Any) -> Any:
        missing = [name for name, _ in parts if name not in plain]
        if missing:
            raise ValueError(f"{kind.__name__} without {', '.join(missing)}")
        return kind(**{name: read(plain[name]) for name, read in parts})

    return record


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    """What makes a value of type ``kind`` of its plain form."""
    if is_dataclass(kind):
        return _record_reader(kind)
    if get_origin(kind) is tuple:
        inner = get_args(kind)
        if inner[-1] is Ellipsis:
            each = _reader(inner[0])
            return lambda plain: tuple([each(value) for value in plain])
        readers = [_reader(one) for one in inner]
        return lambda plain: tuple([read(value) for read, value in zip(readers, plain, strict=True)])
    if get_origin(kind) is UnionType:
        (known,) = [_reader(one) for one in get_args(kind) if one is not NoneType]
        return lambda plain: None if plain is None else known(plain)
    simple: dict[Any, Callable[[Any], Any]] = {bytes: _bytes, str: _text}
    return simple.get(kind, lambda plain: plain)
