"""Frozen values that fill their slots directly are what dataclasses make of them."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest

from vm.values import quick_value


@dataclass(frozen=True, slots=True)
class Base:
    clock: int
    number: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Slow(Base):
    name: str
    size: int = 3


@quick_value
@dataclass(frozen=True, slots=True)
class Quick(Base):
    name: str
    size: int = 3


def test_a_quick_value_is_as_a_slow_one() -> None:
    slow, value = Slow(1, 2, "a"), Quick(1, 2, "a")
    assert str(value) == str(slow).replace("Slow", "Quick")
    assert [*map(str, inspect.signature(Quick).parameters)] == [*map(str, inspect.signature(Slow).parameters)]
    assert value == Quick(1, number=7, name="a", size=3)
    assert hash(value) == hash(slow)
    assert value != Quick(1, 2, "a", 4)
    assert replace(value, size=5) == Quick(1, 2, "a", 5)
    assert pickle.loads(pickle.dumps(value)) == value == copy.deepcopy(value)
    with pytest.raises(FrozenInstanceError):
        value.size = 4  # type: ignore[misc]
    with pytest.raises(TypeError, match=r"Quick\.__init__\(\) missing 1 required positional argument: 'name'"):
        Quick(1, 2)  # type: ignore[call-arg]


def test_a_field_with_a_factory_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Bag\.things is no plain field"):

        @quick_value
        @dataclass(frozen=True, slots=True)
        class Bag:
            things: list[int] = field(default_factory=list)
