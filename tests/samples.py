"""An instance of any class that is plain data, made from the types of its fields."""

from __future__ import annotations

import dataclasses
import enum
import importlib
import inspect
import pkgutil
import re
import types
import typing
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vm.abi.layout import Structure
from vm.debug.changes import Change, Kill
from vm.isa import INSTRUCTIONS, Instruction
from vm.kernel.stops import Stops, Watched
from vm.machine import Machine
from vm.observe.deaths.report import Report
from vm.settings import Settings

SAMPLES: dict[Any, Any] = {
    int: 7, str: "word", bytes: b"bytes", float: 1.5, bool: True, object: 5, Any: 5, type(None): None, type: int,
    Path: Path("folder/file"), bytearray: bytearray(b"growing"), re.Pattern: re.compile("a+"),
    Instruction: INSTRUCTIONS[0], Settings: Settings(memory=1 << 20, user="7:8", seed=9, fork="copy"),
    Change: Kill(2),
    Machine: Machine(memory=1 << 20, root="folder", bind=[("x", "/y")], cc_flags=("-O2",)), Report: Report(),
}  # fmt: skip
"""What stands for a type, and instances of classes that refuse most values."""
FOR_CHECKER = {"NDArray": NDArray, "Stops": Stops, "Watched": Watched}
"""Names that some modules import for the type checker alone."""
_BEING_MADE: list[type] = []
"""Classes whose instances are under way: a list of the same is left empty."""


class CannotMake(Exception):
    """No instance follows from the types: the text names what stands in the way."""


def public_classes(*packages: str) -> Iterator[type]:
    """Every class with a public name that a module of ``packages`` defines."""
    for name in packages:
        package = importlib.import_module(name)
        found = [entry.name for entry in pkgutil.walk_packages(package.__path__, name + ".")]
        for module in map(importlib.import_module, [name, *(entry for entry in found if "__main__" not in entry)]):
            for each in vars(module).values():
                if inspect.isclass(each) and each.__module__ == module.__name__ and not each.__name__.startswith("_"):
                    yield each


def hints(function: Any) -> dict[str, Any]:
    """The types of a class's fields or of a function's arguments."""
    try:
        return typing.get_type_hints(function, localns=FOR_CHECKER)
    except NameError as error:
        raise CannotMake(str(error)) from None


def make(wanted: Any) -> Any:
    """An instance of the type ``wanted``, with other values than its own defaults where that can be."""
    origin, inner = typing.get_origin(wanted), typing.get_args(wanted)
    if (origin or wanted) in SAMPLES:
        return SAMPLES[origin or wanted]
    if isinstance(wanted, typing.TypeVar):
        return SAMPLES[int]
    if origin is typing.Literal:
        return inner[-1]
    if origin in (typing.Union, types.UnionType):
        return make(next(each for each in inner if each is not type(None)))
    if origin is np.ndarray:
        return np.array([1, 0, 1], typing.get_args(inner[1])[0])
    if isinstance(origin, type):
        return _collection(origin, inner)
    if isinstance(wanted, type):
        return make_instance(wanted)
    raise CannotMake(str(wanted))


def _collection(origin: type, inner: tuple[Any, ...]) -> Any:
    if origin is tuple:
        return tuple(make(each) for each in inner if each is not Ellipsis)
    if issubclass(dict, origin) and len(inner) == 2:
        return {make(inner[0]): make(inner[1])}
    for kind in (list, frozenset, set, deque):
        if issubclass(kind, origin):
            return kind() if inner[0] in _BEING_MADE else kind([make(inner[0])])
    raise CannotMake(origin.__name__)


def make_instance(kind: type) -> Any:
    """An instance of a dataclass, a named tuple, an enumeration or an exception."""
    if kind in SAMPLES:
        return SAMPLES[kind]
    if issubclass(kind, enum.Enum):
        return list(kind)[-1]
    if dataclasses.is_dataclass(kind):
        found = hints(kind)
        _BEING_MADE.append(kind)
        try:
            return kind(**{field.name: make(found[field.name]) for field in dataclasses.fields(kind) if field.init})
        finally:
            _BEING_MADE.pop()
    if issubclass(kind, Structure) and kind is not Structure:
        return kind.unpack(bytes(range(1, 251)) * 4)
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return kind(*map(make, hints(kind).values()))
    if issubclass(kind, BaseException):
        if not inspect.isfunction(kind.__init__):
            return kind("word")
        found = hints(kind.__init__)
        given = list(inspect.signature(kind).parameters.values())
        named = {each.name: make(found[each.name]) for each in given if each.kind is each.KEYWORD_ONLY}
        return kind(*[make(found[each.name]) for each in given if each.kind is not each.KEYWORD_ONLY], **named)
    raise CannotMake(kind.__name__)
