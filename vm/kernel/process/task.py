"""Task control blocks and the process table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from enum import Enum
from typing import ClassVar

from vm.abi import ITIMER_REAL, PAGE_SIZE, Limit, Signal
from vm.cpu.state import Context, new_context
from vm.enums import quick
from vm.kernel.files.opened import Descriptors
from vm.kernel.files.vfs import Directory, File, User
from vm.kernel.process.personality import Personality
from vm.kernel.process.random import RandomStream
from vm.kernel.process.timers import NEVER
from vm.kernel.signals.state import Signals
from vm.memory import AddressSpace
from vm.memory.mappings import Pulse
from vm.memory.segments import SharedMemory
from vm.values import dataclass

REAPER = 1
"""Pid of the machine's own process, which adopts and collects orphans."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who a process is: real, effective and saved ids, and the supplementary groups (credentials(7))."""

    uid: int
    euid: int
    suid: int
    gid: int
    egid: int
    sgid: int
    groups: tuple[int, ...] = ()

    @classmethod
    def of(cls, uid: int, gid: int) -> Credentials:
        """Return those of a user whose ids are all the same."""
        return cls(uid, uid, uid, gid, gid, gid)

    @property
    def is_privileged(self) -> bool:
        """True for root, who holds every capability."""
        return self.euid == 0

    def may_signal(self, target: Credentials) -> bool:
        """Tell whether kill(2) lets a process with these ids signal ``target``."""
        return self.is_privileged or bool({self.uid, self.euid} & {target.uid, target.suid})


@quick
class State(Enum):
    """What a process is doing."""

    READY = "ready"
    BLOCKED = "blocked"
    ZOMBIE = "zombie"


@quick
class Restart(Enum):
    """What becomes of a blocked call when a signal arrives (signal(7), "Interruption of system calls")."""

    BY_FLAG = "EINTR when a handler without SA_RESTART runs, otherwise it goes on"
    UNLESS_HANDLED = "EINTR when a handler runs, otherwise it goes on"
    NEVER = "EINTR, also when the signal only stops the process"


@dataclass(frozen=True, slots=True)
class Wait:
    """What a system call returns that cannot go on: the process waits on ``channels``, then the call is run again.

    A wake-up on one of them ends the wait, as do the guest time ``deadline`` and a signal. After a signal
    ``task.interrupted`` is true: the call may only say how far it has come, or wait on, to which ``restart`` applies.
    ``why`` completes "pid 3 waits for …". An uninterruptible wait ends by its wake-up or by a deadly signal alone.
    """

    channels: tuple[tuple[object, ...], ...]
    why: str
    deadline: int | None = None
    restart: Restart = Restart.BY_FLAG
    interruptible: bool = True


@dataclass(frozen=True, slots=True)
class Alarm:
    """An interval timer (setitimer(2)) that expires at ``moment`` and every ``interval`` nanoseconds after it.

    ITIMER_REAL counts guest time, the others instructions the process has retired.
    """

    moment: int
    interval: int


