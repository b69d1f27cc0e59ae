"""Waiting on words of memory (futex(2), futex(7)): keys, and waking those who wait on one.

Waiters are awoken in the order in which they began to wait; ``is_woken`` tells a waiter that its wait has ended so.
"""

from __future__ import annotations

from vm.abi import FUTEX_COMMAND, FUTEX_WAIT_BITSET, PAGE_SHIFT, PAGE_SIZE
from vm.cpu.sv32 import PPN_SHIFT
from vm.kernel.choice import ChoiceKind
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task

Key = tuple[object, ...]
"""A scheduler's channel that stands for a word: by its address in one space, or by where it lies in shared memory."""


def private_key(task: Task, address: int) -> Key:
    """Return the word at ``address`` of this address space alone."""
    return ("futex", task.memory.root, address)


def key(task: Task, address: int, *, shared: bool) -> Key:
    """Return the word at ``address``; ``shared``: also for processes that share it at another address.

    Raises BadAddress.
    """
    space = task.memory
    space.read_word(address)
    segment = space.find(address)
    if not shared or segment is None or not segment.shared:
        return private_key(task, address)
    frame = space.entry(address) >> PPN_SHIFT
    return ("shared futex", frame << PAGE_SHIFT | address & (PAGE_SIZE - 1))


def wake(kernel: Kernel, key: Key, count: int, bits: int = 0xFFFF_FFFF, *, midway: bool = False) -> int:
    """Wake at most ``count`` of those who wait on ``key`` with one of these bits; how many there were.

    ``midway`` as of :meth:`Kernel.decide`.
    """
    waiting = [task for task in kernel.scheduler.waiting(*key) if task.call is not None and bits_of(task) & bits]
    chosen = waiting[:count] if count >= len(waiting) else []
    while len(chosen) < min(count, len(waiting)):
        others = [task for task in waiting if task not in chosen]
        chosen.append(others[kernel.decide(ChoiceKind.WAITER, tuple([task.pid for task in others]), midway=midway)])
    for task in chosen:
        task.is_woken = True
        kernel.scheduler.unblock(task, *key)
    return len(chosen)


def bits_of(task: Task) -> int:
    """Return the bits with which a blocked process waits (FUTEX_WAIT_BITSET); all of them for a plain wait."""
    assert task.call is not None
    _, arguments = task.call
    return arguments[5] if arguments[1] & FUTEX_COMMAND == FUTEX_WAIT_BITSET else 0xFFFF_FFFF
