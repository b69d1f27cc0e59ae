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
from collections.abc import Callable, Iterable
from enum import Enum
from operator import attrgetter
from pathlib import PurePath
from types import BuiltinFunctionType, EllipsisType, FunctionType, MethodType, ModuleType, NoneType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from vm.values import is_frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

T = TypeVar("T")
_Fill = Callable[["Copier", Any, Any], None]
_Way = Callable[["Copier", Any], Any]


class NotCopyable(TypeError):
    """Something that a copy would have to share can change; the text names its type and who holds it. It is a bug."""


class Copier:
    """One copy of a graph: whatever is asked for twice is copied once, so that the copy has the same shape."""

    def __init__(self) -> None:
        self._twins: dict[int, Any] = {}
        self._kept: list[Any] = []
        self._unfilled: list[tuple[_Fill, Any, Any]] = []
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
        while self._unfilled:
            fill, old, twin = self._unfilled.pop()
            try:
                fill(self, old, twin)
            except NotCopyable as error:
                raise NotCopyable(f"{error}, held by {_name(type(old))}") from None
        if self._keyed:  # what has a hash has all its attributes by now
            container, content = self._keyed.pop()
            container.update(content)

    def __call__(self, old: T) -> T:
        """Return the copy of ``old``, which may still be empty while :meth:`copy` is at work. Raises NotCopyable."""
        kind = type(old)
        if kind in _SHARED:
            return old
        twin: T | None = self._twins.get(id(old))
        if twin is not None:
            return twin
        made: T = (_WAYS.get(kind) or _way(kind))(self, old)
        return made

    def taken_over(self, old: T) -> T:
        """Copy an object by its attributes alone, for its own ``copied_by`` to go on from.

        Those in ``_follow`` are copied later, and are not to be touched until then.
        """
        twin: T = _by_attributes(type(old))(self, old)
        return twin

    def remember(self, old: T, twin: T) -> T:
        """Let ``twin`` be the copy of ``old`` from now on: before anything is asked for that may lead back to it."""
        self._twins[id(old)] = twin
        self._kept.append(old)  # so that nothing else gets its id
        return twin

    def _later(self, fill: _Fill, old: Any, twin: T) -> T:
        self._unfilled.append((fill, old, twin))
        self.remember(old, twin)
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


# --- Python's own containers ------------------------------------------------------------------------------------------


def _list(copier: Copier, old: list[Any]) -> list[Any]:
    if _is_plain(old):
        return copier.remember(old, old.copy())
    return copier._later(_fill_list, old, [])


def _fill_list(copier: Copier, old: Iterable[Any], twin: Any) -> None:
    twin.extend([copier(item) for item in old])


def _deque(copier: Copier, old: deque[Any]) -> deque[Any]:
    if _is_plain(old):
        return copier.remember(old, old.copy())
    return copier._later(_fill_list, old, deque(maxlen=old.maxlen))


def _dict(copier: Copier, old: dict[Any, Any]) -> dict[Any, Any]:
    if not _is_plain(old):
        return copier._later(_fill_keyed, old, {})
    if _is_plain(old.values()):
        return copier.remember(old, old.copy())
    return copier._later(_fill_dict, old, {})


def _fill_dict(copier: Copier, old: dict[Any, Any], twin: dict[Any, Any]) -> None:
    for key, value in old.items():
        twin[key] = copier(value)


def _fill_keyed(copier: Copier, old: dict[Any, Any], twin: dict[Any, Any]) -> None:
    copier._keyed.append((twin, [(copier(key), copier(value)) for key, value in old.items()]))


def _set(copier: Copier, old: set[Any]) -> set[Any]:
    if _is_plain(old):
        return copier.remember(old, old.copy())
    return copier._later(_fill_set, old, set())


def _fill_set(copier: Copier, old: set[Any], twin: set[Any]) -> None:
    copier._keyed.append((twin, [copier(item) for item in old]))


