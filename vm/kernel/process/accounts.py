"""What creating a process cost later on: the accounts of forks that put work off, told as events.

Each address space has one open account, that of the last fork it took part in, on either side. It is closed when the
space takes part in the next one, and when it ends.
"""

from __future__ import annotations

from vm import events
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Process, Task
from vm.memory import AddressSpace, tables


def open_for(kernel: Kernel, parent: Task, child: Task) -> None:
    """From now on what either side does late goes to the account of this creation."""
    close(kernel, parent.memory, parent.pid)
    parent.memory.creation = child.memory.creation = child.pid


def close(kernel: Kernel, space: AddressSpace, pid: int) -> None:
    """Report what the last fork that the space of ``pid`` took part in had put off, if that was anything."""
    done = space.settle()
    if done and space.creation:
        kernel.emit(events.Deferred, pid, space.creation, *done)


def leave_space(kernel: Kernel, process: Process, space: AddressSpace, why: str) -> int | None:
    """``process`` leaves its address space; the pages copied in vain if it was the last, which ends it."""
    before = space.tally.tolist()
    in_vain = space.release()
    if in_vain is not None:
        close(kernel, space, process.pid)
        private = int(space.tally[tables.FREED]) - before[tables.FREED]
        peak, shared = before[tables.PEAK], before[tables.RESIDENT] - private
        kernel.emit(events.SpaceEnded, process.pid, why, peak, private, shared, in_vain)
    return in_vain
