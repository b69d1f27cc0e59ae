"""Locks whose owner the kernel knows (futex(2), "Priority-inheritance futexes").

The word holds the number of the thread that owns the lock, with a bit that says that others wait. Who gives the lock
back gives it to the one that has waited longest. While others wait each of them knows the owner (``lock_owner``),
whatever becomes of the word: a C library marks the locks of a thread that ends before the kernel does.
"""

from __future__ import annotations

from contextlib import suppress

from vm.abi import FUTEX_COMMAND, FUTEX_OWNER_DIED, FUTEX_TID_MASK, FUTEX_WAIT_REQUEUE_PI, FUTEX_WAITERS, Errno
from vm.abi.layout import WORD
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process import futex
from vm.kernel.process.policy import NO_RANK
from vm.kernel.process.task import State, Task
from vm.memory import BadAddress, OutOfMemory

KIND = "owned lock"
"""What :func:`vm.kernel.process.futex.key` tells these words apart by: plain waits on them are others."""
_CHANNELS = (KIND, f"public {KIND}", f"shared {KIND}")
"""What the channels of such words begin with, wherever they lie."""


def demand_other(task: Task, address: int) -> None:
    """SystemCallError(EDEADLK) when ``task`` owns the lock at ``address`` already. Raises BadAddress."""
    if task.memory.read_word(address) & FUTEX_TID_MASK == task.tid:
        raise SystemCallError(Errno.EDEADLK)


def demand_owner(task: Task, address: int) -> None:
    """SystemCallError(EPERM) unless ``task`` owns the lock at ``address``, by its word. Raises BadAddress."""
    if task.memory.read_word(address) & FUTEX_TID_MASK != task.tid:
        raise SystemCallError(Errno.EPERM)


def try_to_take(kernel: Kernel, task: Task, key: futex.Key, address: int) -> bool:
    """Let ``task`` own the lock at ``address`` if nobody does, and nobody waits for it.

    Raises SystemCallError (EINVAL where the word does not name the owner that others wait for), BadAddress.
    """
    demand_other(task, address)
    word = task.memory.read_word(address)
    owner = word & FUTEX_TID_MASK
    waiting = kernel.scheduler.waiting(*key)
    if waiting:
        if owner != waiting[0].lock_owner and (owner or not word & FUTEX_OWNER_DIED):
            raise SystemCallError(Errno.EINVAL)
        return False
    if owner:
        holder = kernel.processes.thread(owner)
        if holder is None or holder.state is State.ZOMBIE:
            raise SystemCallError(Errno.ESRCH)
        return False
    _store(kernel, task, key, address, word & FUTEX_OWNER_DIED)
    return True


def announce_waiter(kernel: Kernel, task: Task, key: futex.Key, address: int) -> None:
    """Let ``task`` know whom it waits for, and the word of the first that waits say so.

    So its owner asks the kernel to give the lock back.
    """
    waiting = kernel.scheduler.waiting(*key)
    if waiting:
        task.lock_owner = waiting[0].lock_owner
    else:
        word = task.memory.read_word(address)
        task.memory.write(address, WORD.pack(word | FUTEX_WAITERS))
        task.lock_owner = word & FUTEX_TID_MASK
        owner = kernel.processes.thread(task.lock_owner)
        if owner is not None:
            owner.owes_locks = True
    if kernel.scheduler.has_policies:
        _lend(kernel, task.lock_owner, task.rank)


def give_back(kernel: Kernel, task: Task, key: futex.Key, address: int) -> None:
    """Let the next one own the lock that ``task`` owns, or nobody.

    Raises SystemCallError(EINVAL) where others know another owner, BadAddress.
    """
    waiting = kernel.scheduler.waiting(*key)
    if waiting and waiting[0].lock_owner != task.tid:
        raise SystemCallError(Errno.EINVAL)
    if not pass_on(kernel, key, 0):
        task.memory.write(address, WORD.pack(0))
    if kernel.scheduler.has_policies:
        kernel.scheduler.lend(task, _highest_of_waiters(kernel, task))


def pass_on(kernel: Kernel, key: futex.Key, died: int) -> bool:
    """Let the next who waits own the lock, with ``died`` in the word; False when nobody waits. Raises BadAddress."""
    chosen = futex.choose(kernel, key, 1, midway=True)
    if not chosen:
        return False
    following = chosen[0]
    address = _address(following)
    following.is_woken = True
    kernel.scheduler.unblock(following, *key)
    for task in kernel.scheduler.waiting(*key):
        task.lock_owner = following.tid
    _store(kernel, following, key, address, FUTEX_WAITERS | died)  # be it the last, as in Linux (wake_futex_pi)
    if kernel.scheduler.has_policies:
        kernel.scheduler.lend(following, _highest_of_waiters(kernel, following))
    return True


def _lend(kernel: Kernel, tid: int, rank: int) -> None:
    """Let the owner ``tid`` run as those of that rank do, who wait for it; so those, too, for whose locks it waits."""
    owner = kernel.processes.thread(tid)
    while owner is not None and owner.rank < rank:
        kernel.scheduler.lend(owner, rank)
        if owner.wait is None or not owner.wait.channels or owner.wait.channels[0][0] not in _CHANNELS:
            return
        owner = kernel.processes.thread(owner.lock_owner)


def _highest_of_waiters(kernel: Kernel, task: Task) -> int:
    """Return the highest rank of those who wait for locks that ``task`` owns."""
    highest = NO_RANK
    for channel in kernel.scheduler.channels:
        if channel[0] in _CHANNELS:
            waiting = kernel.scheduler.waiting(*channel)
            if waiting[0].lock_owner == task.tid:
                highest = max(highest, *[waiter.rank for waiter in waiting])
    return highest


def abandon(kernel: Kernel, task: Task) -> None:
    """``task`` ends: who waits for locks that it owns gets them, and is told so (Linux's exit_pi_state_list)."""
    task.owes_locks = False
    for channel in kernel.scheduler.channels:
        if channel[0] in _CHANNELS:
            with suppress(BadAddress, OutOfMemory):
                if kernel.scheduler.waiting(*channel)[0].lock_owner == task.tid:
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
