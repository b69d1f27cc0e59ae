"""Locks whose owner the kernel knows (futex(2), "Priority-inheritance futexes").

The word holds the number of the thread that owns the lock, with a bit that says that others wait. Who gives the lock
back gives it to the one that has waited longest.
"""

from __future__ import annotations

from contextlib import suppress

from vm.abi import FUTEX_COMMAND, FUTEX_OWNER_DIED, FUTEX_TID_MASK, FUTEX_WAIT_REQUEUE_PI, FUTEX_WAITERS, Errno
from vm.abi.layout import WORD
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process import futex
from vm.kernel.process.task import State, Task
from vm.memory import BadAddress, OutOfMemory

KIND = "lock"
"""What :func:`vm.kernel.process.futex.key` tells these words apart by: plain waits on them are others."""


def demand_other(task: Task, address: int) -> None:
    """SystemCallError(EDEADLK) when ``task`` owns the lock at ``address`` already. Raises BadAddress."""
    if task.memory.read_word(address) & FUTEX_TID_MASK == task.tid:
        raise SystemCallError(Errno.EDEADLK)


def demand_owner(task: Task, address: int) -> None:
    """SystemCallError(EPERM) unless ``task`` owns the lock at ``address``. Raises BadAddress."""
    if task.memory.read_word(address) & FUTEX_TID_MASK != task.tid:
        raise SystemCallError(Errno.EPERM)


def try_to_take(kernel: Kernel, task: Task, key: futex.Key, address: int) -> bool:
    """Let ``task`` own the lock at ``address`` if nobody does. Raises SystemCallError(EDEADLK, ESRCH), BadAddress."""
    demand_other(task, address)
    word = task.memory.read_word(address)
    owner = word & FUTEX_TID_MASK
    if owner:
        holder = kernel.processes.thread(owner)
        if holder is None or holder.state is State.ZOMBIE:
            raise SystemCallError(Errno.ESRCH)
        return False
    _store(kernel, task, key, address, word & FUTEX_OWNER_DIED)
    return True


def announce_waiter(kernel: Kernel, task: Task, address: int) -> None:
    """Note in the word that ``task`` waits, so that its owner asks the kernel to give the lock back."""
    word = task.memory.read_word(address)
    task.memory.write(address, WORD.pack(word | FUTEX_WAITERS))
    owner = kernel.processes.thread(word & FUTEX_TID_MASK)
    if owner is not None:
        owner.owes_locks = True


def give_back(kernel: Kernel, task: Task, key: futex.Key, address: int) -> None:
    """Let the next one own the lock that ``task`` owns, or nobody. Raises BadAddress."""
    if not pass_on(kernel, key, 0):
        task.memory.write(address, WORD.pack(0))


def pass_on(kernel: Kernel, key: futex.Key, died: int) -> bool:
    """Let the next who waits own the lock, with ``died`` in the word; False when nobody waits. Raises BadAddress."""
    chosen = futex.choose(kernel, key, 1, midway=True)
    if not chosen:
        return False
    following = chosen[0]
    address = _address(following)
    following.is_woken = True
    kernel.scheduler.unblock(following, *key)
    _store(kernel, following, key, address, FUTEX_WAITERS | died)  # be it the last, as in Linux (wake_futex_pi)
    return True


def abandon(kernel: Kernel, task: Task) -> None:
    """``task`` ends: who waits for locks that it owns gets them, and is told so (Linux's exit_pi_state_list)."""
    task.owes_locks = False
    for channel in kernel.scheduler.channels:
        if str(channel[0]).endswith(KIND):
            waiter = kernel.scheduler.waiting(*channel)[0]
            with suppress(BadAddress, OutOfMemory):
                if waiter.memory.read_word(_address(waiter)) & FUTEX_TID_MASK == task.tid:
                    pass_on(kernel, channel, FUTEX_OWNER_DIED)


def _store(kernel: Kernel, task: Task, key: futex.Key, address: int, bits: int) -> None:
    """Store in the word that ``task`` owns the lock: with ``bits``, and whether others wait."""
    others = FUTEX_WAITERS if kernel.scheduler.is_awaited(*key) else 0
    task.memory.write(address, WORD.pack(task.tid | others | bits))
    task.owes_locks = task.owes_locks or bool(others)


def _address(task: Task) -> int:
    """Return where the lock is that a blocked thread waits for: the second word of a wait that was moved to it."""
    assert task.call is not None
    _, arguments = task.call
    return arguments[4] if arguments[1] & FUTEX_COMMAND == FUTEX_WAIT_REQUEUE_PI else arguments[0]
