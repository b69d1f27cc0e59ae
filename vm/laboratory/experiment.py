"""An experiment and what comes out of it: a program of some size creates children in some way; counted and timed."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import field, replace
from typing import get_args

from vm.abi import PAGE_SIZE
from vm.settings import LARGEST_MEMORY, StrategyName
from vm.values import dataclass

HEADROOM = 4 << 20
"""Bytes of physical memory for everything but the measured heap and its copies."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """What to measure.

    ``size``: resident bytes of the parent's heap; ``written``: per cent of its pages that a child of action "write"
    writes; ``children``: alive at once; ``depth``: each child creates the next one down to so many generations.
    """

    method: str
    size: int
    action: str = "exit"
    written: int = 100
    children: int = 1
    depth: int = 1
    rounds: int = 5

    @property
    def call(self) -> str:
        """The system call: fork, vfork or spawn."""
        return "fork" if self.method in get_args(StrategyName) else self.method

    @property
    def memory(self) -> int:
        """Bytes of physical memory that suffice: promises count, whatever the strategy defers."""
        copies = self.children * self.depth if self.call == "fork" else 0
        need = (1 + copies) * (self.size + (self.size >> 9) + (256 << 10)) + HEADROOM
        return (need + PAGE_SIZE - 1) & -PAGE_SIZE

    @property
    def is_possible(self) -> bool:
        """False when it needs more memory than a machine can have, or a vfork child would have siblings."""
        return self.memory <= LARGEST_MEMORY


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and quartiles of times in nanoseconds."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, times: Sequence[float]) -> Spread:
        """Of one or more times."""
        if len(times) == 1:
            return cls(times[0], times[0], times[0])
        low, median, high = statistics.quantiles(times, n=4, method="inclusive")
        return cls(median, low, high)


@dataclass(frozen=True, slots=True)
class Counts:
    """Exact counts of one creation, the last one of the run: at the call, and what it deferred until it was over.

    At the call: pages shared and copied, frames and page tables allocated (the root included), entries written for the
    child, the parent's entries protected, page tables shared as a whole. Later: pages and tables that were copied when
    somebody wrote, and the faults of the parent and of the child that met something shared, whether it was copied then
    or taken over by its last user. ``in_vain``: pages that were copied for the child, and not used before its exec or
    exit; ``child_peak``, ``child_private`` and ``child_shared``: its resident pages at most and then.
    """

    shared_pages: int = 0
    copied_pages: int = 0
    frames: int = 0
    tables: int = 0
    entries: int = 0
    protected: int = 0
    shared_tables: int = 0
    late_pages: int = 0
    late_tables: int = 0
    parent_faults: int = 0
    child_faults: int = 0
    in_vain: int = 0
    child_peak: int = 0
    child_private: int = 0
    child_shared: int = 0


@dataclass(frozen=True, slots=True)
class Measurement:
    """What came out. ``call``: time of the creation itself; ``round``: from there until all children are collected."""

    experiment: Experiment
    where: str
    counts: Counts | None
    call: Spread
    round: Spread
    calls_ns: tuple[float, ...] = field(repr=False, default=())
    rounds_ns: tuple[float, ...] = field(repr=False, default=())

    def merged(self, other: Measurement) -> Measurement:
        """Both runs of one experiment together."""
        assert self.counts == other.counts, f"{self.experiment} is not counted alike: {self.counts}, {other.counts}"
        calls, rounds = self.calls_ns + other.calls_ns, self.rounds_ns + other.rounds_ns
        return replace(self, call=Spread.of(calls), round=Spread.of(rounds), calls_ns=calls, rounds_ns=rounds)


class ExperimentFailed(Exception):
    """The measured program did not do what it should; the text says how it ended."""
