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

from vm import Machine, values

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

    @dataclass(frozen=True, kw_only=True)
    class Loose:
        first: int
        others: tuple[str, ...] = field(default_factory=tuple)

    return [Value, Record, Same, Own, Plain, Empty, Loose]


ARGUMENTS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((1, 2, "a"), {}), ((1, 2), {}), ((1,), {"number": 7, "name": "a", "size": 4}), ((), {"first": 3}),
    ((), {"first": 3, "names": ["a"]}), ((2.5,), {}), ((1.5,), {"kind": 4}), ((), {}),
]  # fmt: skip


def outcome(kind: type, given: tuple[Any, ...], named: dict[str, Any]) -> str:
    try:
        return repr(kind(*given, **named))
    except TypeError as error:
        return str(error)


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
    """Of its first objects, and of those after them."""
    for ours, theirs in zip(declare(values.dataclass), declare(dataclasses.dataclass), strict=True):
        expected = [*map(str, behaviour(theirs))]
        assert [*map(str, behaviour(ours))] == expected
        assert inspect.isfunction(vars(ours)["__init__"])
        assert [*map(str, behaviour(ours))] == expected
    for given, named in ARGUMENTS:
        for first, theirs in zip(declare(values.dataclass), declare(dataclasses.dataclass), strict=True):
            assert outcome(first, given, named) == outcome(theirs, given, named)


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


def test_what_few_are_made_of_is_not_written() -> None:
    @values.dataclass(slots=True)
    class Rare:
        number: int

    assert [Rare(number).number for number in range(values.FEW)] == [*range(values.FEW)]
    assert not inspect.isfunction(vars(Rare)["__init__"])
    assert Rare(99) == Rare(99)
    assert inspect.isfunction(vars(Rare)["__init__"])


def test_threads_may_make_one_too_many_before_it_is_written() -> None:
    @values.dataclass
    class Rare:
        number: int

    vars(Rare)["__init__"]._made = values.FEW + 1
    assert Rare(3).number == 3
    assert inspect.isfunction(vars(Rare)["__init__"])


def test_a_machine_is_extended_as_any_dataclass() -> None:
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Course(Machine):
        name: str

    course = Course(name="first", quantum=7)
    assert (course.name, course.quantum, course.fork) == ("first", 7, "copy")
    assert replace(course, quantum=8) != course


def test_the_product_has_no_others() -> None:
    for path in sorted([*(PRODUCT / "vm").rglob("*.py"), *(PRODUCT / "asm").rglob("*.py")]):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "dataclasses":
                assert "dataclass" not in [alias.name for alias in node.names], path
