"""Copies of plain state: of everything that can be reached from an object, as deep as it may be.

What a class is made of is said by the class, in one of three ways:

- ``_follow`` names the attributes that hold state of its own, in addition to those of its bases. They are copied, the
  others taken over as they are.
- ``copied_by(copier)`` makes the copy, for what is more than its attributes.
- It is a frozen dataclass, an Enum, or one of Python's immutable types: then it is shared.

Lists, dicts, sets, deques, bytearrays and numpy arrays are copied, tuples if they hold something that is. Functions,
classes and modules are shared. Anything else is an error, and so is what only looks like plain state: bound methods,
functions that hold variables of others, arrays that are views. Nothing that can change is ever shared silently, if
attributes that are not followed hold nothing that can.
"""

from __future__ import annotations

import gc
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from pathlib import PurePath
from types import BuiltinFunctionType, EllipsisType, FunctionType, MethodType, ModuleType, NoneType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from vm.values import is_frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

T = TypeVar("T")
_Fill = Callable[["Copier", Any], None]
_Way = Callable[["Copier", Any], Any]


class NotCopyable(TypeError):
    """Something that a copy would have to share can change; the text names its type and who holds it. It is a bug."""


class Copier:
    """One copy of a graph: whatever is asked for twice is copied once, so that the copy has the same shape.

    A copy begins with what its original holds. What of that has to be copied as well is put into its place later, so
    that no graph is too deep.
    """

    def __init__(self) -> None:
        self._twins: dict[int, Any] = {}
        self._kept: list[Any] = []
        self._unfilled: list[Any] = []
        self._keyed: list[tuple[Any, Iterable[Any]]] = []

    def copy(self, old: T) -> T:
        """Copy ``old`` and all that it holds. Raises NotCopyable."""
        # All that comes into being stays: to look for what could be collected would take many times as long.
        was_collecting = gc.isenabled()
        gc.disable()
        try:
            twin = self(old)
            while self._unfilled or self._keyed:
                self._fill()
        finally:
            if was_collecting:
                gc.enable()
        return twin

    def _fill(self) -> None:
        unfilled, fills = self._unfilled, _FILLS
        twin: Any = None
        try:
            while unfilled:
                twin = unfilled.pop()
                fills[type(twin)](self, twin)
        except NotCopyable as error:
            raise NotCopyable(f"{error}, held by {_name(type(twin))}") from None
        if self._keyed:  # what has a hash has all its attributes by now
            container, content = self._keyed.pop()
            container.update(content)

    def __call__(self, old: T) -> T:
        """Return the copy of ``old``, which may still be incomplete while :meth:`copy` is at work. NotCopyable."""
        kind = type(old)
        if kind in _SHARED:
            return old
        twin: T | None = self._twins.get(id(old))
        if twin is None:
            self._kept.append(old)  # nothing else gets its id, should nobody hold it
            twin = _WAYS[kind](self, old)
        return twin

    def taken_over(self, old: T) -> T:
        """Copy an object by its attributes alone, for its own ``copied_by`` to go on from.

        Those in ``_follow`` are copied later, and are not to be touched until then.
        """
        twin: T = _by_attributes(type(old))(self, old)
        return twin

    def remember(self, old: T, twin: T) -> T:
        """Let ``twin`` be the copy of ``old`` from now on: before anything is asked for that may lead back to it."""
        self._twins[id(old)] = twin
        self._kept.append(old)
        return twin


_SHARED: set[type] = {
    NoneType, EllipsisType, bool, int, float, complex, str, bytes, range, type, ModuleType, re.Pattern, np.dtype,
}  # fmt: skip
"""Types of what is never copied; those that turn out to be such are added."""


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _is_plain(things: Iterable[Any]) -> bool:
    """True when all of it is shared."""
    return _SHARED.issuperset(map(type, things))


def _copies(copier: Copier, things: Iterable[Any]) -> list[Any]:
    """The copies of things that somebody holds, in order."""
    shared, get, ways = _SHARED, copier._twins.get, _WAYS
    copies = []
    for thing in things:
        twin = thing if type(thing) in shared else get(id(thing))
        copies.append(ways[type(thing)](copier, thing) if twin is None and thing is not None else twin)
    return copies


# --- Python's own containers ------------------------------------------------------------------------------------------


def _container(copier: Copier, old: Any) -> Any:
    """Begin the copy of a list, deque or set."""
    twin = copier._twins[id(old)] = old.copy()
    if twin and not _is_plain(twin):
        copier._unfilled.append(twin)
    return twin


def _dict(copier: Copier, old: dict[Any, Any]) -> dict[Any, Any]:
    twin = copier._twins[id(old)] = old.copy()
    if twin and not (_is_plain(twin.values()) and _is_plain(twin)):
        copier._unfilled.append(twin)
    return twin


def _fill_list(copier: Copier, twin: list[Any]) -> None:
    twin[:] = _copies(copier, twin)


