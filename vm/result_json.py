"""A result as JSON: what ``forklore run --format json`` prints. vm/manual/run.schema.json describes it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from vm.events.json import text, to_json
from vm.records import Result

FORMAT_VERSION = 1
_ELSEWHERE = ("processes", "events", "files", "report")
_REPORTED = ("deaths", "refused_calls", "whereabouts")


def as_json(result: Result, program: str, arguments: Sequence[str]) -> dict[str, Any]:
    """The result of a run as what a JSON encoder takes.

    Bytes are text where they are UTF-8, and otherwise ``{"base64": ...}``. Of processes what is in their memory is left
    out, and of files what they hold.
    """
    plain = {each.name: _plain(getattr(result, each.name)) for each in fields(result) if each.name not in _ELSEWHERE}
    processes = [_record(process, without=("pages",)) | {"status": process.status} for process in result.processes]
    files = {path: {"mode": file.mode, "size": file.size, "target": file.target} for path, file in result.files.items()}
    return {
        "version": FORMAT_VERSION, "program": program, "arguments": list(arguments), **plain,
        "processes": processes,
        "events": [to_json(event) for event in result.events],
        "files": files,
        **{name: [_record(each) for each in getattr(result.report, name)] for name in _REPORTED},
    }  # fmt: skip


def _record(record: Any, without: tuple[str, ...] = ()) -> dict[str, Any]:
    return {each.name: _plain(getattr(record, each.name)) for each in fields(record) if each.name not in without}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return text(value)
    if isinstance(value, str):
        return value if value.isascii() else text(value.encode(errors="surrogateescape"))
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, os.PathLike):
        return _plain(os.fspath(value))
    if is_dataclass(value):
        return _record(value)
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [_plain(inner) for inner in value]
    return value
