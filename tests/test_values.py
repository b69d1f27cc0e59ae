"""Our dataclasses are what the standard library makes of the same class; all of the product's are such."""

from __future__ import annotations

import ast
import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field, replace
from pathlib import Path
from typing import Any

import pytest

from vm import values

PRODUCT = Path(__file__).parents[1]


def declare(dataclass: Callable[..., Any]) -> list[Any]:
    """Classes of every shape that the product has."""

    @dataclass(frozen=True, slots=True)
    class Base:
        clock: int
        number: int = field(compare=False)

    @dataclass(frozen=True, slots=True)
    class Value(Base):
        name: str
        size: int = 3
        memo: object = field(default=None, repr=False, hash=False)

    @dataclass(slots=True, kw_only=True)
    class Record:
        names: list[str] = field(default_factory=list)
        total: int = field(init=False, default=7)
        made: dict[str, int] = field(init=False, default_factory=dict)
        missing: int = field(init=False)
        first: int

        def __post_init__(self) -> None:
            self.missing = self.first + 1

    @dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
    class Same:
        only: float

    @dataclass(frozen=True, slots=True, repr=False)
    class Own:
        only: float
        kind: int = field(kw_only=True, default=2)

        def __repr__(self) -> str:
            return "own"

        def __hash__(self) -> int:
            return 5

    @dataclass
    class Plain:
        size: int = 1

    @dataclass(frozen=True, slots=True)
    class Empty:
        pass

    return [Value, Record, Same, Own, Plain, Empty]


ARGUMENTS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((1, 2, "a"), {}), ((1, 2), {}), ((1,), {"number": 7, "name": "a", "size": 4}), ((), {"first": 3}),
    ((), {"first": 3, "names": ["a"]}), ((float("nan"),), {}), ((1.5,), {"kind": 4}), ((), {}),
]  # fmt: skip


def behaviour(kind: type) -> list[object]:
    """What can be seen of a class and of the objects that it makes."""
    seen: list[object] = [
        inspect.signature(kind), kind.__match_args__, kind.__hash__ is None,
        [(each.name, each.type) for each in dataclasses.fields(kind)],
    ]  # fmt: skip
    for given, named in ARGUMENTS:
        try:
            thing, other = kind(*given, **named), kind(*given, **named)
        except TypeError as error:
            seen.append(str(error))
            continue
        names = [each.name for each in dataclasses.fields(kind)]
        twin = copy.deepcopy(thing)
        seen += [repr(thing), thing == other, thing == twin, thing != object(), dataclasses.asdict(twin)]
        seen += [[getattr(copy.copy(thing), name) for name in names] == [getattr(thing, name) for name in names]]
        seen += [hash(thing) == hash(other)] if kind.__hash__ else []
        for change in (lambda: setattr(thing, names[0], 9), lambda: delattr(thing, names[0])):  # noqa: B023
            try:
                change()
            except (FrozenInstanceError, IndexError) as error:
                seen.append(str(error))
        seen.append(repr(thing) if names and hasattr(thing, names[0]) else "")
    return seen


def test_a_class_is_what_the_standard_library_makes_of_it() -> None:
    for ours, theirs in zip(declare(values.dataclass), declare(dataclasses.dataclass), strict=True):
        assert [*map(str, behaviour(ours))] == [*map(str, behaviour(theirs))]


@values.dataclass(frozen=True, slots=True)
class Kept:
    """At the top of a module, where pickle finds it."""

    number: int = field(compare=False)
    parts: tuple[object, ...] = ()


def test_a_frozen_object_is_for_good_what_it_is() -> None:
    value = Kept(1, (2, Kept(3)))
    twin = pickle.loads(pickle.dumps(value))
    assert twin == value == replace(value, number=5)
    assert (twin.number, hash(twin)) == (1, hash(value))
    assert values.is_frozen(Kept)
    assert not values.is_frozen(Path)
    with pytest.raises(TypeError, match="Loose is frozen and has no slots"):

        @values.dataclass(frozen=True)
        class Loose: ...


def test_what_nobody_makes_is_not_written() -> None:
    @values.dataclass(slots=True)
    class Idle:
        number: int

    assert not inspect.isfunction(vars(Idle)["__init__"])
    Idle(1)
    assert inspect.isfunction(vars(Idle)["__init__"])


OTHERS = {
    "vm/values.py": "makes ours",
    "vm/settings.py": "public, and extended by dataclasses of whoever likes to",
    "vm/machine.py": "public, and extended by dataclasses of whoever likes to",
    "vm/hazards/damage.py": "remembers what it computed, so has no slots",
}
"""Where the standard library's decorator is used, and why."""


def test_the_product_has_no_others() -> None:
    for path in sorted([*(PRODUCT / "vm").rglob("*.py"), *(PRODUCT / "asm").rglob("*.py")]):
        name = str(path.relative_to(PRODUCT))
        if name in OTHERS or name.startswith(("vm/cpu/", "vm/memory/", "vm/engine/")):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "dataclasses":
                assert "dataclass" not in [alias.name for alias in node.names], name
