"""What a rule takes: values of a file in TOML, checked and made plain. Each function raises ValueError with a sentence.

The sentence completes "the rule 'no-zombie': …".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vm.grade.rules.words import find_calls
from vm.observe.strace.text import SIGNAL_NUMBERS
from vm.quantities import size_of
from vm.spelling import suggestion
from vm.text import brief

BY = ("anybody", "parent", "children", "descendants")
"""Whom a rule is about: every process; the first one alone; those that it has made; all but the first."""
MOST = 1000
"""Entries of a list that a rule takes."""
DEEPEST = 50
"""Generations of a tree that a rule takes."""
Values = Mapping[str, Any]


def read_true(value: object) -> Values:
    """Read ``true``, which switches a rule on that has nothing to be told."""
    if value is not True:
        raise ValueError(f"it has nothing to be told: write true, not {brief(value)}")
    return {}


def read_count(value: object) -> Values:
    """Read a whole number from 0."""
    return {"most": _whole(value)}


def read_range(value: object) -> Values:
    """Read a whole number, or a table with ``min`` and ``max``."""
    least, most = _range(value)
    return {"least": least, "most": most}


def read_bytes(value: object) -> Values:
    """Read a number of bytes: a whole number, or a string as "64K"."""
    if isinstance(value, str):
        size = size_of(value)
        if size is None:
            raise ValueError(f'{brief(value)} is not a size; write it as 65536, "64K" or "1M"')
        return {"most": size}
    return {"most": _whole(value)}


def read_whom(value: object) -> Values:
    """Read ``true``, or a table that says of whom (``by``), and whether what is inherited counts (``inherited``)."""
    if value is True:
        return {"by": BY[0], "inherited": True}
    table = _table(value, ("by", "inherited"), 'write true, or { by = "parent" }')
    return {"by": _by(table), "inherited": _flag(table, "inherited", True)}


def read_calls(value: object) -> Values:
    """Read names of calls: a list, or a table with ``calls``, ``by`` and ``running``; or a list of such tables."""
    return _demands(value, lambda table: {"calls": _names(table)})


def read_only_calls(value: object) -> Values:
    """Read what :func:`read_calls` reads; ``strict`` says that what the C library does by itself is not allowed."""
    return _demands(value, lambda table: {"calls": _names(table), "strict": _flag(table, "strict", False)}, ("strict",))


def read_call_counts(value: object) -> Values:
    """Read a table of calls, each with a number or { min, max }; beside them ``by`` and ``running``."""
    if not isinstance(value, dict) or not value:
        raise ValueError(
            f"write how often each call is made, as {{ fork = 2, pipe = {{ min = 1 }} }}, not {brief(value)}"
        )
    counts = []
    for word, count in value.items():
        if word not in ("by", "running"):
            counts.append((word, find_calls(word), *_range(count)))
    if not counts:
        raise ValueError("it names no call: write { fork = 2 }")
    return {"counts": tuple(counts), "by": _by(value), "running": _running(value)}


def read_vfork_calls(value: object) -> Values:
    """Read ``true``, or a table with the names of calls that are allowed besides (``allow``)."""
    if value is True:
        return {"allow": ()}
    table = _table(value, ("allow",), 'write true, or { allow = ["dup2", "close"] }')
    return {"allow": _words(table.get("allow", []), "allow")}


def read_statuses(value: object) -> Values:
    """Read the ends of children, in the order in which they are made: a status, a signal's name, or "any"."""
    if not isinstance(value, list) or len(value) > MOST:
        raise ValueError(f'write the children\'s statuses in a list, as [0, 1, "SIGSEGV", "any"], not {brief(value)}')
    return {"ends": tuple([_end(each) for each in value])}


def read_tree(value: object) -> Values:
    """Read the shape of a family: nested lists, one a process, with its children; or bounds of depth and width."""
    if isinstance(value, list):
        return {"shape": _shape(value, 0), "bounds": ()}
    table = _table(value, ("depth", "width", "processes"), "write [[], [[]]] or { depth = 2, width = { max = 3 } }")
    if not table:
        raise ValueError("it says nothing: write { depth = 2 }, or lists within lists")
    return {"shape": None, "bounds": tuple([(name, *_range(bound)) for name, bound in table.items()])}


