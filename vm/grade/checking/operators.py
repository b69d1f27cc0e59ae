"""The operators of mutation by their names: typical mistakes, which a lab's tests should notice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from vm.grade.checking import assembly, calls, changes, values
from vm.grade.checking.changes import Change, Source

C: Mapping[str, changes.Find] = {
    "no-wait": calls.no_wait,
    "no-close": calls.no_close,
    "no-exit": calls.no_exit,
    "no-flush": calls.no_flush,
    "fork-kind": calls.fork_kind,
    "exit-kind": calls.exit_kind,
    "swapped": calls.swapped,
    "pipe-end": values.pipe_end,
    "wait-for-any": calls.wait_for_any,
    "wait-no-hang": calls.wait_no_hang,
    "raw-status": calls.raw_status,
    "status": values.status,
    "stream": calls.stream,
    "condition": values.condition,
    "comparison": values.comparison,
    "boundary": values.boundary,
    "junction": values.junction,
    "arithmetic": values.arithmetic,
    "constant": values.constant,
    "string": values.string,
    "newline": values.newline,
    "no-statement": values.no_statement,
}
"""For sources in C: those that labs on processes are about come first."""
ASSEMBLY: Mapping[str, assembly.Find] = {
    "no-call": assembly.no_call,
    "fork-kind": assembly.fork_kind,
    "branch": assembly.branch,
    "constant": assembly.constant,
    "string": assembly.string,
    "no-instruction": assembly.no_instruction,
}
"""For sources in assembly."""
_SUFFIXES = {".c": "c", ".h": "c", ".s": "assembly", ".asm": "assembly"}


def is_mutable(name: str) -> bool:
    """True for a file that an operator may find something in, by its name."""
    return PurePosixPath(name).suffix.lower() in _SUFFIXES


def find_changes(name: str, text: str) -> Iterator[tuple[str, Change]]:
    """All that the operators find to change in a file, with their names, operator by operator."""
    kind = _SUFFIXES.get(PurePosixPath(name).suffix.lower(), "")
    if kind == "c":
        source = Source(text)
        for operator, find in C.items():
            yield from ((operator, change) for change in find(source))
    elif kind == "assembly":
        statements = assembly.statements(text)
        for operator, search in ASSEMBLY.items():
            yield from ((operator, change) for change in search(statements))
