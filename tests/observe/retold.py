"""What threads do and how much memory processes have: retold from events, and looked up in a machine.

It is short, and shares nothing with what it judges; page tables are walked word by word.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from tests.accounting import leaves
from vm import events
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import REAPER, State, Task
from vm.memory.segments import SharedMemory


class Facts:
    """Who is there and what each does, rebuilt from events: a short second way."""

    def __init__(self) -> None:
        self.lives: list[int] = []
        self.life: dict[int, int] = {}
        self.waits: dict[int, str] = {}
        self.members: dict[int, list[int]] = {}
        self.zombies: set[int] = set()
        self.stopped: dict[int, str] = {}
        self.running = 0

    def take(self, event: Any) -> None:
        name = type(event).__name__
        if not self.lives:
            self._born(event.pid, event.pid)
        if name == "Created":
            self._born(event.child, event.child)
        elif name == "ThreadCreated":
            self._born(event.pid, event.thread)
        elif name == "Scheduled":
            self.running = event.pid
        elif name == "Blocked":
            word = "suspended" if event.channels and event.channels[0].startswith("vfork") else "blocked"
            self.waits[event.pid] = f"{word}: {event.why}"
            self.running = 0
        elif name == "Woken":
            del self.waits[event.pid]
        elif name in ("Stopped", "Continued", "Signalled"):
            pid = next(pid for pid, members in self.members.items() if event.pid in members)
            if name == "Stopped":
                self.stopped[pid], self.running = f"stopped: {signal_text(event.signal)}", 0
            elif name == "Continued" or event.signal == 9:
                self.stopped.pop(pid, None)
        elif name == "ThreadExited":
            self._ended(event.pid, event.thread)
        elif name == "ThreadLeads":
            self.zombies.discard(event.pid)
            self._gone(event.pid, event.former)
            self.running = event.pid
        elif name == "Exited":
            for tid in [*self.members[event.pid]]:
                self._ended(event.pid, tid)
        elif name == "Reaped" and event.child in self.members:
            self._gone(event.child, event.child)
            del self.members[event.child]

    def _born(self, pid: int, tid: int) -> None:
        self.life[tid] = len(self.lives)
        self.lives.append(tid)
        self.members.setdefault(pid, []).append(tid)

    def _ended(self, pid: int, tid: int) -> None:
        self.waits.pop(tid, None)
        self.running *= self.running != tid
        if tid == pid:
            self.zombies.add(tid)
        else:
            self._gone(pid, tid)

    def _gone(self, pid: int, tid: int) -> None:
        self.members[pid].remove(tid)
        self.zombies.discard(tid)
        self.waits.pop(tid, None)
        del self.life[tid]

    def all(self) -> dict[int, str]:
        """By life, what everybody does."""
        return {
            self.life[tid]: "zombie" if tid in self.zombies
            else self.waits.get(tid) or self.stopped.get(pid) or ("running" if tid == self.running else "ready")
            for pid, members in self.members.items() for tid in members
        }  # fmt: skip


def signal_text(number: int) -> str:
    return {19: "SIGSTOP", 20: "SIGTSTP", 21: "SIGTTIN", 22: "SIGTTOU"}[number]


def states_of_events(told: Iterable[events.Event], end: int) -> dict[tuple[int, int], list[tuple[str, int, int]]]:
    """By (number in order of birth, thread): what it did from when to when, but for what lasted no time."""
    facts, now = Facts(), 0
    steps: list[tuple[int, dict[int, str]]] = []
    for event in told:
        if event.clock > now:
            steps.append((now, facts.all()))
            now = event.clock
        facts.take(event)
    steps += [(now, facts.all()), (max(now, end), {})]
    found: dict[tuple[int, int], list[tuple[str, int, int]]] = defaultdict(list)
    for (start, doing), (end, _) in pairwise(steps):
        for life, state in doing.items():
            key, last = (life, facts.lives[life]), found[life, facts.lives[life]][-1:]
            if last and last[0][0] == state and last[0][2] == start:
                start_before = found[key].pop()[1]
                found[key].append((state, start_before, end))
            elif end > start:
                found[key].append((state, start, end))
    return {key: states for key, states in found.items() if states}


def state_now(kernel: Kernel, task: Task) -> str:
    if task.state is State.ZOMBIE:
        return "zombie"
    if task.state is State.BLOCKED and task.wait is not None:
        word = "suspended" if task.wait.channels[:1] and task.wait.channels[0][0] == "vfork" else "blocked"
        return f"{word}: {task.wait.why}"
    if task.process.stopped:
        return "stopped"
    return "running" if task is kernel.running else "ready"


def amounts_now(kernel: Kernel) -> dict[int, tuple[int, int]]:
    """By process, its bytes in frames that nothing else uses, and its others; page tables are walked word by word."""
    living = [process for process in kernel.processes if process.pid != REAPER and process.space is not None]
    spaces = list({id(process.space): process.space for process in living}.values())
    pages = {
        id(space): {at: entry >> 10 for at, entry in leaves(kernel.memory, space.root).items()} for space in spaces
    }
    uses = Counter(frame for found in pages.values() for frame in found.values())
    objects = {
        segment.backing for space in spaces for segment in space.segments if isinstance(segment.backing, SharedMemory)
    }  # fmt: skip
    uses.update(frame for shared in objects for frame in shared.frames.values())
    uses.update(kernel.memory.machine_frames)
    amounts = {}
    for process in living:
        own = pages[id(process.space)].values()
        is_alone = sum(other.space is process.space for other in living) == 1
        private = sum(uses[frame] == 1 for frame in own) if is_alone else 0
        amounts[process.pid] = private * 4096, (len(own) - private) * 4096
    return amounts
