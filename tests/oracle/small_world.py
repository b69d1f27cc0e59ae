"""A state of the model's machine: its processes, and what they have in common."""

from __future__ import annotations

import copy
from typing import NamedTuple

from tests.oracle.small_language import (
    CHLD,
    END,
    Body,
    Get,
    Lock,
    Pause,
    Pid,
    Put,
    Resume,
    Sleep,
    SleepOn,
    Suspend,
    Wait,
)
from tests.oracle.small_process import (
    Process,
)

FIRST: Pid = (1,)
WAITS = {
    Get: "read",
    Put: "write",
    Wait: "wait",
    Pause: "pause",
    Suspend: "pause",
    Resume: "vfork",
    SleepOn: "futex",
    Lock: "lock",
    Sleep: "sleep",
}
"""What a process waits in."""


class End(NamedTuple):
    """How a run ends: the first process's exit code, or minus its signal; who waits for ever, and in what."""

    status: int | None
    stuck: frozenset[tuple[Pid, str]]


class Done(NamedTuple):
    """Process ``pid`` has done a statement of the type ``name``, and written ``text`` to standard output by it."""

    pid: Pid
    name: str
    text: bytes = b""


class World:
    """A state of the machine; ``done`` is what the step that led here has done."""

    def __init__(self, program: Body) -> None:
        self.processes = {FIRST: Process(None, [((*program, END), frozenset())])}
        self.processes[FIRST].go_on()
        self.owned = {FIRST}
        self.numbers: dict[object, int] = {}
        self.pipes: dict[str, bytes] = {}
        self.never_wait: frozenset[str] = frozenset()
        self.narrow: frozenset[str] = frozenset()
        self.words: tuple[int, ...] = (0,) * 4
        self.file = b""
        self.locker: Pid | None = None
        self.status: int | None = None
        self.done: tuple[Done, ...] = ()

    def copy(self) -> World:
        """Return the same state. Neither owns a process then."""
        twin = copy.copy(self)
        twin.processes, twin.pipes = self.processes.copy(), self.pipes.copy()
        self.owned, twin.owned = set(), set()
        return twin

    def after(self) -> World:
        """Return a copy for the next step."""
        world = self.copy()
        world.done = ()
        return world

    def own(self, pid: Pid) -> Process:
        """Return a process for this world to change."""
        if pid not in self.owned:
            self.processes[pid] = self.processes[pid].copy()
            self.owned.add(pid)
        return self.processes[pid]

    def key(self) -> tuple[object, ...]:
        for process in self.processes.values():
            if process.number < 0:
                process.number = self.numbers.setdefault(process.key(), len(self.numbers))
        return (
            tuple([(pid, process.number) for pid, process in sorted(self.processes.items())]),
            tuple(sorted(self.pipes.items())), self.never_wait, self.narrow, self.words, self.file, self.locker,
            self.status,
        )  # fmt: skip

    def has_end(self, pipe: str, side: str) -> bool:
        return any(pipe + side in process.files.values() for process in self.processes.values())

    def is_full(self, pipe: str) -> bool:
        return pipe in self.narrow and bool(self.pipes[pipe])

    def children(self, pid: Pid, statement: Wait) -> list[Pid]:
        """The children that a wait may be for."""
        wanted = self.processes[pid].names.get(statement.name)
        children = [child for child, process in self.processes.items() if process.parent == pid]
        return [child for child in children if not statement.name or child == wanted]

    def end(self) -> End:
        stuck = {(pid, WAITS[type(process.next)]) for pid, process in self.processes.items() if process.status is None}
        return End(self.status, frozenset(stuck))

    # --- what others do to a process ----------------------------------------------------------------------------------

    def send(self, target: Pid, signal: int) -> None:
        process = self.processes.get(target)
        if process is None or process.status is not None:
            return
        if signal in process.mask or not process.ignores(signal):
            self.own(target).pending |= {signal}

    def die(self, pid: Pid, status: int) -> None:
        """Let a process end: a zombie, unless nobody waits for it."""
        process = self.own(pid)
        if status < 0:
            self.done += (Done(pid, "Death"),)
        process.status, process.waits, process.frames = status, False, []
        process.files, process.names, process.handlers = {}, {}, {}
        process.mask, process.former_mask, process.pending = frozenset(), None, frozenset()
        process.births, process.flag, process.is_woken, process.rest = 0, False, False, 0
        self.drop_pipes()
        for child in [child for child, other in self.processes.items() if other.parent == pid]:
            self.own(child).parent = None
            if self.processes[child].status is not None:
                del self.processes[child]
        if pid == FIRST:
            self.status = status
        if pid == self.locker:
            self.locker = None
        parent = process.parent
        if parent is None or (CHLD in self.processes[parent].handlers and self.processes[parent].ignores(CHLD)):
            del self.processes[pid]
        else:
            self.send(parent, CHLD)

    def drop_pipes(self) -> None:
        """Forget what pipes hold that nobody can read any more."""
        for pipe in self.pipes:
            if not self.has_end(pipe, "r"):
                self.pipes[pipe] = b""