@dataclass(slots=True, eq=False)
class Task:
    """One process: a slot of the process table (a TCB).

    ``call``: the system call (number, arguments) that is blocked. Its notes, which :meth:`forget_call` clears with it:
    ``deadline`` is the guest time at which it gives up, ``moved`` the bytes that it has written or sent, ``child`` the
    pid of the child that it has created, ``is_woken`` true once somebody has woken it from a futex, and ``has_opened``
    once it holds the FIFO whose other end it awaits. ``vfork_parent``: the pid suspended until this process execs or
    exits. ``status`` is its wait status once it is a zombie. ``stop_report`` and ``continue_report`` are
    changes of state that its parent has not collected. ``reaped`` are the instructions retired by children whose status
    was collected, and by theirs. ``clear_tid``: where set_tid_address(2) wants a 0 at the end.
    ``directory`` is the working directory, ``executable`` the file with its image. ``is_subreaper``: orphans among its
    descendants become its children (prctl(2)). ``personality`` is there where it calls services.
    ``is_preempted``: others were chosen to run before its call.
    """

    _follow: ClassVar[tuple[str, ...]] = (
        "space", "files", "context", "children", "directory", "executable", "signals", "alarms", "limits", "random",
        "personality",
    )  # fmt: skip

    pid: int
    parent: int
    group: int
    session: int
    credentials: Credentials
    space: AddressSpace | None
    files: Descriptors
    context: Context = field(default_factory=new_context)
    state: State = State.READY
    stopped: bool = False
    children: list[int] = field(default_factory=list)
    name: str = ""
    path: str = ""
    arguments: tuple[bytes, ...] = ()
    directory: Directory = field(kw_only=True)
    random: RandomStream = field(kw_only=True)
    umask: int = 0o022
    executable: File | None = None
    call: tuple[int, tuple[int, ...]] | None = None
    deadline: int | None = None
    moved: int = 0
    child: int = 0
    is_woken: bool = False
    has_opened: bool = False
    interrupted: bool = False
    restart: Restart = Restart.BY_FLAG
    wait: Wait | None = None
    signals: Signals = field(default_factory=Signals)
    alarms: dict[int, Alarm] = field(default_factory=dict)
    limits: dict[int, tuple[int, int]] = field(default_factory=dict)
    slice_used: int = 0
    retired: int = 0
    reaped: int = 0
    vfork_parent: int = 0
    status: int = 0
    exit_signal: int = Signal.SIGCHLD
    death_signal: int = 0
    stop_report: int = 0
    continue_report: bool = False
    has_executed: bool = False
    clear_tid: int = 0
    is_subreaper: bool = False
    is_preempted: bool = False
    personality: Personality | None = None

    @property
    def may_dump(self) -> bool:
        """True where Linux would write a core file of it: its limit leaves room for a page (core(5))."""
        soft, _ = self.limits.get(Limit.RLIMIT_CORE, (0, 0))
        return soft >= PAGE_SIZE

    @property
    def user(self) -> User:
        """Who it is as far as files are concerned."""
        who = self.credentials
        return User(who.euid, who.egid, frozenset(who.groups))

    @property
    def real_user(self) -> User:
        """Who it is by its real ids, which access(2) asks for."""
        who = self.credentials
        return User(who.uid, who.gid, frozenset(who.groups))

    def forget_call(self) -> None:
        """Clear the call that was blocked and its notes: it has ended."""
        self.call = self.deadline = None
        self.moved = self.child = 0
        self.is_woken = self.has_opened = False

    def run_file(self, file: File | None) -> None:
        """Note that the image is in ``file`` now; None when there is none any more."""
        if file is not None:
            file.hold()
        if self.executable is not None:
            self.executable.let_go()
        self.executable = file

    @property
    def memory(self) -> AddressSpace:
        """The address space of a live process."""
        assert self.space is not None, f"pid {self.pid} has no address space"
        return self.space

    @property
    def uid(self) -> int:
        """The real user id."""
        return self.credentials.uid

    @property
    def gid(self) -> int:
        """The real group id."""
        return self.credentials.gid

    @property
    def processor_deadline(self) -> int:
        """The value of ``retired`` at which the next interval timer of processor time expires."""
        return min((alarm.moment for which, alarm in self.alarms.items() if which != ITIMER_REAL), default=NEVER)


class ProcessTable:
    """At most ``size`` processes, by pid. Pids count up and are not used again.

    ``revocations`` counts how often pages of shared memory were taken out of every address space.
    """

    _follow: ClassVar[tuple[str, ...]] = ("_tasks",)

    def __init__(self, size: int) -> None:
        self.size = size
        self._tasks: dict[int, Task] = {}
        self.next_pid = REAPER
        self.revocations = 0

    def __len__(self) -> int:
        return len(self._tasks)

    def __iter__(self) -> Iterator[Task]:
        return iter(list(self._tasks.values()))

    def get(self, pid: int) -> Task | None:
        """Return the process with that pid, zombies included."""
        return self._tasks.get(pid)

    def __getitem__(self, pid: int) -> Task:
        return self._tasks[pid]

    @property
    def is_full(self) -> bool:
        """True when no slot is free: fork fails with EAGAIN."""
        return len(self._tasks) >= self.size

    def new_pid(self) -> int:
        """Return the next pid."""
        pid = self.next_pid
        self.next_pid += 1
        return pid

    def add(self, task: Task) -> None:
        """Put a new task into a free slot and among its parent's children."""
        assert not self.is_full, "the process table is full"
        self._tasks[task.pid] = task
        if parent := self._tasks.get(task.parent):
            parent.children.append(task.pid)

    def revoke(self, shared: SharedMemory, first: int, pulse: Pulse) -> None:
        """Take the pages of ``shared`` from number ``first`` on out of every address space, in the order of pids.

        ``pulse`` is called between them; what it raises ends that.
        """
        self.revocations += 1
        for space in dict.fromkeys(task.space for task in self._tasks.values() if task.space is not None):
            pulse()
            space.revoke(shared, first)

    def remove(self, task: Task) -> None:
        """Free the slot of a task that has been reaped; its parent inherits its times (getrusage(2))."""
        del self._tasks[task.pid]
        if parent := self._tasks.get(task.parent):
            parent.children.remove(task.pid)
            parent.reaped += task.retired + task.reaped
