"""An experiment run in the machine: its program is written, run, counted and timed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import perf_counter_ns
from typing import Any

from vm import events
from vm.laboratory import guest
from vm.laboratory.experiment import Counts, Experiment, ExperimentFailed, Measurement, Spread
from vm.machine import Machine
from vm.run import Run


class Stopwatch:
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
def boot_in_machine(experiment: Experiment) -> Iterator[tuple[Run, Stopwatch]]:
    """A machine with the program of one experiment, and what times it; there is one round more than it asks for."""
    from asm import Source, assemble

    with tempfile.TemporaryDirectory(prefix="forklore-") as folder:
        Path(folder, "measured.s").write_text(guest.source(replace(experiment, rounds=experiment.rounds + 1)))
        child = Path(folder, "child")
        child.write_bytes(assemble([Source("child.s", guest.CHILD_PROGRAM)]).image)
        child.chmod(0o755)
        strategy: Any = experiment.method if experiment.call == "fork" else "copy"
        machine = Machine(root=folder, memory=experiment.memory, processes=4096, fork=strategy)
        run = machine.boot("measured", keep=False).start()
        yield run, Stopwatch(run, experiment)


def run_in_machine(experiment: Experiment) -> Measurement:
    """Run one experiment on a machine of its own. The first round, which fills caches, is not counted."""
    with boot_in_machine(experiment) as (run, stopwatch):
        result = run.finish()
    if result.status or len(stopwatch.rounds) != experiment.rounds + 1:
        raise ExperimentFailed(f"{experiment}: {result.message or f'exit status {result.status}'}")
    calls, rounds = tuple(stopwatch.calls[experiment.children :]), tuple(stopwatch.rounds[1:])
    return Measurement(experiment, "machine", stopwatch.counts, Spread.of(calls), Spread.of(rounds), calls, rounds)
