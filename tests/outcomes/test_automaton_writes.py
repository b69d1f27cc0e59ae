"""What an order writes, as a partial order of texts: silent steps leave what they hold apart."""

from __future__ import annotations

import pytest

from tests.outcomes.building import Building, Fork, Wait, Write, order_of
from vm.outcomes import writes
from vm.outcomes.automaton import Outputs
from vm.outcomes.orders import Order, Written
from vm.outcomes.posets import Poset
from vm.outcomes.rests import TooLarge
from vm.outcomes.shapes import Shapes
from vm.outcomes.writes import streams_of, writes_of

TERMINAL = ("terminal",)


def texts(labels: tuple[tuple[bytes, ...], ...]) -> bytes:
    return b"".join(text for label in labels for text in label)


def parts(order: Order) -> list[tuple[bytes, tuple[int, ...]]]:
    return [(texts(labels), below) for labels, below in writes_of(order, TERMINAL).parts]


def test_a_wait_holds_apart_what_stands_around_it() -> None:
    assert parts(order_of(["s", Fork(["c", "d"]), "a", Wait(), "b"])) == [
        (b"s", (0,)),
        (b"acd", (0, 0, 0b010)),
        (b"b", (0,)),
    ]


def test_what_does_not_hang_on_the_run_is_equal() -> None:
    """The same order, found in runs where the child or the parent was first."""
    found = []
    for is_child_first in (True, False):
        building = Building()
        child = building.fork((1,))
        for thread in ((1,), child)[:: -1 if is_child_first else 1]:
            building.write(thread, f"{thread}")
        found.append(writes_of(building.order(), TERMINAL))
    assert found[0].parts == found[1].parts
    assert found[0].steps == ((3, 2),)
    assert found[1].steps == ((2, 3),)


def test_empty_texts_are_no_events_and_those_of_one_step_are_one() -> None:
    building = Building()
    building.write((1,), "")
    building.step((1,), "writev", written=[Written("output", b"a"), Written("errors", b"e"), Written("output", b"b")])
    order = building.order()
    assert streams_of([order]) == ("output", "errors")
    assert writes_of(order, ("output", "errors")).parts == ((((b"ab", b"e"),), (0,)),)


def test_streams_are_those_of_an_outcome() -> None:
    assert streams_of([]) == streams_of([order_of([])]) == ("terminal",)
    assert streams_of([order_of([Write("errors", "x")]), order_of([Write("output", "x")])]) == ("output", "errors")
    with pytest.raises(ValueError, match="no such stream: tape"):
        streams_of([order_of([Write("tape", "x")])])


def test_a_window_of_events_that_is_too_wide_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long runs in turn need little; what is never in turn needs room for all its pairs."""
    monkeypatch.setattr(writes, "BITS", 1000)
    alone = order_of(["x"] * 100)
    assert len(writes_of(alone, TERMINAL).parts) == 100
    together = Outputs([order_of([Fork(["y"] * 100), *["x"] * 100])])
    for question in (lambda: together.count, lambda: next(iter(together)), lambda: together.ends_of(b"x")):
        with pytest.raises(TooLarge, match=r"at least 1 outcome$"):
            question()


def poset(labels: str, *pairs: str) -> Poset:
    """Events with one letter each; a pair names two that are in order."""
    below = [sum(1 << labels.index(pair[0]) for pair in pairs if pair[1] == letter) for letter in labels]
    return Poset(tuple((letter.lower().encode(),) for letter in labels), tuple(below))


def test_parts_beside_each_other_and_parts_in_series() -> None:
    crossed = poset("abcd", "ac", "ad", "bc", "bd")
    assert crossed.components(0b1111) == [0b1111]
    assert crossed.in_series(0b1111) == [0b0011, 0b1100]
    assert crossed.components(0b0011) == [0b0001, 0b0010]
    knot = poset("abcd", "ac", "bc", "bd")
    assert knot.components(0b1111) == knot.in_series(0b1111) == [0b1111]
    assert list(knot.first_of(0b1110)) == [1]


def test_a_shape_does_not_depend_on_the_numbers_of_events() -> None:
    shapes = Shapes()
    one, other = poset("aAbB", "ab", "aB", "AB"), poset("aABb", "AB", "Ab", "aB")
    assert shapes.of(one, one.all) == shapes.of(other, other.all)
    less = poset("aAbB", "aB", "AB")
    assert shapes.of(less, less.all) != shapes.of(one, one.all)
    assert shapes.of(one, 0b0101) == shapes.of(other, 0b1010)
