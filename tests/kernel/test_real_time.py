"""Sleeping takes no time, or in real time as long as it says: on a clock of the test's own."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.kernel.guest import boot
from vm.abi import Signal
from vm.kernel import host
from vm.kernel import ports as console
from vm.records import Result
from vm.run import Run

SLEEPS = """
_start: la      a2, time
        li      a0, 1
        li      a1, 0
        li      a3, 0
        sys     clock_nanosleep_time64
        sys     exit
        .data
        .balign 8
time:   .quad   {seconds}, 250000000
"""
SECOND = 1_000_000_000


class Clock:
    """The host's time, which passes only while somebody sleeps. ``meanwhile`` is called at each sleep."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0
        self.sleeps = 0
        self.meanwhile: Any = lambda: None
        monotonic = lambda: self.now / SECOND  # noqa: E731
        monkeypatch.setattr(console, "time", SimpleNamespace(monotonic=monotonic))
        fake = SimpleNamespace(sleep=self.sleep, monotonic_ns=lambda: self.now, monotonic=monotonic)
        monkeypatch.setattr(host, "time", fake)

    def sleep(self, seconds: float) -> None:
        assert 0 < seconds <= host.SLICE
        self.sleeps += 1
        assert self.sleeps < 1000
        self.now += int(seconds * SECOND) + 1  # never less than was asked for
        self.meanwhile()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def booted(folder: Path, whole: int, **settings: Any) -> Run:
    return boot(folder, SLEEPS.format(seconds=whole), **settings)


def test_sleeping_takes_no_time(clock: Clock, tmp_path: Path) -> None:
    run = booted(tmp_path, 1)
    assert (run.finish().status, clock.sleeps) == (0, 0)
    assert run.kernel.clock > 1.25 * SECOND


def test_in_real_time_it_lasts(clock: Clock, tmp_path: Path) -> None:
    run = booted(tmp_path, 1, real_time=True)
    assert run.finish().status == 0
    assert abs(clock.now - 1.25 * SECOND) < 1000
    assert clock.sleeps in (25, 26)
    assert 0 <= run.kernel.clock - 1.25 * SECOND < 100


def test_what_is_computed_is_the_same(clock: Clock, tmp_path: Path) -> None:
    def told(result: Result) -> Any:
        return result.status, result.output, result.retired, result.events, result.processes

    assert told(booted(tmp_path, 1, real_time=True).finish()) == told(booted(tmp_path, 1).finish())


def test_a_key_ends_the_longest_sleep(clock: Clock, tmp_path: Path) -> None:
    run = booted(tmp_path, 1 << 31, real_time=True)
    clock.meanwhile = lambda: clock.sleeps == 3 and run.kernel.signal_from_terminal(Signal.SIGINT)
    assert run.finish().signal == Signal.SIGINT
    assert clock.sleeps == 3


def test_an_interrupt_of_python_goes_through(clock: Clock, tmp_path: Path) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    clock.meanwhile = interrupt
    with pytest.raises(KeyboardInterrupt):
        booted(tmp_path, 5, real_time=True).finish()


def test_the_time_limit_holds(clock: Clock, tmp_path: Path) -> None:
    result = booted(tmp_path, 1000, real_time=True, seconds=0.12).finish()
    assert (result.status, result.message) == (124, "the time limit of 0.12 s was reached")
    assert clock.sleeps == 3
