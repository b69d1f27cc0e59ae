"""Builtins that run machine code: what they take, what they return and raise, and that nothing is left of a call."""

from __future__ import annotations

import gc
import math
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.native.compiling import compile_tiny
from vm.native import packing, placing
from vm.native.builtins import Builtin

LEAST, MOST = -(1 << 63), (1 << 63) - 1


def arguments(module: ModuleType) -> list[Any]:
    """What ``mix`` takes."""
    pair = module.Two(np.array([7, 8], np.uint32), np.arange(6, dtype=np.int64).reshape(2, 3))
    return [pair, np.zeros(3, np.int64), np.frombuffer(b"abc", np.uint8), 5, True]


def test_a_builtin_does_what_its_plain_form_does(tiny: ModuleType) -> None:
    given = arguments(tiny)
    assert tiny.mix(*given) == tiny.mix.__self__.python(*given) == 7 + 4 + 3 + 10 + 1000
    assert given[1].tolist() == [10, 0, 0]
    assert type(tiny.mix) is type(len)
    for left in (-7, 0, 9, LEAST, MOST):
        assert tiny.same(left) == tiny.same.__self__.python(left) == left
        assert tiny.is_odd(left) is tiny.is_odd.__self__.python(left)
        assert tiny.divide(left, -3) == tiny.divide.__self__.python(left, -3)


def test_results_are_python_s_own(tiny: ModuleType) -> None:
    assert tiny.count(np.zeros(1, np.int64)) is None
    assert tiny.is_odd(3) is True
    assert tiny.is_odd(4) is False
    assert type(tiny.same(4)) is int
    pair = tiny.divide(7, 2)
    assert (type(pair), [type(item) for item in pair]) == (tuple, [int, int])


@pytest.mark.parametrize("value", [np.int64(-3), np.uint32(7), np.uint8(0), True, np.array(9), np.int64(LEAST)])
def test_integers_are_whatever_python_takes_for_an_index(tiny: ModuleType, value: Any) -> None:
    assert tiny.same(value) == int(value)


@pytest.mark.parametrize("value", [True, False, 0, 1, 2, 256, -1, 1 << 70, np.True_, np.False_, np.int64(0), None, "x"])
def test_conditions_are_what_python_takes_for_true(tiny: ModuleType, value: Any) -> None:
    *others, _ = arguments(tiny)
    assert tiny.mix(*others, value) == (1024 if value else 24)


class Subclass(np.ndarray):  # type: ignore[type-arg]
    """An array whose class could do anything."""


def read_only() -> Any:
    made = np.zeros(3, np.int64)
    made.flags.writeable = False
    return made


COUNTS: dict[str, Callable[[], Any]] = {
    "of another type": lambda: np.zeros(3, np.uint64),
    "of another size": lambda: np.zeros(3, np.int32),
    "of floats": lambda: np.zeros(3),
    "of objects": lambda: np.array([None]),
    "of another order": lambda: np.zeros(3, np.dtype(np.int64).newbyteorder(">" if sys.byteorder == "little" else "<")),
    "of no dimension": lambda: np.array(3, np.int64),
    "of two dimensions": lambda: np.zeros((2, 2), np.int64),
    "with gaps": lambda: np.zeros(6, np.int64)[::2],
    "backwards": lambda: np.zeros(6, np.int64)[::-1],
    "unaligned": lambda: np.frombuffer(bytearray(25), np.uint8)[1:].view(np.int64),
    "read-only": read_only,
    "a subclass": lambda: np.zeros(3, np.int64).view(Subclass),
    "a map": lambda: np.memmap("/proc/self/exe", np.int64, "c", shape=3),
    "a list": lambda: [1, 2, 3],
    "bytes": lambda: bytearray(24),
    "nothing": lambda: None,
    "a class": lambda: np.ndarray,
}


@pytest.mark.parametrize("kind", COUNTS)
def test_another_array_is_refused(tiny: ModuleType, kind: str) -> None:
    expected = "tests.native.tiny.mix: argument 2 has to be an array of int64, 1-dimensional, C-contiguous"
    given = arguments(tiny)
    given[1] = COUNTS[kind]()
    with pytest.raises(TypeError) as caught:
        tiny.mix(*given)
    assert str(caught.value) == f"{expected}, that can be written"


def test_arrays_of_any_native_order_and_shape_are_taken(tiny: ModuleType) -> None:
    for counts in (
        np.zeros(3, np.dtype(np.int64).newbyteorder("=" if sys.byteorder != "little" else "<")),
        np.zeros((3, 5), np.int64)[1],
        np.zeros((3, 1), np.int64)[2:, 0],
    ):
        tiny.count(counts)
        assert counts[0] == 1
    empty = arguments(tiny)
    empty[2] = np.zeros(0, np.uint8)
    assert tiny.mix(*empty) == 1021


