"""Runs that are made elsewhere, on other cores or computers: moves go there in batches, traces come back.

Who makes runs boots the machine once. What is told in one batch is complete, so that any worker can make any.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import field, replace
from operator import attrgetter
from typing import Any, NamedTuple

from vm.many.worker import TURN, NotHere, Parcel
from vm.outcomes.driving import Driver, Move
from vm.outcomes.history import Made, Pending, Trace
from vm.outcomes.orders import Descent, Written
from vm.run import Run
from vm.values import dataclass

BATCH = 8
"""Runs that are asked for at once."""
MOST_FAILED = 3
"""Batches of which nothing came back, one after the other, before no more are sent out."""

Booter = Callable[[], Run]
"""Makes the machine with the program, which is started. It can be pickled."""
_Moves = tuple[tuple[Descent, tuple[object, ...]], ...]
_Packed = tuple[Any, ...]
"""A trace as plain tuples, () for a run that cannot be made."""
_Results = list[_Packed | None]
"""What came of a batch; None for a run that has to be made by who has asked for it."""


@dataclass(frozen=True, slots=True)
class Task:
    """A batch of runs of the machine that ``booter`` makes, with the numbers and the words that all runs have.

    Each run has ``steps`` at most, and all of them take ``seconds`` at most.
    """

    booter: Parcel
    plan: Mapping[Descent, int]
    words: frozenset[int]
    steps: int
    seconds: float | None
    batch: tuple[_Moves, ...]


# --- where runs are made -------------------------------------------------------------------------------------------


class _Machine:
    """A machine that has not executed anything yet, of which copies are run."""

    def __init__(self, boot: Booter) -> None:
        self.first = boot()
        self.first.log_accesses()
        self.plan: dict[Descent, int] = {}
        self.words: frozenset[int] = frozenset()

    def prepare(self, task: Task) -> None:
        """Let all runs have these numbers, and watch these words."""
        more = {descent: number for descent, number in task.plan.items() if descent not in self.plan}
        made = self.first.numbers
        self.first.number({descent: number for descent, number in more.items() if made.get(descent) != number})
        self.plan.update(more)
        if task.words != self.words:
            self.first.watch_words(task.words)
            self.words = task.words

    def run(self, moves: _Moves, task: Task) -> _Packed | None:
        """Make a run; None where somebody in it has no number yet, or another one."""
        kernel = self.first.kernel.copy()
        kernel.host.allow(task.seconds)
        trace = Driver(kernel, tuple([Move(*move) for move in moves]), task.steps).run()
        plan = task.plan
        if any(plan.get(descent) != number for descent, number in kernel.processes.numbers.made.items()):
            return None
        return () if trace is None else _packed(trace)


_machines: dict[str, _Machine] = {}
"""The machine that was asked for last."""


def make(task: Task) -> _Results | None:
    """Make a batch of runs; None where the machine is not known and nothing says how to make it."""
    with TURN:
        machine = _machines.get(task.booter.key)
        if machine is None or not machine.plan.items() <= task.plan.items():
            try:
                boot: Booter = task.booter.open()
            except NotHere:
                return None
            _machines.clear()
            machine = _machines[task.booter.key] = _Machine(boot)
        machine.prepare(task)
        return [machine.run(moves, task) for moves in task.batch]


_values = attrgetter(*Trace.__slots__)
_values_of_step = attrgetter(*Made.__slots__)
_PENDING, _WRITTEN = Trace.__slots__.index("pending"), Made.__slots__.index("written")


def _packed(trace: Trace) -> _Packed:
    steps = []
    for made in trace.steps:
        step = [*_values_of_step(made)]
        step[_WRITTEN] = [(each.stream, each.data) for each in made.written]
        steps.append(step)
    _, *values = _values(trace)
    values[_PENDING - 1] = [(each.thread, each.rivals) for each in trace.pending]
    return steps, *values


def _unpacked(packed: _Packed) -> Trace:
    steps, *values = packed
    for step in steps:
        step[_WRITTEN] = tuple([Written(*each) for each in step[_WRITTEN]])
    values[_PENDING - 1] = [Pending(*each) for each in values[_PENDING - 1]]
    return Trace([Made(*step) for step in steps], *values)


# --- where they are asked for ----------------------------------------------------------------------------------------


class Came(NamedTuple):
    """What came of a run: its trace, None where its moves cannot be made."""

    trace: Trace | None


@dataclass(slots=True, eq=False)
class _Batch:
    """Runs that are asked for together: the moves of each, and what came of them once that is known."""

    moves: list[_Moves] = field(default_factory=list)
    task: Task | None = None
    future: Future[_Results | None] | None = None
    results: _Results | None = None


class Job(NamedTuple):
    """A run that was asked for: the ``place``-th of a batch."""

    batch: _Batch
    place: int


class Workers:
    """Whoever makes runs for an ``executor``, of the machine that ``booter`` makes, with so many ``steps`` at most.

    What does not come back has to be made by who has asked. The runs have numbers by ``plan``, watch ``words``, and
    are of no use after ``end`` on the host's clock (time.monotonic). Nothing is sent out before the first worker is
    ready. Raises what pickle does when ``booter`` cannot be sent.
    """

    def __init__(self, executor: Executor, booter: Booter, steps: int) -> None:
        self._executor = executor
        self._booter = Parcel.of(booter)
        self._steps = steps
        self.plan: Mapping[Descent, int] = {}
        self.words: frozenset[int] = frozenset()
        self.end: float | None = None
        self._ready: Future[_Results | None] | None = None
        self._open = _Batch()
        self._sent: list[Future[_Results | None]] = []
        self._failed = 0

    def want(self, moves: tuple[Move, ...]) -> Job | None:
        """Ask for a run with these moves. None when it has to be made here, since nobody is ready."""
        if not self._is_ready():
            return None
        batch = self._open
        batch.moves.append(tuple([(move.thread, move.answers) for move in moves]))
        if len(batch.moves) >= BATCH:
            self._send(batch)
        return Job(batch, len(batch.moves) - 1)

    def result(self, job: Job) -> Came | None:
        """Wait for what has come of a run; None when it has to be made here, or the time is over."""
        batch = job.batch
        if batch is self._open:
            self._send(batch)
        if batch.future is not None:
            self._receive(batch, batch.future)
        packed = None if batch.results is None else batch.results[job.place]
        return None if packed is None else Came(_unpacked(packed) if packed else None)

    def close(self) -> None:
        """Take back what was asked for and has not begun."""
        for future in self._sent:
            future.cancel()

    def _is_ready(self) -> bool:
        if self._failed >= MOST_FAILED:
            return False
        if self._ready is None:
            self._ready = self._submit(self._task(()))
        return self._ready is not None and self._ready.done()

    def _task(self, batch: Sequence[_Moves]) -> Task:
        seconds = None if self.end is None else self.end - time.monotonic()
        booter = self._booter.mark if batch else self._booter
        return Task(booter, dict(self.plan), self.words, self._steps, seconds, tuple(batch))

    def _send(self, batch: _Batch) -> None:
        self._open = _Batch()
        batch.task = self._task(batch.moves)
        batch.future = self._submit(batch.task)

    def _submit(self, task: Task) -> Future[_Results | None] | None:
        self._sent = [future for future in self._sent if not future.done()]
        try:
            future = self._executor.submit(make, task)
        except RuntimeError:  # it is broken, or was shut down
            self._failed = MOST_FAILED
            return None
        self._sent.append(future)
        return future

    def _receive(self, batch: _Batch, future: Future[_Results | None]) -> None:
        """Wait for a batch; one whose worker does not know the machine is sent once more."""
        batch.future = None
        try:
            batch.results = future.result(self._left())
            if batch.results is None and batch.task is not None:
                again = self._submit(replace(batch.task, booter=self._booter))
                batch.results = None if again is None else again.result(self._left())
            self._failed = 0
        except Exception:  # whatever has happened to a worker, or an executor: the runs are made by who has asked
            self._failed += 1

    def _left(self) -> float | None:
        return None if self.end is None else max(self.end - time.monotonic(), 0)
