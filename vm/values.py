"""Dataclasses that cost little: to declare, which every start of a command pays for, and to make.

The standard library's decorator writes and compiles up to six methods for each class, half a millisecond, most of them
never called. This one takes the fields from it, and writes a method when it is called for the first time; ``__init__``
later still, since most classes make a few objects in a run, which are filled without. A frozen object has its slots
filled directly, in half the time of an ``object.__setattr__`` for each.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, FrozenInstanceError
from functools import partial
from reprlib import recursive_repr
from typing import Any, dataclass_transform


@dataclass_transform(field_specifiers=(dataclasses.field,))
def dataclass(
    kind: Any = None, /, *, repr: bool = True, eq: bool = True, frozen: bool = False, kw_only: bool = False,
    slots: bool = False, weakref_slot: bool = False,
) -> Any:  # fmt: skip
    """Make a class a dataclass, as :func:`dataclasses.dataclass` does with the same keywords.

    There is no ``InitVar``. Subclasses of a frozen one with slots that are dataclasses are made here as well.
    """

    def declare(kind: type) -> type:
        shape = dataclasses.dataclass(
            init=False, repr=False, eq=False, frozen=frozen and not slots, kw_only=kw_only, slots=slots,
            weakref_slot=weakref_slot,
        )  # fmt: skip
        return _equip(shape(kind), vars(kind), repr, eq, frozen)

    return declare if kind is None else declare(kind)


def is_frozen(kind: type) -> bool:
    """True for a frozen dataclass, whoever made it."""
    parameters = getattr(kind, "__dataclass_params__", None)
    return hasattr(kind, _MARK) or (parameters is not None and bool(parameters.frozen))


_MARK = "__frozen__"
"""The attribute of a class that has frozen objects."""


def _equip(made: Any, own: Mapping[str, Any], repr: bool, eq: bool, frozen: bool) -> type:
    """Give a class what it is asked to have beside its fields, but for what is its ``own``; return it."""
    given: dict[str, Any] = {"__init__": _Initializer(made, frozen)}
    if repr:
        given["__repr__"] = _repr
    if eq:
        given["__eq__"] = _Unwritten(made, "__eq__", _write_equality)
    if frozen and "__slots__" in vars(made):
        given |= {"__getstate__": _state, "__setstate__": _restore}
        given |= {_MARK: True, "__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete}
    hashes = own.get("__hash__", MISSING)
    if eq and (hashes is MISSING or (hashes is None and "__eq__" in own)):
        made.__hash__ = _Unwritten(made, "__hash__", _write_hash) if frozen else None
    for name, method in given.items():
        if name not in own:
            setattr(made, name, method)
    return made  # type: ignore[no-any-return]


class _Unwritten:
    """Stands for a method of a class until somebody asks for it, and is then replaced by it."""

    def __init__(self, kind: type, name: str, write: Callable[[Any], Any]) -> None:
        self._kind = kind
        self._name = name
        self._write = write

    def __get__(self, thing: Any, owner: Any = None) -> Any:
        written = self._write(self._kind)
        setattr(self._kind, self._name, written)
        return written if thing is None else written.__get__(thing, owner)


class _Initializer(_Unwritten):
    """Stands for the ``__init__`` of a class, and is it for the first objects."""

    def __init__(self, kind: type, frozen: bool) -> None:
        super().__init__(kind, "__init__", _write_frozen if frozen else _write_plain)
        self._frozen = frozen
        self._made = 0
        self._fields: list[tuple[dataclasses.Field[Any], Callable[[Any, Any], None]]] = []
        self._positions: list[str] = []

    def __get__(self, thing: Any, owner: Any = None) -> Any:
        if self._made >= FEW or not isinstance(thing, self._kind):  # who inspects it has the class or nothing
            return super().__get__(thing, owner)
        self._made += 1
        return partial(self._fill, thing)

    def _fill(self, thing: Any, /, *given: Any, **named: Any) -> None:
        if not self._fields:
            fields = dataclasses.fields(self._kind)
            self._fields = [(each, _setter(self._kind, each.name, self._frozen)) for each in fields]
            self._positions = [each.name for each in fields if each.init and not each.kw_only]
        values = dict(zip(self._positions, given, strict=False))
        fits = len(given) <= len(self._positions) and values.keys().isdisjoint(named)
        values |= named
        for each, put in self._fields:
            if each.init and each.name in values:
                put(thing, values.pop(each.name))
            elif each.default_factory is not MISSING:
                put(thing, each.default_factory())
            elif each.default is not MISSING:
                put(thing, each.default)
            elif each.init:
                fits = False
        if values or not fits:
            super().__get__(thing)(*given, **named)  # raises TypeError, as it would have done
        elif hasattr(self._kind, "__post_init__"):
            thing.__post_init__()


FEW = 8
"""Objects of a class for which it takes less time to fill them than to write its ``__init__``."""


class _Factory:
    """The default of a parameter whose field has a factory."""

    def __repr__(self) -> str:
        return "<factory>"


_FACTORY = _Factory()


def _setter(kind: Any, name: str, frozen: bool) -> Callable[[Any, Any], None]:
    """What sets a field of an object of ``kind``."""
    if frozen and "__slots__" in vars(kind):
        put: Callable[[Any, Any], None] = getattr(kind, name).__set__
        return put
    place = object.__setattr__ if frozen else setattr
    return lambda thing, value: place(thing, name, value)


def _write_plain(kind: Any) -> Any:
    """The ``__init__`` that sets attributes."""
    return _write_init(kind, "    self.{name} = {value}", {})


def _write_frozen(kind: Any) -> Any:
    """The ``__init__`` that fills slots."""
    setters = {f"set_{each.name}": _setter(kind, each.name, True) for each in dataclasses.fields(kind)}
    return _write_init(kind, "    set_{name}(self, {value})", setters)


def _write_init(kind: Any, fill: str, names: dict[str, Any]) -> Any:
    """An ``__init__`` with a parameter for each field, the ones by keyword last."""
    names["FACTORY"] = _FACTORY
    plain, by_keyword, body = ["self"], list[str](), list[str]()
    for each in dataclasses.fields(kind):
        name, value = each.name, each.name
        if each.default_factory is not MISSING:
            names |= {f"make_{name}": each.default_factory, f"default_{name}": _FACTORY}
            value = f"make_{name}() if {name} is FACTORY else {name}" if each.init else f"make_{name}()"
        elif each.default is not MISSING:
            names[f"default_{name}"] = each.default
            value = name if each.init else f"default_{name}"
        elif not each.init:
            continue
        if each.init:
            parameter = f"{name}=default_{name}" if f"default_{name}" in names else name
            (by_keyword if each.kw_only else plain).append(parameter)
        body.append(fill.format(name=name, value=value))
    if hasattr(kind, "__post_init__"):
        body.append("    self.__post_init__()")
    parameters = ", ".join([*plain, *(["*", *by_keyword] if by_keyword else [])])
    written = _written(kind, f"__init__({parameters})", body or ["    pass"], names)
    written.__annotations__ = {each.name: each.type for each in dataclasses.fields(kind) if each.init}
    written.__annotations__["return"] = None
    return written


def _write_equality(kind: Any) -> Any:
    compared = [each.name for each in dataclasses.fields(kind) if each.compare]
    body = [
        "    if other.__class__ is self.__class__:",
        f"        return {_tuple('self', compared)} == {_tuple('other', compared)}",
        "    return NotImplemented",
    ]
    return _written(kind, "__eq__(self, other)", body, {})


def _write_hash(kind: Any) -> Any:
    hashed = [each.name for each in dataclasses.fields(kind) if (each.compare if each.hash is None else each.hash)]
    return _written(kind, "__hash__(self)", [f"    return hash({_tuple('self', hashed)})"], {})


def _tuple(thing: str, names: Sequence[str]) -> str:
    return f"({''.join(f'{thing}.{name}, ' for name in names)})"


def _written(kind: type, head: str, body: Sequence[str], names: dict[str, Any]) -> Any:
    """A method of a class, from its text."""
    exec("\n".join([f"def {head}:", *body]), names)
    written = names[head.partition("(")[0]]
    written.__module__ = kind.__module__
    written.__qualname__ = f"{kind.__qualname__}.{written.__name__}"
    return written


@recursive_repr("...")
def _repr(self: Any) -> str:
    told = [f"{each.name}={getattr(self, each.name)!r}" for each in dataclasses.fields(self) if each.repr]
    return f"{self.__class__.__qualname__}({', '.join(told)})"


def _state(self: Any) -> list[Any]:
    return [getattr(self, each.name) for each in dataclasses.fields(self)]


def _restore(self: Any, state: list[Any]) -> None:
    for each, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)


def _refuse_to_set(self: Any, name: str, value: Any) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: Any, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")