PAIRS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a list": (list, "argument 1 has to be a tuple of 2"),
    "an array": (lambda pair: pair.words, "argument 1 has to be a tuple of 2"),
    "nothing": (lambda _: None, "argument 1 has to be a tuple of 2"),
    "too short": (lambda pair: pair[:1], "argument 1 has to be a tuple of 2"),
    "too long": (lambda pair: (*pair, 1), "argument 1 has to be a tuple of 2"),
    "empty": (lambda _: (), "argument 1 has to be a tuple of 2"),
    "the other way round": (lambda pair: pair[::-1], "argument 1[0] has to be an array of uint32, 1-dimensional"),
    "another second": (
        lambda pair: (pair[0], pair[1].T), "argument 1[1] has to be an array of int64, 2-dimensional, C-contiguous",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", PAIRS)
def test_another_tuple_is_refused(tiny: ModuleType, kind: str) -> None:
    pair, *others = arguments(tiny)
    assert tiny.mix(tuple(pair), *others) == 1024
    change, expected = PAIRS[kind]
    with pytest.raises(TypeError, match="mix: ") as caught:
        tiny.mix(change(pair), *others)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    "value",
    [1 << 63, LEAST - 1, 1 << 200, np.uint64(1 << 63), 1.0, np.float64(1), math.nan, None, "1", b"1", [], np.zeros(2)],
)
def test_what_is_no_integer_of_64_bits_is_refused(tiny: ModuleType, value: Any) -> None:
    with pytest.raises(TypeError) as caught:
        tiny.same(value)
    assert str(caught.value) == "tests.native.tiny.same: argument 1 has to be an integer of 64 bits"


class Interrupting:
    """What is interrupted while it says which number it is."""

    def __index__(self) -> int:
        raise KeyboardInterrupt

    def __bool__(self) -> bool:
        raise KeyboardInterrupt


def test_an_interrupt_inside_of_an_argument_arrives(tiny: ModuleType) -> None:
    with pytest.raises(KeyboardInterrupt):
        tiny.same(Interrupting())
    with pytest.raises(KeyboardInterrupt):
        tiny.mix(*arguments(tiny)[:-1], Interrupting())


class Resizing:
    """A number that takes an array's memory away while it says which it is."""

    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array

    def __index__(self) -> int:
        self.array.resize(0, refcheck=False)
        return 1

    def __bool__(self) -> bool:
        return bool(self.__index__())


def test_an_array_is_taken_as_the_other_arguments_leave_it(tiny: ModuleType) -> None:
    pair, counts, _, number, flag = arguments(tiny)
    for given in ((Resizing, flag), (number, Resizing)):
        data = np.zeros(1 << 24, np.uint8)  # so much that the host takes it back at once
        last = [kind(data) if kind is Resizing else kind for kind in given]
        assert tiny.mix(pair, counts, data, *last) < 1 << 20
        assert len(data) == 0


def test_the_number_of_arguments_is_checked(tiny: ModuleType) -> None:
    given = arguments(tiny)
    for some in (given[:-1], [*given, 1], []):
        with pytest.raises(TypeError, match="mix takes 5 arguments, none of them by keyword"):
            tiny.mix(*some)
    with pytest.raises(TypeError, match="none of them by keyword"):
        tiny.mix(*given[:-1], flag=True)
    with pytest.raises(TypeError, match="optional takes 1 arguments"):
        tiny.optional(1, 2)
    assert tiny.optional(1) == tiny.optional(*[1]) == 1


# --- exceptions -------------------------------------------------------------------------------------------------------


def test_exceptions_arrive_as_themselves(tiny: ModuleType) -> None:
    with pytest.raises(ZeroDivisionError, match=r"^nobody divides by nothing$"):
        tiny.divide(1, 0)
    with pytest.raises(AssertionError, match=r"^there is no such item$"):
        tiny.item(np.zeros(3, np.int64), 3)
    assert tiny.item(np.arange(3), 2) == 2


def test_with_bounds_checks_an_overrun_raises(tiny: ModuleType) -> None:
    """In code of its own: what is kept without checks is never taken for it."""
    loaded = placing.place(packing.pack(compile_tiny(NUMBA_BOUNDSCHECK="1")))
    wild = Builtin("wild", "", tiny.wild.__self__)
    wild.enter_at(loaded.python("tests.native.tiny.wild"))
    table = np.arange(6, dtype=np.int64).reshape(2, 3)
    assert wild.function(table, 1) == 3
    for row in (2, 1 << 40, -3):
        with pytest.raises(IndexError):
            wild.function(table, row)


# --- nothing is left of a call ----------------------------------------------------------------------------------------

CALLS = 100_000


def spend(call: Callable[[], Any], calls: int = CALLS) -> int:
    """How many blocks of memory more there are after many calls than before them."""
    call()
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(calls):
        call()
    gc.collect()
    return sys.getallocatedblocks() - before


def failing(function: Callable[..., Any], *given: Any) -> Callable[[], Any]:
    def call() -> None:
        try:
            function(*given)
        except (TypeError, ZeroDivisionError, AssertionError):
            return
        raise RuntimeError("it was to fail")

    return call


def test_no_call_keeps_anything(tiny: ModuleType) -> None:
    given = arguments(tiny)
    big, odd = 1 << 62, np.uint32(77)
    wrong = [given[0], np.zeros(3), *given[2:]]
    calls = {
        "mix": lambda: tiny.mix(*given), "same": lambda: tiny.same(big), "index": lambda: tiny.same(odd),
        "nothing": lambda: tiny.count(given[1]), "truth": lambda: tiny.is_odd(3), "pair": lambda: tiny.divide(big, 99),
        "wrong array": failing(tiny.mix, *wrong), "wrong number": failing(tiny.same, 1.5), "few": failing(tiny.mix),
    }  # fmt: skip
    raising = failing(tiny.divide, 1, 0)
    watched = [*given[:3], *given[0], big, odd, None, True]
    counts = list(map(sys.getrefcount, watched))
    assert {name: grown for name, call in calls.items() if (grown := spend(call)) > CALLS // 100} == {}
    assert spend(raising, 2000) < 200
    grown = [now - count for now, count in zip(map(sys.getrefcount, watched), counts, strict=True)]
    assert grown[:-2] == [0] * (len(watched) - 2)
    assert max(map(abs, grown)) < CALLS // 10, "others use None and True as well"
