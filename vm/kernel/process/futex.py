"""Waiting on words of memory (futex(2), futex(7)): keys, and waking or moving those who wait on one.

Waiters are awoken in the order in which they began to wait, those with a higher priority before others. ``is_woken``
tells a waiter that its wait has ended so.
"""

from __future__ import annotations

from itertools import islice

from vm.abi import FUTEX_COMMAND, FUTEX_WAIT_BITSET, PAGE_SHIFT, PAGE_SIZE, STACK_TOP
from vm.cpu.sv32 import PPN_SHIFT
from vm.kernel.choice import ChoiceKind
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task
from vm.memory import BadAddress

Key = tuple[object, ...]
"""A scheduler's channel that stands for a word: by its address in one space, or by where it lies in shared memory."""

ALL_BITS = 0xFFFF_FFFF


def key(task: Task, address: int, *, shared: bool, kind: str = "futex", writes: bool = False) -> Key:
    """Return the word at ``address``: of this address space, or, ``shared``, wherever processes share it.

    Those who share and those who do not, never meet, as in Linux (futex(2), FUTEX_PRIVATE_FLAG). ``kind`` tells apart
    what does not meet for other reasons. Raises BadAddress, also for what is to be changed (``writes``) and may not,
    and where nobody ever can: in private memory that is only read, but for a file's (kernel/futex/core.c).
    """
    space = task.memory
    if not shared:
        segment = space.find(address) if writes else None
        if address >= STACK_TOP or (segment is not None and not segment.is_writable):
            raise BadAddress(address)
        return (kind, space.root, address)
    space.read_word(address)
    segment = space.find(address)
    if segment is not None and not segment.is_writable and (writes or not (segment.shared or segment.is_file)):
        raise BadAddress(address)
    if segment is None or not segment.shared:
        return (f"public {kind}", space.root, address)
    frame = space.entry(address) >> PPN_SHIFT
    return (f"shared {kind}", frame << PAGE_SHIFT | address & (PAGE_SIZE - 1))


def wake(kernel: Kernel, key: Key, count: int, bits: int = ALL_BITS, *, midway: bool = False) -> int:
    """Wake at most ``count`` of those who wait on ``key`` with one of these bits; how many there were.

    ``midway`` as of :meth:`Kernel.decide`.
    """
    chosen = choose(kernel, key, count, bits, midway=midway)
    for task in chosen:
        task.is_woken = True
        kernel.scheduler.unblock(task, *key)
    return len(chosen)


def requeue(kernel: Kernel, source: Key, target: Key, count: int) -> int:
    """Let at most ``count`` of those who wait on ``source`` wait on ``target``, behind the others; how many did."""
    moved = choose(kernel, source, count, ALL_BITS, midway=True)
    for task in moved:
        kernel.scheduler.move(task, source, target)
    return len(moved)


def choose(kernel: Kernel, key: Key, count: int, bits: int = ALL_BITS, *, midway: bool = False) -> list[Task]:
    """Return at most ``count`` of those who wait on ``key`` with one of these bits, whose turn it is."""
    waiting = kernel.scheduler.waiting(*key)
    if kernel.scheduler.has_policies:
        waiting.sort(key=lambda task: -task.policy.priority)
    most = None if kernel.options_wanted is None else count + 1
    waiting = list(islice((task for task in waiting if bits_of(task) & bits), most))
    if count >= len(waiting):
        return waiting
    chosen: list[Task] = []
    numbers = [task.tid for task in waiting]
    while len(chosen) < count:
        answer = kernel.decide(ChoiceKind.WAITER, tuple(numbers), midway=midway)
        del numbers[answer]
        chosen.append(waiting.pop(answer))
    return chosen


def bits_of(task: Task) -> int:
    """Return the bits with which a blocked thread waits (FUTEX_WAIT_BITSET); all of them for a plain wait."""
    if task.call is None:
        return 0
    _, arguments = task.call
    return arguments[5] if arguments[1] & FUTEX_COMMAND == FUTEX_WAIT_BITSET else ALL_BITS