def _fill_deque(copier: Copier, twin: deque[Any]) -> None:
    items = _copies(copier, twin)
    twin.clear()
    twin.extend(items)


def _fill_set(copier: Copier, twin: set[Any]) -> None:
    copier._keyed.append((twin, _copies(copier, twin)))
    twin.clear()


def _fill_dict(copier: Copier, twin: dict[Any, Any]) -> None:
    if _is_plain(twin):
        twin.update(zip(twin, _copies(copier, twin.values()), strict=True))
    else:
        items = zip(_copies(copier, twin), _copies(copier, twin.values()), strict=True)
        copier._keyed.append((twin, list(items)))
        twin.clear()


def _tuple(copier: Copier, old: tuple[Any, ...]) -> tuple[Any, ...]:
    if _is_plain(old):
        return old
    items = _copies(copier, old)
    if all(map(_is_same, items, old)):
        return old
    kind = type(old)
    twin = tuple(items) if kind is tuple else kind._make(items)  # type: ignore[attr-defined]
    copier._twins[id(old)] = twin
    return twin


def _is_same(one: object, other: object) -> bool:
    return one is other


def _frozenset(copier: Copier, old: frozenset[Any]) -> frozenset[Any]:
    if not _is_plain(old) and not all(map(_is_same, _copies(copier, old), old)):
        raise NotCopyable("a frozenset of what can change")
    return old


def _bytearray(copier: Copier, old: bytearray) -> bytearray:
    twin = copier._twins[id(old)] = old.copy()
    return twin


def _array(copier: Copier, old: NDArray[Any]) -> NDArray[Any]:
    if old.base is not None or old.dtype.hasobject:
        raise NotCopyable("a numpy array that is a view, or holds objects")
    twin = copier._twins[id(old)] = old.copy()
    return twin


# --- what is shared, if it holds nothing ------------------------------------------------------------------------------


def _function(copier: Copier, old: FunctionType) -> FunctionType:
    if old.__closure__:
        raise NotCopyable(f"the function {old.__qualname__}, which holds variables of others")
    return old


def _built_in(copier: Copier, old: BuiltinFunctionType) -> BuiltinFunctionType:
    if not isinstance(old.__self__, ModuleType | type | None):
        raise NotCopyable(f"the bound method {old.__qualname__}")
    return old


def _method(copier: Copier, old: MethodType) -> MethodType:
    raise NotCopyable(f"the bound method {old.__qualname__}")


class _Ways(dict[type, _Way]):
    """How to begin the copy of an object, by its type; those of classes are added as they are met."""

    def __missing__(self, kind: type) -> _Way:
        return _way(kind)


_WAYS = _Ways({
    list: _container, dict: _dict, set: _container, deque: _container, tuple: _tuple, frozenset: _frozenset,
    bytearray: _bytearray, np.ndarray: _array, FunctionType: _function, BuiltinFunctionType: _built_in,
    MethodType: _method,
})  # fmt: skip
_FILLS: dict[type, _Fill] = {list: _fill_list, dict: _fill_dict, set: _fill_set, deque: _fill_deque}
"""How to go on with a copy that holds what its original holds, by its type."""


def _way(kind: type) -> _Way:
    """Find out how objects of a type are copied, and note it."""
    if hasattr(kind, "copied_by"):
        way: _Way = _by_itself
    elif issubclass(kind, tuple) and hasattr(kind, "_make"):
        way = _tuple
    elif hasattr(kind, "_follow"):
        way = _by_attributes(kind)
    elif _is_immutable(kind):
        _SHARED.add(kind)
        way = _as_it_is
    else:
        raise NotCopyable(f"{_name(kind)}, which does not say how it is copied")
    _WAYS[kind] = way
    return way


def _is_immutable(kind: type) -> bool:
    """Whether all objects of a type are for good what they are."""
    return issubclass(kind, Enum | int | float | str | bytes | np.generic | PurePath | type) or is_frozen(kind)


def _as_it_is(copier: Copier, old: Any) -> Any:
    return old


def _by_itself(copier: Copier, old: Any) -> Any:
    return copier.remember(old, old.copied_by(copier))


# --- classes by their attributes --------------------------------------------------------------------------------------

_BY_ATTRIBUTES: dict[type, _Way] = {}


def _by_attributes(kind: type) -> _Way:
    """How objects of a class are copied that says what to follow."""
    way = _BY_ATTRIBUTES.get(kind)
    if way is None:
        shape = _Shape(kind)
        way, _FILLS[kind] = shape.begin, shape.fill
        _BY_ATTRIBUTES[kind] = way
    return way


OFTEN = 100
"""Objects of a class from which on code is written for it: that takes as long as it saves with some hundreds."""


