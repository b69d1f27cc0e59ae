"""What a thread leaves behind when it ends, or executes another program (Linux's kernel/fork.c, mm_release).

It tells of it in the memory that others may be left in, wakes the thread that a vfork has suspended, and gives back its
slot.
"""

from __future__ import annotations

from vm import events
from vm.abi import SI_USER
from vm.kernel.kernel import Kernel
from vm.kernel.process import futex, inheriting, robust
from vm.kernel.process.task import Process, State, Task
from vm.kernel.signals import sending
from vm.kernel.signals.state import SignalInfo
from vm.memory import BadAddress, OutOfMemory


def end_thread(kernel: Kernel, task: Task, code: int) -> None:
    """End one of several threads of a process."""
    process = task.process
    kernel.scheduler.forget(task)
    task.files.leave(task.tid)
    kernel.emit(events.ThreadExited, process.pid, task.tid, code, task.retired)
    leave_memory(kernel, task)
    release_vfork_parent(kernel, task, "exit")
    orphans = _made_by(kernel, task, is_heir=process.threads[0] is task)
    process.threads.remove(task)
    if process.next_taker is task:
        process.next_taker = process.threads[0]
    bequeath(kernel, task)
    for child in orphans:
        tell_of_end(kernel, process, child)
    give_up(kernel, task)


def bequeath(kernel: Kernel, task: Task) -> None:
    """Leave the children that ``task`` has made to the first thread of its process (__WNOTHREAD)."""
    for child in _made_by(kernel, task, is_heir=False):
        child.maker = 0


def _made_by(kernel: Kernel, task: Task, *, is_heir: bool) -> list[Process]:
    """Return the children that ``task`` has made; those too that were left to it, where it is the first thread."""
    makers = (task.tid, 0) if is_heir else (task.tid,)
    children = [kernel.processes[pid] for pid in task.process.children]
    return [child for child in children if child.maker in makers]


def tell_of_end(kernel: Kernel, parent: Process, child: Process) -> None:
    """Send ``child`` the signal that it wants when who has made it ends, a thread of ``parent`` (PR_SET_PDEATHSIG)."""
    if child.death_signal and not child.is_zombie:
        info = SignalInfo.of(child.death_signal, SI_USER, parent.pid, parent.credentials.uid)
        sending.send(kernel, child, info, sender=parent.pid)


def give_up(kernel: Kernel, task: Task) -> None:
    """Let a thread be no more than a number, and free its slot unless that is its process's.

    What it did to semaphores is undone, if it was the last that has that to undo.
    """
    process = task.process
    if task.undoing is not None:
        task.undoing.release(task.pid)
        task.undoing = None
    task.state = State.ZOMBIE
    process.ended += task.retired
    if task.call is not None:
        task.forget_call()
    if task is not process.leader:
        kernel.processes.remove_thread(task)


def leave_memory(kernel: Kernel, task: Task) -> None:
    """Give up the locks on the robust list, and store the 0 that set_tid_address(2) asked for."""
    if task.owes_locks:  # first: a list may have such a lock too, and does not know who waits for it
        inheriting.abandon(kernel, task)
    if task.robust_list:
        robust.give_up_locks(kernel, task)
        task.robust_list = 0
    address, task.clear_tid = task.clear_tid, 0
    if address and (task.memory.users > 1 or len(task.process.threads) > 1):
        try:
            task.memory.write(address, bytes(4))
            futex.wake(kernel, futex.key(task, address, shared=True), 1, midway=True)
        except (BadAddress, OutOfMemory):
            return
        finally:
            kernel.tell_noted()


def release_vfork_parent(kernel: Kernel, task: Task, why: str) -> None:
    """Let the thread go on that a vfork has suspended until ``task`` executes a program or ends."""
    parent, task.vfork_parent = task.vfork_parent, 0
    if parent and kernel.scheduler.is_awaited("vfork", task.tid):
        kernel.emit(events.Resumed, parent, task.pid, why)
        kernel.scheduler.wake("vfork", task.tid)
