"""What two graphs of objects have in common that can change: nothing, when one is a copy of the other.

It shares no code with vm/copying.py: it goes wherever Python's own garbage collector would.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable
from enum import Enum
from pathlib import PurePath
from types import BuiltinFunctionType, CellType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from vm.values import is_frozen

PLAIN = (
    int,
    float,
    complex,
    str,
    bytes,
    type(None),
    type(...),
    Enum,
    PurePath,
    re.Pattern,
    range,
    np.generic,
    np.dtype,
)
NEVER_ENTERED = (type, ModuleType, *PLAIN)


def neighbours(thing: Any) -> Iterable[Any]:
    """What an object holds, but for what belongs to its class."""
    if isinstance(thing, FunctionType):
        return [cell.cell_contents for cell in thing.__closure__ or () if isinstance(cell, CellType)]
    if isinstance(thing, BuiltinFunctionType):
        return [] if isinstance(thing.__self__, ModuleType | type | None) else [thing.__self__]
    if isinstance(thing, MethodType):
        return [thing.__self__]
    if isinstance(thing, np.ndarray):
        return [] if thing.base is None else [thing.base]
    return gc.get_referents(thing)


def can_change(thing: Any) -> bool:
    """False for what holds things, but always the same ones."""
    return not is_frozen(type(thing)) and not isinstance(
        thing, tuple | frozenset | FunctionType | BuiltinFunctionType | MethodType
    )  # fmt: skip


def reachable(root: Any, ends: Iterable[Any] = ()) -> dict[int, tuple[Any, str]]:
    """Every object below ``root`` but plain values and those in ``ends``, by id, with the way to it."""
    found: dict[int, tuple[Any, str]] = {}
    waiting = [(root, type(root).__name__)]
    outside = {id(end) for end in ends}
    while waiting:
        thing, path = waiting.pop()
        if isinstance(thing, NEVER_ENTERED) or id(thing) in found or id(thing) in outside:
            continue
        found[id(thing)] = thing, path
        waiting += [(other, f"{path[-200:]}.{type(other).__name__}") for other in neighbours(thing)]
    return found


def shared(one: Any, other: Any) -> list[str]:
    """The ways to whatever can change and is reached from both, arrays over the same bytes among them."""
    return in_common(reachable(one), reachable(other))


def in_common(ours: dict[int, tuple[Any, str]], theirs: dict[int, tuple[Any, str]]) -> list[str]:
    """The ways to whatever can change and is in both, as :func:`reachable` gives them."""
    paths = [path for key, (thing, path) in theirs.items() if key in ours and can_change(thing)]
    arrays = [thing for thing, _ in ours.values() if isinstance(thing, np.ndarray) and thing.size]
    for thing, path in theirs.values():
        if isinstance(thing, np.ndarray) and thing.size and any(np.may_share_memory(thing, array) for array in arrays):
            paths.append(f"{path}: the same bytes")
    return paths
