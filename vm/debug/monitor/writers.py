"""Who has written a word last: in the memory that a process has, and before it was born in that which it was given."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from vm import events
from vm.abi import CALL_NAMES, Protection
from vm.cpu.state import STOP_RETIRED, TOUCHES, WRITES, Context, StopReason
from vm.debug.changes import WriteMemory
from vm.debug.monitor.asking import Question
from vm.debug.monitor.places import STACK_KEPT, at, place_text
from vm.debug.monitor.replaying import replay
from vm.debug.monitor.story import ECALL
from vm.engine.guarding import Guarded, Guarding
from vm.isa import A7
from vm.kernel.kernel import Kernel
from vm.kernel.pausing import Moment, Until
from vm.kernel.process.task import Process
from vm.kernel.stops import Watchpoint
from vm.memory import AddressSpace
from vm.observe.deaths.remains import Standing, standing
from vm.values import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WINDOW = 50_000
"""Guest time before now in which a write is looked for first: a word that is often written was written lately."""
NEVER_ENDS = 1 << 62
_BUDGET = int(StopReason.BUDGET)

Owners = dict[int, tuple[int, int]]
"""Processes whose memory counts, from when up to when, by clock."""


class Lineage:
    """Who made whom, and when each executed a program, in ``kernel`` from now on."""

    def __init__(self, kernel: Kernel) -> None:
        self._births: dict[int, tuple[int, int]] = {}
        self._programs: dict[int, list[int]] = {}
        kernel.events.subscribe(events.Created, self._created)
        kernel.events.subscribe(events.Executed, self._executed)

    def _created(self, event: events.Created) -> None:
        self._births[event.child] = event.pid, event.clock

    def _executed(self, event: events.Executed) -> None:
        self._programs.setdefault(event.pid, []).append(event.clock)

    def owners(self, pid: int) -> Owners:
        """Return whose memory became that of ``pid``."""
        found: Owners = {}
        end = NEVER_ENDS
        while pid not in found:
            program = max([clock for clock in self._programs.get(pid, ()) if clock < end], default=0)
            parent, birth = self._births.get(pid, (0, 0))
            found[pid] = max(birth, program), end
            if not parent or program > birth:
                break
            pid, end = parent, birth
        return found


@dataclass(frozen=True, slots=True)
class Writing:
    """A word was written at guest time ``clock`` by thread ``tid`` of the program ``path``, which stood there.

    ``call`` is the call in which the kernel did it for that, -1 for none; ``is_kernel``: the kernel did.
    """

    clock: int
    tid: int
    path: str
    where: Standing
    is_kernel: bool = False
    call: int = -1

    def text(self, kernel: Kernel) -> str:
        """Say who did it, and where."""
        how = f" in {CALL_NAMES.get(self.call, 'a call')}" if self.call >= 0 else " by the kernel" * self.is_kernel
        return f"at clock {self.clock:,} by {self.tid},{how} at {place_text(at(kernel, self.path, self.where))}"


class WriteListener:
    """Keeps the last write of the word at ``address`` by one of ``owners``, as ``kernel`` goes on from now on.

    Threads run as they would; the engine of these address spaces stops before each write, and goes on with it.
    """

    def __init__(self, kernel: Kernel, owners: Owners, address: int) -> None:
        self.last: Writing | None = None
        self._kernel = kernel
        self._owners = owners
        self._word = address & -4
        self._guarding = Guarding(kernel.engine)
        kernel.events.subscribe(events.Created, lambda event: self._listen_to(event.child))
        kernel.events.subscribe(events.Executed, lambda event: self._listen_to(event.pid))
        for pid in owners:
            self._listen_to(pid)

    def _listen_to(self, pid: int) -> None:
        process = self._kernel.processes.get(pid) or self._kernel.system.program  # which is in no table before it runs
        if pid not in self._owners or process is None or process.pid != pid or process.space is None:
            return
        space = process.space
        if space not in self._kernel.recording:
            ranges = (Watchpoint(self._word, 4, WRITES),)
            self._kernel.recording[space] = _Noting(self._guarding.around(ranges), self._note)
            space.transfer_observer = partial(self._transferred, space)

    def _note(self, space: AddressSpace, retired: int) -> None:
        self._keep(space, self._kernel.clock + retired)

    def _transferred(self, space: AddressSpace, address: int, size: int, access: Protection) -> None:
        running = self._kernel.running
        if access != Protection.WRITE or not self._word - size < address < self._word + 4 or running is None:
            return
        where = standing(running, STACK_KEPT) if running.process.space is not None else None
        if where is not None and running.memory.peek(where.pc, 4) == ECALL:
            self._keep(space, self._kernel.clock - 1, is_kernel=True, call=where.registers[A7])
        else:
            self._keep(space, self._kernel.clock, is_kernel=True)

    def _keep(self, space: AddressSpace, clock: int, *, is_kernel: bool = False, call: int = -1) -> None:
        running = self._kernel.running
        if running is None or running.process.space is None:
            return
        for pid, (begin, end) in self._owners.items():
            process = self._kernel.processes.get(pid)
            if process is not None and process.space is space and begin <= clock < end:
                where = standing(running, STACK_KEPT)
                self.last = Writing(clock, running.tid, running.process.path, where, is_kernel, call)


Noted = Callable[[AddressSpace, int], None]
"""Told before a write: the address space, and the instructions that were retired since the execution began."""


class _Noting:
    """Runs what ``guarded`` runs, and tells ``note`` of each write that it stops before."""

    def __init__(self, guarded: Guarded, note: Noted) -> None:
        self._guarded = guarded
        self._note = note

    def execute(self, context: Context, space: AddressSpace, budget: int, stop: NDArray[np.int64]) -> int:
        """Run a process, as :class:`~vm.engine.protocol.Engine` says."""
        retired, reason = 0, _BUDGET
        while retired < budget:
            if self._guarded.ahead(context, space) is not None:
                self._note(space, retired)
            reason = self._guarded.execute(context, space, budget - retired, stop)
            retired += int(stop[STOP_RETIRED])
            if reason not in (_BUDGET, TOUCHES):
                break
            reason = _BUDGET
        stop[STOP_RETIRED] = retired
        return reason


def last_writing(question: Question, owners: Owners, address: int) -> Writing | None:
    """Return the last write of the word at ``address`` before now by one of ``owners``. Raises Impatient."""
    now, first = question.history.moment.clock, min(begin for begin, _ in owners.values())
    for window in (WINDOW, now):
        begin = max(now - window, first)
        again = replay(question)
        if begin:
            again.advance(Until(clock=begin))
        listener = WriteListener(again.rerun.kernel, owners, address)
        again.advance()
        if listener.last is not None or begin == first:
            return listener.last
    return None


def last_change(question: Question, process: Process, address: int) -> Moment | None:
    """Return when the word at ``address`` was last changed in the debugger, by now, in the memory of ``process``."""
    found = None
    for noted in question.history.changes:
        change = noted.change
        if isinstance(change, WriteMemory) and noted.moment <= question.history.moment:
            other = question.kernel.processes.get(change.pid)
            is_here = change.address < (address & -4) + 4 and (address & -4) < change.address + len(change.data)
            if is_here and other is not None and other.space is process.space:
                found = noted.moment
    return found
