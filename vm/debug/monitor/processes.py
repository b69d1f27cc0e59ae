"""``monitor ps``: who there is, what each does or waits for, where it is, and who has whose memory."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from vm.abi.waits import exit_code, term_signal
from vm.debug.monitor.asking import Question
from vm.debug.monitor.places import name_of, thread_name, thread_place
from vm.debug.monitor.tables import paragraph, table
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import REAPER, Process, State, Task
from vm.memory import AddressSpace
from vm.quantities import plural
from vm.statuses import describe_end
from vm.text import printable

MOST = 100
"""Threads that are listed."""
MOST_GROUPS = 20
"""Address spaces with more than one process that are told."""
MOST_SHARING = 20
"""Processes of one that are named."""

_HEADS = ("", "thread", "parent", "program", "at", "state")
_WIDTHS = (1, -6, -6, 14, 23)


def ps(question: Question) -> Iterator[str]:
    """Yield a line for each thread, and one for each address space that more than one process is in."""
    kernel = question.kernel
    threads = [thread for thread in kernel.processes.threads if thread.tid != REAPER]
    if not threads:
        yield "no process is left"
        return
    yield from table(_HEADS, _WIDTHS, (_row(kernel, thread) for thread in threads[:MOST]))
    if len(threads) > MOST:
        yield f"… {plural(len(threads) - MOST, 'more thread')}"
    yield from _sharing(kernel)


def _row(kernel: Kernel, thread: Task) -> tuple[str, ...]:
    process = thread.process
    mark = "*" if is_running(kernel, thread) else ""
    return (
        mark, thread_name(thread), str(process.parent), name_of(process), thread_place(kernel, thread),
        state_of(kernel, thread),
    )  # fmt: skip


def is_running(kernel: Kernel, thread: Task) -> bool:
    """Tell whether it is this thread's turn."""
    return thread is kernel.running and thread.state is State.READY and not thread.process.stopped


def state_of(kernel: Kernel, thread: Task) -> str:
    """What a thread does, or what it waits for."""
    process = thread.process
    if process.is_zombie:
        return f"zombie, {_end_of(process)}"
    if thread not in process.threads:
        return "has ended; other threads go on"
    if process.stopped:
        return "stopped by a signal"
    if thread.state is State.READY:
        if thread.is_held:
            return "held by the debugger"
        return "running" if is_running(kernel, thread) else "ready"
    wait = thread.wait
    if wait is None:
        return "waits"
    if suspends(thread):
        return f"suspended by vfork until {thread.child} executes or exits"
    deadline = f", until clock {wait.deadline:,}" if wait.deadline is not None else ""
    return f"waits for {printable(wait.why)}{deadline}"


def suspends(thread: Task) -> bool:
    """Tell whether a vfork has suspended the thread."""
    return thread.wait is not None and thread.wait.is_vfork


def _end_of(process: Process) -> str:
    return describe_end(exit_code(process.status), term_signal(process.status))


def spaces(kernel: Kernel) -> dict[AddressSpace, list[Process]]:
    """Return the address spaces that there are, and the processes in each."""
    found: dict[AddressSpace, list[Process]] = {}
    for process in kernel.processes:
        if process.space is not None:
            found.setdefault(process.space, []).append(process)
    return found


def pids_text(pids: list[int], most: int = MOST_SHARING) -> str:
    """``2``, ``2 and 3``, or ``2, 3 and 4``; with how many more there are than ``most``."""
    names = [str(pid) for pid in pids]
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


def _sharing(kernel: Kernel) -> Iterator[str]:
    groups = [users for users in spaces(kernel).values() if len(users) > 1]
    for users in islice(groups, MOST_GROUPS):
        text = f"processes {pids_text([process.pid for process in users])} have one address space"
        suspended = [process.pid for process in users if any(map(suspends, process.threads))]
        if suspended:
            text += f": lent by {pids_text(suspended)}"
        yield from paragraph(text)
    if len(groups) > MOST_GROUPS:
        yield f"… {plural(len(groups) - MOST_GROUPS, 'more shared memory', 'more shared memories')}"
