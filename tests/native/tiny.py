"""A part of functions that do little, to be compiled for tests in a second."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vm.native.jit import jit, python_entry


class Two(NamedTuple):
    """Two arrays that travel together."""

    words: NDArray[np.uint32]
    table: NDArray[np.int64]


TWO = "NamedTuple((u4[::1], i8[:, ::1]), Two)"


@jit
def double(number: int) -> int:
    """Twice as much."""
    return 2 * number


@python_entry(f"i8({TWO}, i8[::1], Array(u1, 1, 'C', True), i8, b1)")
def mix(pair, counts, data, number, flag):
    """Something of everything that is given; ``counts`` gets a bit of it."""
    counts[0] += number
    return np.int64(pair.words[0]) + pair.table[1, 1] + len(data) + double(number) + (1000 if flag else 0)


@python_entry("void(i8[::1])")
def count(counts):
    """Add one."""
    counts[0] += 1


@python_entry("b1(i8)")
def is_odd(number):
    """True for odd numbers."""
    return number & 1 == 1


@python_entry("i8(i8)")
def same(number):
    """What is given."""
    return number


@python_entry("Tuple((i8, i8))(i8, i8)")
def divide(left, right):
    """Quotient and remainder; no numbers divide by 0."""
    if right == 0:
        raise ZeroDivisionError("nobody divides by nothing")
    return left // right, left % right


@python_entry("i8(i8[::1], i8)")
def item(counts, index):
    """The item at ``index``, which has to be one."""
    if index >= len(counts):
        raise AssertionError("there is no such item")
    return counts[index]


@python_entry("i8(i8[:, ::1], i8)")
def wild(table, row):
    """The first item of a row; nobody looks whether there is one."""
    return table[row, 0]


@python_entry("i8(i8)")
def optional(number, other=None):
    """What is given, or ``other`` where it is called by compiled code."""
    return number if other is None else other
