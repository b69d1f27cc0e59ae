"""The locks that a thread holds as it ends (set_robust_list(2), Linux's Documentation/locking/robust-futexes.rst).

Their list is in the thread's memory: a head with the first entry, the distance from an entry to its word, and the entry
that was being added or removed. Bit 0 of an entry's address says that the kernel knows the owner of its lock.
"""

from __future__ import annotations

from contextlib import suppress

from vm.abi import FUTEX_OWNER_DIED, FUTEX_TID_MASK, FUTEX_WAITERS, ROBUST_LIST_LIMIT
from vm.abi.layout import WORD
from vm.abi.structures import RobustListHead
from vm.kernel.kernel import Kernel
from vm.kernel.process import futex
from vm.kernel.process.task import Task
from vm.memory import BadAddress, OutOfMemory


def give_up_locks(kernel: Kernel, task: Task) -> None:
    """Mark each lock on the list of ``task`` that it holds, and wake one who waits for it."""
    with suppress(BadAddress, OutOfMemory):
        head = RobustListHead.unpack(task.memory.read(task.robust_list, RobustListHead.SIZE))
        entry, pending = head.list, head.list_op_pending
        for _ in range(ROBUST_LIST_LIMIT):
            if entry & ~1 == task.robust_list:
                break
            following = task.memory.read_word(entry & ~1)
            if entry != pending:
                _give_up(kernel, task, entry, head.futex_offset, is_pending=False)
            entry = following
        if pending:
            _give_up(kernel, task, pending, head.futex_offset, is_pending=True)
    if kernel.takes_notes:
        kernel.tell_noted()


def _give_up(kernel: Kernel, task: Task, entry: int, offset: int, *, is_pending: bool) -> None:
    """Mark the lock of an entry if the thread holds it; BadAddress, also for a word that is none."""
    address = (entry & ~1) + offset & 0xFFFF_FFFF
    if address % 4:
        raise BadAddress(address)
    word, knows_owner = task.memory.read_word(address), bool(entry & 1)
    if is_pending and not knows_owner and not word:
        futex.wake(kernel, futex.key(task, address, shared=True), 1, midway=True)
    if word & FUTEX_TID_MASK != task.tid:
        return
    task.memory.write(address, WORD.pack(word & FUTEX_WAITERS | FUTEX_OWNER_DIED))
    if not knows_owner and word & FUTEX_WAITERS:
        futex.wake(kernel, futex.key(task, address, shared=True), 1, midway=True)
