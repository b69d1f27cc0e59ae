"""``monitor waits``: who waits for whom, and who waits in vain."""

from __future__ import annotations

from collections.abc import Iterator

from vm.debug.monitor.asking import Question
from vm.debug.monitor.descriptors import Holder, holders_of, holders_text, pipe_ends
from vm.debug.monitor.places import name_of, thread_name, wait_text
from vm.debug.monitor.processes import pids_text
from vm.debug.monitor.tables import paragraph
from vm.kernel.files.opened import OpenFile
from vm.kernel.kernel import Kernel
from vm.kernel.net.sockets import Socket
from vm.kernel.net.unix import UnixSocket
from vm.kernel.process.task import REAPER, State, Task
from vm.quantities import plural
from vm.values import dataclass

MOST = 60
"""Threads that are listed."""
MOST_STUCK = 20
"""Threads that are named among those who wait in vain."""

Holders = dict[OpenFile, list[Holder]]
"""Who refers to each open file."""


@dataclass(frozen=True, slots=True)
class Hope:
    """Who can end a wait, in words, and the ``threads`` that can; None where it may be anybody, or time."""

    text: str
    threads: tuple[Task, ...] | None


def waits(question: Question) -> Iterator[str]:
    """Yield who waits for what, who can bring it about, and who waits for ever as things are."""
    kernel = question.kernel
    threads = [thread for thread in kernel.processes.threads if thread.tid != REAPER]
    waiting = [thread for thread in threads if thread.state is State.BLOCKED and thread.wait is not None]
    if not waiting:
        yield "nobody waits" if threads else "no process is left"
        return
    holders = holders_of(kernel)
    hopes = {thread: _hope(kernel, thread, holders) for thread in waiting}
    for thread in waiting[:MOST]:
        head = f"{thread_name(thread)} ({name_of(thread.process)}) waits for {wait_text(kernel, thread)}"
        yield from paragraph(f"{head}: {hopes[thread].text}", "", "    ")
    if len(waiting) > MOST:
        yield f"… {plural(len(waiting) - MOST, 'more thread')}"
    yield from _conclusion(threads, hopes)


def _conclusion(threads: list[Task], hopes: dict[Task, Hope]) -> Iterator[str]:
    stuck = stuck_threads(threads, hopes)
    if stuck:
        names = ", ".join([thread_name(thread) for thread in stuck[:MOST_STUCK]])
        more = f" and {len(stuck) - MOST_STUCK} more" if len(stuck) > MOST_STUCK else ""
        each = "waits in vain" if len(stuck) == 1 else "wait for each other in vain"
        yield from paragraph(f"deadlock: {names}{more} {each}; only a signal could end that")


def stuck_threads(threads: list[Task], hopes: dict[Task, Hope]) -> list[Task]:
    """Return those who wait for nobody but each other, and for nothing that comes by itself."""
    stuck = dict.fromkeys(thread for thread, hope in hopes.items() if hope.threads is not None)
    able = [thread for thread in threads if thread not in stuck and thread.state is not State.ZOMBIE]
    waiting_for: dict[Task, list[Task]] = {}
    for thread in stuck:
        for other in hopes[thread].threads or ():
            waiting_for.setdefault(other, []).append(thread)
    while able:
        for thread in waiting_for.get(able.pop(), ()):
            if thread in stuck:
                del stuck[thread]
                able.append(thread)
    return list(stuck)


def _hope(kernel: Kernel, thread: Task, holders: Holders) -> Hope:
    wait = thread.wait
    assert wait is not None
    if wait.deadline is not None:
        return Hope(f"at the latest at clock {wait.deadline:,}", None)
    if not wait.channels:
        return Hope("anybody may send a signal", None)
    found = [_channel_hope(kernel, thread, channel, holders) for channel in dict.fromkeys(wait.channels)]
    texts = list(dict.fromkeys(hope.text for hope in found))
    if any(hope.threads is None for hope in found):
        return Hope("; ".join(texts), None)
    return Hope("; ".join(texts), tuple(dict.fromkeys(task for hope in found for task in hope.threads or ())))


def _channel_hope(kernel: Kernel, thread: Task, channel: tuple[object, ...], holders: Holders) -> Hope:
    kind, *rest = channel
    if kind == "pipe" and rest[1] in ("data", "room"):
        return _pipe_hope(kernel, thread, rest, holders)
    if kind == "vfork":
        return _hope_of(kernel, [thread.child])
    if kind == "child":
        children = [child for child in thread.process.children if not kernel.processes[child].is_zombie]
        return _hope_of(kernel, children)
    if kind == "lock":
        return _hope_of(kernel, [pid for pid in rest if isinstance(pid, int)])
    if kind == "socket":
        return _socket_hope(kernel, thread, rest, holders)
    if isinstance(kind, str) and "futex" in kind and not kind.startswith("shared"):
        return _memory_hope(kernel, thread)
    return Hope("it is not known who can bring it about", None)


def _hope_of(kernel: Kernel, pids: list[int], text: str = "") -> Hope:
    """The threads of these processes, or theirs, can end the wait; a stopped one may be made to go on by anybody."""
    first = [thread for pid in dict.fromkeys(pids) if (thread := kernel.processes.thread(pid)) is not None]
    found = list(dict.fromkeys(thread.process for thread in first))
    if any(process.stopped for process in found):
        return Hope(text or pids_text(pids), None)
    return Hope(text or pids_text(pids) or "nobody can", tuple(task for process in found for task in process.threads))


def _pipe_hope(kernel: Kernel, thread: Task, rest: list[object], holders: Holders) -> Hope:
    number, what = rest
    assert isinstance(number, int)
    others = pipe_ends(holders, number, writing=what == "data")
    text = f"{'written' if what == 'data' else 'read'} by {holders_text(others) or 'nobody'}"
    if any(pid == thread.pid for pid, _ in others):
        text += f"; {thread.pid} itself holds that end"
    return _hope_of(kernel, [pid for pid, _ in others], text)


def _socket_hope(kernel: Kernel, thread: Task, rest: list[object], holders: Holders) -> Hope:
    own = next((file for file in holders if isinstance(file, Socket) and file.number == rest[0]), None)
    if isinstance(own, UnixSocket) and own.peer is not None and holders.get(own.peer) and not own.peer.in_flight:
        others = holders[own.peer]
        return _hope_of(kernel, [pid for pid, _ in others], f"the other end is held by {holders_text(others)}")
    return Hope("it is not known who can bring it about", None)


def _memory_hope(kernel: Kernel, thread: Task) -> Hope:
    """The other threads of the address space."""
    space = thread.process.space
    others = [task for task in kernel.processes.threads if task.process.space is space and task is not thread]
    others = [task for task in others if task in task.process.threads]
    if any(task.process.stopped for task in others):
        return Hope("another thread of the address space", None)
    names = ", ".join([thread_name(task) for task in others[:MOST_STUCK]])
    return Hope(
        f"any thread of the address space: {names}" if others else "nobody else has the address space", tuple(others)
    )