def _tuple(copier: Copier, old: tuple[Any, ...]) -> tuple[Any, ...]:
    if _is_plain(old):
        return old
    items = [copier(item) for item in old]
    if all(map(_is_same, items, old)):
        return old
    kind = type(old)
    return copier.remember(old, tuple(items) if kind is tuple else kind._make(items))  # type: ignore[attr-defined]


def _is_same(one: object, other: object) -> bool:
    return one is other


def _frozenset(copier: Copier, old: frozenset[Any]) -> frozenset[Any]:
    if not _is_plain(old) and not all(copier(item) is item for item in old):
        raise NotCopyable("a frozenset of what can change")
    return old


def _bytearray(copier: Copier, old: bytearray) -> bytearray:
    return copier.remember(old, bytearray(old))


def _array(copier: Copier, old: NDArray[Any]) -> NDArray[Any]:
    if old.base is not None or old.dtype.hasobject:
        raise NotCopyable("a numpy array that is a view, or holds objects")
    return copier.remember(old, old.copy())


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


_WAYS: dict[type, _Way] = {
    list: _list, dict: _dict, set: _set, deque: _deque, tuple: _tuple, frozenset: _frozenset, bytearray: _bytearray,
    np.ndarray: _array, FunctionType: _function, BuiltinFunctionType: _built_in,
    MethodType: _method,
}  # fmt: skip
"""How to begin the copy of an object, by its type; those of classes are added as they are met."""


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
        way = _BY_ATTRIBUTES[kind] = _new_way(kind)
    return way


def _new_way(kind: type) -> _Way:
    follow = tuple(dict.fromkeys(name for base in reversed(kind.__mro__) for name in base.__dict__.get("_follow", ())))
    descriptors = {name: descriptor for base in reversed(kind.__mro__) for name, descriptor in _slots(base)}
    setters = tuple(descriptor.__set__ for descriptor in descriptors.values())
    take = _taker(tuple(descriptors))
    has_dict = bool(kind.__dictoffset__)
    followed = tuple((name, descriptors[name].__set__) for name in follow if name in descriptors)
    others = tuple(name for name in follow if name not in descriptors)
    if others and not has_dict:
        raise NotCopyable(f"{_name(kind)}, which has no {' nor '.join(others)} to follow")
    is_list = issubclass(kind, list)
    new: Any = kind.__new__

    def fill(copier: Copier, old: Any, twin: Any) -> None:
        for name, put in followed:
            value = getattr(twin, name, None)
            if type(value) not in _SHARED:
                put(twin, copier(value))
        if others:
            attributes = twin.__dict__
            for name in others:
                value = attributes.get(name)
                if type(value) not in _SHARED:
                    attributes[name] = copier(value)
        if is_list:
            _fill_list(copier, old, twin)

    def way(copier: Copier, old: Any) -> Any:
        twin = new(kind)
        if has_dict:
            twin.__dict__.update(old.__dict__)
        for put, value in zip(setters, take(old), strict=True):
            if value is not _UNSET:
                put(twin, value)
        return copier._later(fill, old, twin)

    return way


_UNSET = object()
"""Stands for an attribute that an object does not have yet."""


def _slots(base: type) -> Iterable[tuple[str, Any]]:
    names = base.__dict__.get("__slots__", ())
    for name in (names,) if isinstance(names, str) else names:
        if name not in ("__dict__", "__weakref__"):
            if name.startswith("__") and not name.endswith("__"):
                name = f"_{base.__name__.lstrip('_')}{name}"
            yield name, base.__dict__[name]


def _taker(names: tuple[str, ...]) -> Callable[[Any], Iterable[Any]]:
    """What gives all attributes of these names at once, _UNSET for one that is not there."""
    if not names:
        return lambda old: ()
    get = attrgetter(*names) if len(names) > 1 else lambda old: (getattr(old, names[0]),)

    def take(old: Any) -> Iterable[Any]:
        try:
            return get(old)
        except AttributeError:
            return tuple(getattr(old, name, _UNSET) for name in names)

    return take
