"""What the creations, execs and ends of a whole run cost together, and how much memory was shared in the course of it.

Nothing is estimated: the sums are those of the machine's own accounts, and sharing is read from the page tables after
each creation, exec and exit, between which it can only decrease (but for shared mappings, and for code that is shared
anyway).
"""

from __future__ import annotations

from dataclasses import field

from vm import events
from vm.events import Event
from vm.kernel.kernel import Kernel
from vm.memory.resident import resident
from vm.values import dataclass


@dataclass(slots=True)
class Totals:
    """Sums over a run; pages of 4096 bytes.

    At the calls: ``creations``, ``execs``, ``copied`` pages, ``tables`` allocated, roots included, ``tables_shared``
    as a whole, ``entries`` written for children, ``protected`` entries of parents. Later: ``faults`` that met something
    shared, ``late_pages`` copied and ``kept_pages`` taken over by their last user, likewise tables; ``by_parents`` of
    those faults. ``in_vain``: pages copied and not accessed before they were given up. ``call_ns``: the host's time in
    the creations.
    """

    creations: int = 0
    execs: int = 0
    copied: int = 0
    tables: int = 0
    tables_shared: int = 0
    entries: int = 0
    protected: int = 0
    faults: int = 0
    by_parents: int = 0
    late_pages: int = 0
    kept_pages: int = 0
    late_tables: int = 0
    kept_tables: int = 0
    in_vain: int = 0
    call_ns: int = field(default=0, compare=False)

    def add(self, event: Event) -> None:
        """Count what an event tells of costs, if it is one that does."""
        if isinstance(event, events.Created):
            self._add_creation(event.costs)
        elif isinstance(event, events.Executed):
            self.execs += 1
        elif isinstance(event, events.Deferred):
            self.faults += event.faults
            self.by_parents += event.faults if event.pid != event.child else 0
            self.late_pages += event.pages
            self.kept_pages += event.pages_kept
            self.late_tables += event.tables
            self.kept_tables += event.tables_kept
        elif isinstance(event, events.SpaceEnded):
            self.in_vain += event.in_vain

    def _add_creation(self, costs: events.Costs) -> None:
        self.creations += 1
        self.copied += costs.copied
        self.tables += costs.tables
        self.tables_shared += costs.tables_shared
        self.entries += costs.entries
        self.protected += costs.protected
        self.call_ns += costs.host_ns


@dataclass(frozen=True, slots=True)
class Sample:
    """The pages of all processes together after a creation, exec or exit, by whether one of them alone has them.

    A page that several spaces map counts once for each.
    """

    clock: int
    private: int
    shared: int


class TotalsObserver:
    """Adds up the accounts of a kernel that has not run yet.

    ``totals`` are the sums so far; ``timeline`` has a sample for each creation, exec and exit, the first
    :data:`MOST_SAMPLES` of them; ``most_shared`` is the greatest number of shared pages in any of them.
    ``threads`` counts those made beside the first of each process. ``ends`` keeps how the address space of each process
    ended, by pid.
    """

    MOST_SAMPLES = 10_000

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self.totals = Totals()
        self.threads = 0
        self.timeline: list[Sample] = []
        self.most_shared = 0
        self.ends: dict[int, events.SpaceEnded] = {}
        stream = kernel.events
        stream.subscribe(events.Created, self._created)
        stream.subscribe(events.ThreadCreated, self._thread_created)
        stream.subscribe(events.Executed, self._executed)
        stream.subscribe(events.Deferred, self.totals.add)
        stream.subscribe(events.SpaceEnded, self._ended)
        stream.subscribe(events.Discarded, self._discarded)

    def _created(self, event: events.Created) -> None:
        self.totals.add(event)
        self._look(event.clock)

    def _thread_created(self, event: events.ThreadCreated) -> None:
        self.threads += 1

    def _executed(self, event: events.Executed) -> None:
        self.totals.add(event)
        self._look(event.clock)

    def _ended(self, event: events.SpaceEnded) -> None:
        self.totals.add(event)
        self.ends[event.pid] = event

    def _discarded(self, event: events.Discarded) -> None:
        self._look(event.clock)

    def _look(self, clock: int) -> None:
        spaces = {id(each.space): each.space for each in self._kernel.processes if each.space is not None}
        found = [resident(space) for space in spaces.values()]
        sample = Sample(clock, sum(each.private for each in found), sum(each.shared for each in found))
        self.most_shared = max(self.most_shared, sample.shared)
        if len(self.timeline) < self.MOST_SAMPLES:
            self.timeline.append(sample)