def _shape(value: object, depth: int) -> tuple[Any, ...]:
    """A family as tuples within tuples; a whole number stands for so many children without children."""
    if depth > DEEPEST:
        raise ValueError(f"it has more than {DEEPEST} generations")
    if isinstance(value, int) and not isinstance(value, bool):
        if not 0 <= value <= MOST:
            raise ValueError(f"{brief(value)} is not a number of children from 0 to {MOST:,}")
        return ((),) * value
    if not isinstance(value, list) or len(value) > MOST:
        raise ValueError(
            f"a process is a list of its children, or their number where they have none: [[], 2], not {brief(value)}"
        )
    return tuple([_shape(child, depth + 1) for child in value])


def _demands(value: object, read: Any, more: Sequence[str] = ()) -> Values:
    known = ("calls", "by", "running", *more)
    how = 'write a list of calls, as ["fork", "exec"], or { calls = ["fork"], by = "parent" }'
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        tables = value
    elif isinstance(value, list):
        tables = [{"calls": value}]
    else:
        tables = [value]
    if len(tables) > MOST:
        raise ValueError(f"it has more than {MOST:,} tables")
    demands = []
    for each in tables:
        table = _table(each, known, how)
        demands.append({**read(table), "by": _by(table), "running": _running(table)})
    return {"demands": tuple(demands)}


def _names(table: Mapping[str, Any]) -> tuple[tuple[str, frozenset[str]], ...]:
    words = _words(table.get("calls"), "calls")
    if not words:
        raise ValueError('it names no call: write ["fork"]')
    return words


def _words(value: object, key: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Pairs of a word and the calls that it stands for."""
    if not isinstance(value, list) or len(value) > MOST:
        raise ValueError(f'\'{key}\' is a list of calls, as ["fork", "exec"], not {brief(value)}')
    return tuple([(word, find_calls(word)) for word in value])


def _table(value: object, known: Sequence[str], how: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{how}, not {brief(value)}")
    for key in value:
        if key not in known:
            raise ValueError(f"there is no key {brief(key)}{suggestion(str(key), known)}; {how}")
    return value


def _by(table: Mapping[str, Any]) -> str:
    by = table.get("by", BY[0])
    if not isinstance(by, str) or by not in BY:
        one_of = " or ".join(f'"{name}"' for name in BY)
        raise ValueError(f"'by' is {one_of}, not {brief(by)}{suggestion(str(by), BY)}")
    return by


def _running(table: Mapping[str, Any]) -> str:
    path = table.get("running", "")
    if not isinstance(path, str) or (path and not path.startswith("/")):
        raise ValueError(f"'running' is the path of a program in the guest, as \"/tree\", not {brief(path)}")
    return path


def _flag(table: Mapping[str, Any], name: str, default: bool) -> bool:
    value = table.get(name, default)
    if not isinstance(value, bool):
        raise ValueError(f"'{name}' is true or false, not {brief(value)}")
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 63:
        raise ValueError(f"write a whole number from 0, not {brief(value)}")
    return value


def _range(value: object) -> tuple[int, int | None]:
    """The least and the most; None where there is no most."""
    if not isinstance(value, dict):
        count = _whole(value)
        return count, count
    table = _table(value, ("min", "max"), "write a number, or { min = 1, max = 3 }")
    if not table:
        raise ValueError("it says nothing: write a number, or { min = 1, max = 3 }")
    least, most = _whole(table.get("min", 0)), _whole(table["max"]) if "max" in table else None
    if most is not None and least > most:
        raise ValueError(f"min is {least:,}, which is more than max, {most:,}")
    return least, most


def _end(value: object) -> int | str:
    """An exit status, the name of a signal, or "any"."""
    if isinstance(value, str):
        if value == "any" or value in SIGNAL_NUMBERS:
            return value
        raise ValueError(f'{brief(value)} is no signal{suggestion(value, [*SIGNAL_NUMBERS, "any"])}; or write "any"')
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 255:
        raise ValueError(f'{brief(value)} is not an exit status from 0 to 255, a signal\'s name or "any"')
    return value
