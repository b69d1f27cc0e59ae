"""Mappings asked for where the stack is, or may come to be: it gives way, and grows over none (Linux's rules)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernel.calls import EEXIST, Call, Process, load, raw, store
from tests.kernel.puppet import play
from vm.abi import CALL_NUMBERS, STACK_TOP, Signal
from vm.memory.strategies import STRATEGIES

FIXED, NO_REPLACE = 0x32, 0x10_0022
PAGE = 4096
GUARD = 256 * PAGE


def named(name: str, *arguments: int) -> Call:
    return raw(CALL_NUMBERS[name], *arguments)


def mapped(start: int, pages: int, flags: int = FIXED) -> Call:
    return named("mmap2", start, pages * PAGE, 3, flags, -1, 0)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize(("below", "pages"), [(4096, 4096), (2, 2), (2, 1), (1, 1), (600, 2), (600, 599)])
def test_a_fixed_mapping_over_the_stack(below: int, pages: int, strategy: str, tmp_path: Path) -> None:
    """All of its range, its top, its bottom, and room it has not grown into."""
    start = STACK_TOP - below * PAGE

    def guest() -> Process:
        assert (yield mapped(start, pages)) == start
        assert (yield load(start)) == 0
        yield store(start + pages * PAGE - 4, 7)
        assert (yield load(start + pages * PAGE - 4)) == 7
        assert (yield named("munmap", start, pages * PAGE)) == 0
        assert (yield mapped(start, pages)) == start

    assert play(tmp_path, guest, fork=strategy).finished.status == 0


def test_what_is_left_of_a_stack_grows_on(tmp_path: Path) -> None:
    def guest() -> Process:
        yield store(STACK_TOP - 20 * PAGE, 5)
        assert (yield mapped(STACK_TOP - 10 * PAGE, 10)) > 0
        yield store(STACK_TOP - 40 * PAGE, 6)
        assert (yield load(STACK_TOP - 20 * PAGE)) == 5
        assert (yield load(STACK_TOP - 10 * PAGE)) == 0

    assert play(tmp_path, guest).finished.status == 0


@pytest.mark.parametrize("moves", [False, True])
@pytest.mark.parametrize(("distance", "survives"), [(GUARD, True), (GUARD - PAGE, False)])
def test_a_stack_keeps_its_distance_from_a_neighbour(
    distance: int, survives: bool, moves: bool, tmp_path: Path
) -> None:
    """It grows no nearer to it than its guard, whether the neighbour was mapped there or moved."""
    place = STACK_TOP - 600 * PAGE

    def guest() -> Process:
        if moves:
            assert (yield mapped(0x6000_0000, 2)) == 0x6000_0000
            yield store(0x6000_0000, 9)
            assert (yield named("mremap", 0x6000_0000, PAGE, 2 * PAGE, 3, place - 2 * PAGE)) == place - 2 * PAGE
            assert (yield load(place - 2 * PAGE)) == 9
        else:
            assert (yield mapped(place - 2 * PAGE, 2, NO_REPLACE)) == place - 2 * PAGE
        yield store(place - 4, 8)
        yield store(place + distance, 7)
        assert (yield load(place - 4)) == 8

    assert play(tmp_path, guest).finished.status == (0 if survives else 128 + Signal.SIGSEGV)


def test_a_mapping_that_may_not_replace_anything(tmp_path: Path) -> None:
    def guest() -> Process:
        assert (yield mapped(STACK_TOP - PAGE, 1, NO_REPLACE)) == -EEXIST
        assert (yield mapped(STACK_TOP - 600 * PAGE, 600, NO_REPLACE)) == -EEXIST

    assert play(tmp_path, guest).finished.status == 0


def test_a_stack_that_is_moved_away(tmp_path: Path) -> None:
    def guest() -> Process:
        yield store(STACK_TOP - PAGE, 7)
        assert (yield named("mremap", STACK_TOP - PAGE, PAGE, 3 * PAGE, 3, 0x6000_0000)) == 0x6000_0000
        assert (yield load(0x6000_0000)) == 7
        yield store(0x6000_2000, 8)
        assert (yield mapped(STACK_TOP - PAGE, 1, NO_REPLACE)) == STACK_TOP - PAGE

    assert play(tmp_path, guest).finished.status == 0
