"""What came of exploring a program: its classes, what bounds that, and a schedule for any order of steps."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import cached_property
from typing import Protocol

from vm.outcomes.driving import Driver
from vm.outcomes.exploring import Explorer, Limits
from vm.outcomes.history import Trace
from vm.outcomes.known import Classes
from vm.outcomes.orders import Descent, Order
from vm.outcomes.working import Workers
from vm.run import Run
from vm.schedules.schedule import Schedule
from vm.values import dataclass

QUANTUM = 100_000
"""Instructions of a turn while schedules are explored.

Calls, and accesses to shared memory, end one earlier. What has used up a turn goes on where it was: it may wait for a
change of memory that is not known to be shared yet.
"""


class Booter(Protocol):
    """Makes a machine with the program, which is not started; with a quantum of QUANTUM. It can be pickled."""

    def __call__(self, *, record: bool) -> Run:
        """Return a new run. Raises CannotRun, WrongSetting."""


class Exploration:
    """All classes of a program's runs, or those that were found within the limits.

    ``complete``: no limit came first. ``bounds`` say what was not explored in full, though the rule for it was
    followed. ``is_by_states``: not all classes were gone through, but all states. ``runs`` is how often the machine
    ran, ``steps`` how many different steps there are, ``seconds`` the host's time.
    """

    def __init__(self, boot: Booter, explorer: Explorer, *, complete: bool, seconds: float) -> None:
        self._boot = boot
        self._classes: Classes = explorer.classes
        self._numbers: dict[Descent, int] = explorer.numbers
        self._words = explorer.words
        self.complete = complete
        self.is_by_states = bool(explorer.states)
        self.bounds = tuple(sorted(explorer.bounds))
        self.runs = explorer.runs
        self.steps = explorer.classes.steps
        self.seconds = seconds

    @property
    def orders(self) -> tuple[Order, ...]:
        """The classes."""
        return tuple(self._classes)

    @cached_property
    def orders_by_source(self) -> tuple[Order, ...]:
        """The classes with other addresses: those from where the program's own source makes calls.

        Each class is run once more; one that cannot be keeps its addresses.
        """
        from vm.outcomes.sites import Sites  # brings along what reads debugging information

        first = self._boot(record=False).start()
        self._prepare(first)
        sites = Sites(first.kernel.loader)
        traces = []
        for index, order in enumerate(self._classes):
            moves = self._classes.moves(index, range(len(order.steps)))
            traces.append((order, Driver(first.kernel.copy(), moves, site=sites.note).run()))
        shown = sites.shown()
        return tuple([order if trace is None else _shown(order, trace, shown) for order, trace in traces])

    def _prepare(self, run: Run) -> None:
        """Let a run have the numbers, and the points at which it can change threads, that all of them have had."""
        run.number(self._numbers)
        if self._words:
            run.watch_words(self._words)

    def schedule(self, index: int, steps: Sequence[int]) -> Schedule:
        """Return the schedule of a run that makes the steps of order number ``index`` in this order.

        ``steps`` are numbers of steps, all of them, each behind those that its links name. Raises ValueError for
        others.
        """
        return self.replay(index, steps).schedule()

    def replay(self, index: int, steps: Sequence[int], run: Run | None = None) -> Run:
        """Make that run, and return it at its end: in ``run``, if given, which is booted alike and has not started.

        Raises ValueError for steps in an order that cannot be.
        """
        run = run or self._boot(record=True)
        self._prepare(run)
        run.start()
        trace = Driver(run.kernel, self._classes.moves(index, steps)).run()
        if trace is None:
            raise ValueError("these steps cannot be made in this order")
        return run


def _shown(order: Order, trace: Trace, shown: Mapping[int, int]) -> Order:
    """An order with the addresses of a run, in which places of calls have numbers; what is no call has an address.

    The run may have more steps: whoever polls does so once more before that is found out.
    """
    pairs = zip(order.steps, trace.steps, strict=False)
    steps = [replace(step, pc=shown.get(made.pc, made.pc)) for step, made in pairs]
    places = {each.thread: shown.get(each.pc, each.pc) for each in trace.end.stuck}
    stuck = [replace(each, pc=places.get(each.thread, each.pc)) for each in order.end.stuck]
    return Order(tuple(steps), replace(order.end, stuck=tuple(stuck)))


@dataclass(frozen=True, slots=True)
class _Starter:
    """Makes the machine with the program, which is started. It can be pickled."""

    boot: Booter

    def __call__(self) -> Run:
        return self.boot(record=False).start()


def explore(
    boot: Booter, limits: Limits, executor: Executor | None = None,
    progress: Callable[[Explorer], None] | None = None,
) -> Exploration:  # fmt: skip
    """Find every class of the runs of what ``boot`` makes. Raises CannotRun, WrongSetting.

    An ``executor`` makes most of the runs, in other processes or on other computers, where there are many. What is
    found is the same.
    """
    begin = time.monotonic()
    starter = _Starter(boot)
    workers = None if executor is None else Workers(executor, starter, limits.steps)
    explorer = Explorer(starter(), limits, workers)
    try:
        complete = explorer.explore(progress)
    finally:
        if workers is not None:
            workers.close()
    return Exploration(boot, explorer, complete=complete, seconds=time.monotonic() - begin)
