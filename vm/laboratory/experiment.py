"""One experiment: a program of a given size creates children in a given way; counted and timed."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter_ns
from typing import Any, get_args

from vm import events
from vm.abi import PAGE_SIZE
from vm.machine import Machine, Run
from vm.settings import LARGEST_MEMORY, StrategyName

ACTIONS = ("exit", "exec", "write", "shell")
"""What a child does: exit at once, exec a program that does, write some of its pages, or exec `/bin/sh -c :`."""

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

    @property
    def late_faults(self) -> int:
        """Faults of both sides."""
        return self.parent_faults + self.child_faults


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


class Watch:
    """Collects what the first process's creations cost, and when its rounds began and ended.

    ``calls`` and ``rounds``: nanoseconds of each creation, and of each round until its children are collected.
    """

    def __init__(self, run: Run, experiment: Experiment) -> None:
        self._first = run.program.pid
        self._children = experiment.children
        self._reaped = 0
        self._began = 0
        self._last: events.Created | None = None
        self._late: list[events.Deferred] = []
        self._end: events.SpaceEnded | None = None
        self.calls: list[float] = []
        self.rounds: list[float] = []
        run.kernel.events.subscribe(events.Created, self._created)
        run.kernel.events.subscribe(events.Deferred, self._deferred)
        run.kernel.events.subscribe(events.SpaceEnded, self._ended)
        run.kernel.events.subscribe(events.Reaped, self._collected)

    def _created(self, event: events.Created) -> None:
        if event.pid != self._first:
            return
        if self._reaped == 0 and len(self.calls) == len(self.rounds) * self._children:
            self._began = perf_counter_ns() - event.costs.host_ns
        self.calls.append(event.costs.host_ns)
        self._last, self._end = event, None
        self._late.clear()

    def _deferred(self, event: events.Deferred) -> None:
        if self._last is not None and event.child == self._last.child:
            self._late.append(event)

    def _ended(self, event: events.SpaceEnded) -> None:
        if self._last is not None and event.pid == self._last.child and self._end is None:
            self._end = event

    def _collected(self, event: events.Reaped) -> None:
        if event.pid == self._first:
            self._reaped += 1
            if self._reaped == self._children:
                self._reaped = 0
                self.rounds.append(perf_counter_ns() - self._began)

    @property
    def counts(self) -> Counts:
        """Of the last creation, when the run is over."""
        assert self._last is not None
        costs, end, late = self._last.costs, self._end, self._late
        return Counts(
            costs.shared, costs.copied, costs.frames, costs.tables, costs.entries, costs.protected, costs.tables_shared,
            late_pages=sum(event.pages for event in late),
            late_tables=sum(event.tables for event in late),
            parent_faults=sum(event.faults for event in late if event.pid != event.child),
            child_faults=sum(event.faults for event in late if event.pid == event.child),
            in_vain=end.in_vain if end else 0,
            child_peak=end.peak if end else 0,
            child_private=end.private if end else 0,
            child_shared=end.shared if end else 0,
        )  # fmt: skip


@contextmanager
def boot_in_machine(experiment: Experiment) -> Iterator[tuple[Run, Watch]]:
    """A machine with the program of one experiment, and what watches it; there is one round more than it asks for."""
    from asm import Source, assemble
    from vm.laboratory.guest import CHILD_PROGRAM, source

    with tempfile.TemporaryDirectory(prefix="forklore-") as folder:
        Path(folder, "measured.s").write_text(source(replace(experiment, rounds=experiment.rounds + 1)))
        child = Path(folder, "child")
        child.write_bytes(assemble([Source("child.s", CHILD_PROGRAM)]).image)
        child.chmod(0o755)
        strategy: Any = experiment.method if experiment.call == "fork" else "copy"
        machine = Machine(root=folder, memory=experiment.memory, processes=4096, fork=strategy)
        run = machine.boot("measured", keep=False)
        yield run, Watch(run, experiment)


def run_in_machine(experiment: Experiment) -> Measurement:
    """Run one experiment on a machine of its own. The first round, which fills caches, is not counted."""
    with boot_in_machine(experiment) as (run, watch):
        result = run.finish()
    if result.status or len(watch.rounds) != experiment.rounds + 1:
        raise ExperimentFailed(f"{experiment}: {result.message or f'exit status {result.status}'}")
    calls, rounds = tuple(watch.calls[experiment.children :]), tuple(watch.rounds[1:])
    return Measurement(experiment, "machine", watch.counts, Spread.of(calls), Spread.of(rounds), calls, rounds)