class _Shape:
    """What the objects of a class are made of: ``slots``, a dict if it ``has_dict``, and what is to ``follow``."""

    def __init__(self, kind: type) -> None:
        bases = tuple(reversed(kind.__mro__))
        self._kind = kind
        self._follow = tuple(dict.fromkeys(name for base in bases for name in base.__dict__.get("_follow", ())))
        self._slots = {name: descriptor for base in bases for name, descriptor in _slots(base)}
        self._has_dict = bool(kind.__dictoffset__)
        self._is_list = issubclass(kind, list)
        own: Any = kind.__setattr__
        self._is_open = own is object.__setattr__
        self._make: Any = kind.__new__
        self._begun = 0
        missing = [name for name in self._follow if name not in self._slots]
        if missing and not self._has_dict:
            raise NotCopyable(f"{_name(kind)}, which has no {' nor '.join(missing)} to follow")

    def begin(self, copier: Copier, old: Any) -> Any:
        """Take over all attributes."""
        self._begun += 1
        if self._begun == OFTEN:
            self._write()
        twin = copier._twins[id(old)] = self._make(self._kind)
        if self._has_dict:
            twin.__dict__.update(old.__dict__)
        for name, slot in self._slots.items():
            value = getattr(old, name, _ABSENT)
            if value is not _ABSENT:
                slot.__set__(twin, value)
        if self._is_list:
            twin.extend(old)
        if self._follow or self._is_list:
            copier._unfilled.append(twin)
        return twin

    def fill(self, copier: Copier, twin: Any) -> None:
        """Put copies into the place of what is to follow."""
        for name in self._follow:
            old = getattr(twin, name, None)
            if old is not None and type(old) not in _SHARED:
                new = copier._twins.get(id(old))
                new = _WAYS[type(old)](copier, old) if new is None else new
                if name in self._slots:
                    self._slots[name].__set__(twin, new)
                else:
                    twin.__dict__[name] = new
        if self._is_list:
            _fill_list(copier, twin)

    # --- the same as straight-line code ---------------------------------------------------------------------------

    def _write(self) -> None:
        """Let code that knows the names take the place of :meth:`begin` and :meth:`fill`."""
        lines = ["def way(copier, old):", *self._beginning(), "def fill(copier, twin):", *self._filling()]
        names: dict[str, Any] = {
            "make": self._make, "kind": self._kind, "begin": self.begin, "fill_slowly": self.fill,
            "known_ways": _WAYS, "known_shared": _SHARED, "fill_list": _fill_list,
        }  # fmt: skip
        names |= {f"put_{number}": slot.__set__ for number, slot in enumerate(self._slots.values())}
        exec("\n".join(lines), names)
        if _WAYS.get(self._kind) == self.begin:  # else it copies itself, and asks for this
            _WAYS[self._kind] = names["way"]
        _BY_ATTRIBUTES[self._kind], _FILLS[self._kind] = names["way"], names["fill"]

    def _beginning(self) -> Iterator[str]:
        yield " twin = make(kind)"
        if self._has_dict:
            yield " twin.__dict__ = old.__dict__.copy()" if self._is_open else " twin.__dict__.update(old.__dict__)"
        if self._slots:
            yield " try:"
            yield from (f"  {self._put(name, f'old.{name}')}" for name in self._slots)
            yield " except AttributeError:"
            yield "  return begin(copier, old)"
        yield " copier._twins[id(old)] = twin"
        if self._is_list:
            yield " twin.extend(old)"
        if self._is_list or self._follow:
            yield " copier._unfilled.append(twin)"
        yield " return twin"

    def _put(self, name: str, value: str) -> str:
        """The statement that sets an attribute of the twin, or writes to its dict."""
        if self._is_open:
            return f"twin.{name} = {value}"
        if name in self._slots:
            return f"put_{list(self._slots).index(name)}(twin, {value})"
        return f"twin.__dict__[{name!r}] = {value}"

    def _filling(self) -> Iterator[str]:
        if self._follow:
            yield " get, ways, shared = copier._twins.get, known_ways, known_shared"
            yield " try:"
            yield from (f"  old_{number} = twin.{name}" for number, name in enumerate(self._follow))
            yield " except AttributeError:"
            yield "  return fill_slowly(copier, twin)"
        for number, name in enumerate(self._follow):
            old = f"old_{number}"
            yield f" if {old} is not None and type({old}) not in shared:"
            yield f"  new = get(id({old}))"
            yield f"  {self._put(name, f'ways[type({old})](copier, {old}) if new is None else new')}"
        if self._is_list:
            yield " fill_list(copier, twin)"
        yield " return"


_ABSENT = object()
"""Stands for an attribute that an object does not have yet."""


def _slots(base: type) -> Iterable[tuple[str, Any]]:
    names = base.__dict__.get("__slots__", ())
    for name in (names,) if isinstance(names, str) else names:
        if name not in ("__dict__", "__weakref__"):
            if name.startswith("__") and not name.endswith("__"):
                name = f"_{base.__name__.lstrip('_')}{name}"
            yield name, base.__dict__[name]
