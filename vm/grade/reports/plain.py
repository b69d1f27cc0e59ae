"""Verdicts as what a JSON encoder takes, and back. vm/manual/grading.schema.json describes it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from vm.grade.reports.groups import Group, groups_of
from vm.grade.reports.shown import class_shown
from vm.grade.verdict import ClassVerdict, Verdict
from vm.text import brief

FORMAT_VERSION = 1
"""The version of a class's report; it grows when something is renamed or removed."""


def verdict_to_json(verdict: Verdict) -> dict[str, Any]:
    """Return the fields of a verdict by name, in values that a JSON encoder takes."""
    return _record(verdict)


def verdict_from_json(plain: object) -> Verdict:
    """Return the verdict of which :func:`verdict_to_json` made this. Raises ValueError for anything else, with where.

    Every field has to be there, and nothing else.
    """
    verdict: Verdict = _reader(Verdict)(plain, "verdict")
    return verdict


def class_to_json(verdicts: ClassVerdict, *, for_teacher: bool = True) -> dict[str, Any]:
    """Return what is said of a class: a report with its version, each verdict with what its tests add up to, and the
    failures that are alike.
    """
    told = class_shown(verdicts, for_teacher=for_teacher)
    submissions = [
        {"points": _sum(each.points), "out_of": _sum(each.out_of), "passed": each.is_passed, **_record(each)}
        for each in told.verdicts
    ]
    return {
        "forklore": "grading", "version": FORMAT_VERSION, "lab": told.lab, "lab_digest": told.lab_digest,
        "seed": told.seed, "submissions": submissions, "groups": [_group(each) for each in groups_of(told)],
    }  # fmt: skip


def _group(group: Group) -> dict[str, Any]:
    example = group.example
    return {
        "test": group.test, "kind": example.kind, "what": example.what, "key": example.key, "title": example.title,
        "submissions": list(group.submissions),
    }  # fmt: skip


def _sum(points: float) -> float:
    """A sum of points without what binary fractions leave: 0.3 for 0.1 and 0.2."""
    return round(points, 6)


def _record(value: Any) -> dict[str, Any]:
    return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return _record(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return value


# --- reading ----------------------------------------------------------------------------------------------------------

Reader = Callable[[Any, str], Any]
"""What makes a value of its plain form; the second argument says where that stands."""


def _wrong(where: str, wanted: str, plain: object) -> ValueError:
    return ValueError(f"{where}: {wanted} is expected, not {brief(plain)}")


@cache
def _reader(kind: Any) -> Reader:
    """What reads a value of the type ``kind``."""
    origin, inner = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return _record_reader(kind)
    if origin is tuple:
        return _list_reader(_reader(inner[0]))
    if origin is Mapping:
        return _table_reader(_reader(inner[1]))
    if origin is UnionType:
        (known,) = [_reader(each) for each in inner if each is not NoneType]
        return lambda plain, where: None if plain is None else known(plain, where)
    if issubclass(kind, StrEnum):
        return _word_reader(kind)
    return {str: _text, float: _number, bool: _truth}[kind]


def _record_reader(kind: Any) -> Reader:
    hints = get_type_hints(kind)
    readers = {each.name: _reader(hints[each.name]) for each in fields(kind)}

    def read(plain: Any, where: str) -> Any:
        if not isinstance(plain, dict):
            raise _wrong(where, "a table", plain)
        if plain.keys() != readers.keys():
            name = next(iter(sorted(plain.keys() ^ readers.keys(), key=str)))
            raise ValueError(f"{where}: {brief(name)} is {'not known' if name in plain else 'missing'}")
        return kind(**{name: read_one(plain[name], f"{where}.{name}") for name, read_one in readers.items()})

    return read


def _list_reader(read_one: Reader) -> Reader:
    def read(plain: Any, where: str) -> Any:
        if not isinstance(plain, list):
            raise _wrong(where, "a list", plain)
        return tuple([read_one(each, f"{where}[{at}]") for at, each in enumerate(plain)])

    return read


def _table_reader(read_one: Reader) -> Reader:
    def read(plain: Any, where: str) -> Any:
        if not isinstance(plain, dict):
            raise _wrong(where, "a table", plain)
        return {_text(name, where): read_one(each, f"{where}[{brief(name)}]") for name, each in plain.items()}

    return read


def _word_reader(kind: type[StrEnum]) -> Reader:
    words = {member.value: member for member in kind}

    def read(plain: Any, where: str) -> Any:
        if not isinstance(plain, str) or plain not in words:
            raise _wrong(where, "one of " + ", ".join(words), plain)
        return words[plain]

    return read


def _text(plain: Any, where: str) -> str:
    if not isinstance(plain, str):
        raise _wrong(where, "a text", plain)
    return plain


def _number(plain: Any, where: str) -> float:
    if isinstance(plain, bool) or not isinstance(plain, int | float) or not math.isfinite(plain):
        raise _wrong(where, "a number", plain)
    return plain


def _truth(plain: Any, where: str) -> bool:
    if not isinstance(plain, bool):
        raise _wrong(where, "true or false", plain)
    return plain
