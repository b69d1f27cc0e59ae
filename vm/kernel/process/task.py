"""Task control blocks: threads, and what the threads of a process share."""

from __future__ import annotations

from dataclasses import field
from enum import Enum
from typing import Any, ClassVar

from vm.abi import ITIMER_REAL, PAGE_SIZE, Limit, Signal
from vm.cpu.state import Context
from vm.enums import quick
from vm.kernel.files.opened import Descriptors
from vm.kernel.files.vfs import Directory, File, User
from vm.kernel.process.credentials import Credentials
from vm.kernel.process.personality import Personality
from vm.kernel.process.policy import NO_RANK, ORDINARY, Policy
from vm.kernel.process.posix_timers import PosixTimer
from vm.kernel.process.random import RandomStream
from vm.kernel.process.requests import Request
from vm.kernel.process.timers import NEVER
from vm.kernel.process.undoing import Undoing
from vm.kernel.signals.state import Signals
from vm.memory import AddressSpace
from vm.values import dataclass

REAPER = 1
"""Pid of the machine's own process, which adopts and collects orphans."""


@quick
class State(Enum):
    """What a thread is doing; of a process, what its first one is said to do."""

    READY = "ready"
    BLOCKED = "blocked"
    ZOMBIE = "zombie"


@quick
class Restart(Enum):
    """What becomes of a blocked call when a signal arrives (signal(7), "Interruption of system calls")."""

    BY_FLAG = "EINTR when a handler without SA_RESTART runs, otherwise it goes on"
    UNLESS_HANDLED = "EINTR when a handler runs, otherwise it goes on"
    NEVER = "EINTR, also when the signal only stops the process"


@dataclass(slots=True)
class Wait:
    """What a system call returns that cannot go on: the thread waits on ``channels``, then the call is run again.

    A wake-up on one of them ends the wait, as do the guest time ``deadline`` and a signal. After a signal
    ``task.interrupted`` is true: the call may only say how far it has come, or wait on, to which ``restart`` applies.
    ``why`` completes "pid 3 waits for …". An uninterruptible wait ends by its wake-up or by a deadly signal alone. It
    is not frozen, which would make it cost three times as much; nobody changes one.
    """

    _follow: ClassVar[tuple[str, ...]] = ()

    channels: tuple[tuple[object, ...], ...]
    why: str
    deadline: int | None = None
    restart: Restart = Restart.BY_FLAG
    interruptible: bool = True

    @property
    def is_vfork(self) -> bool:
        """True where a vfork has suspended who waits."""
        return any(channel[:1] == ("vfork",) for channel in self.channels)


@dataclass(frozen=True, slots=True)
class Alarm:
    """An interval timer (setitimer(2)) that expires at ``moment`` and every ``interval`` nanoseconds after it.

    ITIMER_REAL counts guest time, the others instructions the process has retired.
    """

    moment: int
    interval: int


@dataclass(slots=True, eq=False)
class Surroundings:
    """Where relative paths begin, and what new files may not be: what clone(2) calls filesystem information."""

    _follow: ClassVar[tuple[str, ...]] = ("directory",)

    directory: Directory
    umask: int = 0o022

    def copy(self) -> Surroundings:
        """Return another's, which goes its own way."""
        return Surroundings(self.directory, self.umask)


@dataclass(slots=True, eq=False)
class Task:
    """One thread: a TCB, which takes a slot of the process table. ``pid`` is the number of its process.

    ``call``: the system call (number, arguments) that is blocked. Its notes, which :meth:`forget_call` clears with it:
    ``deadline`` is the guest time at which it gives up, ``moved`` the bytes that it has written or sent, ``child`` the
    pid of the child that it has created, ``request`` what others are to grant it, ``lock_owner`` the thread that owns
    the lock it waits for, where the kernel knows that, ``is_woken`` true once somebody has woken it from a futex,
    ``has_opened`` once it holds the FIFO whose other end it awaits, and ``has_stopped`` where its process has stopped
    while it waited, which ends a wait as a signal does.
    ``vfork_parent``: the thread suspended until this one execs or ends. ``clear_tid``: where set_tid_address(2) wants a
    0 at the end; ``robust_list`` is that of the locks it may hold then (set_robust_list(2)).
    ``owes_locks``: others have waited for locks whose owner the kernel knows it to be. ``files``, and ``place``
    with the working directory, may be other threads' too. ``is_preempted``: others were chosen to run before its call,
    or it was asked whether they run before its access to a watched word.
    ``is_too_many``: its user had more tasks than its limit when it became that user's.
    ``undoing`` is there once something is to be undone when it ends (semop(2)). ``lent`` is the rank of the most
    important thread that waits for a lock of its (PTHREAD_PRIO_INHERIT). ``has_yielded``: it has asked to run behind
    others of its rank, which the end of a quantum would not bring about. ``is_held``: a debugger does not let it run.
    """

    _follow: ClassVar[tuple[str, ...]] = (
        "process", "files", "place", "context", "signals", "wait", "random", "request", "undoing",
    )  # fmt: skip

    tid: int
    pid: int
    process: Process
    credentials: Credentials
    files: Descriptors
    place: Surroundings
    context: Context
    signals: Signals
    state: State = State.READY
    name: str = ""
    random: RandomStream = field(kw_only=True)
    call: tuple[int, tuple[int, ...]] | None = None
    deadline: int | None = None
    moved: int = 0
    child: int = 0
    request: Request | None = None
    lock_owner: int = 0
    is_woken: bool = False
    has_opened: bool = False
    has_stopped: bool = False
    interrupted: bool = False
    restart: Restart = Restart.BY_FLAG
    wait: Wait | None = None
    slice_used: int = 0
    retired: int = 0
    vfork_parent: int = 0
    clear_tid: int = 0
    robust_list: int = 0
    owes_locks: bool = False
    is_preempted: bool = False
    is_too_many: bool = False
    undoing: Undoing | None = None
    policy: Policy = ORDINARY
    lent: int = NO_RANK
    has_yielded: bool = False
    is_held: bool = False

    @property
    def rank(self) -> int:
        """Who is ready and has a higher one runs first: that of its policy, or one that was lent to it."""
        return max(self.policy.rank, self.lent)

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
        if self.files.held:
            self.files.end_call(self.tid)
        self.call = self.deadline = None
        self.moved = self.child = self.lock_owner = self.signals.awaited = 0
        self.request = None
        self.is_woken = self.has_opened = self.has_stopped = False

    @property
    def memory(self) -> AddressSpace:
        """The address space of a live thread."""
        space = self.process.space
        assert space is not None, f"pid {self.process.pid} has no address space"
        return space

    @property
    def uid(self) -> int:
        """The real user id."""
        return self.credentials.uid

    @property
    def gid(self) -> int:
        """The real group id."""
        return self.credentials.gid


_NOBODY: Any = None
"""Who leads a process before anybody can look, and once it has been collected."""


@dataclass(slots=True, eq=False)
class Process:
    """What the threads of one process share: a thread group (clone(2), CLONE_THREAD).

    ``threads`` are those that live, in the order in which they came into being; ``leader`` is the first, with the
    process's number, which is kept when it has ended. ``next_taker`` is where the search begins for a thread to take a
    signal. ``fatal`` is the signal that ends it where its threads were sent a SIGKILL each on account of another one.
    ``status`` is the wait status of a zombie. ``maker`` is the thread of its parent that has made it, 0 the first.
    ``stop_report`` and ``continue_report`` are changes of state that its parent has not collected. ``ended`` are the
    instructions retired by threads that have ended, ``reaped`` those of children whose status was collected, and of
    theirs. ``executable`` is the file with its image, ``auxiliary`` the auxiliary vector that its program was given.
    ``is_subreaper``: orphans among its descendants become its children (prctl(2)). ``personality`` is there where it
    calls services. ``timers_made`` counts the ``timers`` that timer_create(2) has made.
    """

    _follow: ClassVar[tuple[str, ...]] = (
        "space", "threads", "leader", "next_taker", "children", "executable", "alarms", "timers", "limits",
        "personality",
    )  # fmt: skip

    pid: int
    parent: int
    group: int
    session: int
    space: AddressSpace | None = None
    threads: list[Task] = field(default_factory=list)
    leader: Task = field(default=_NOBODY)
    next_taker: Task = field(default=_NOBODY)
    children: list[int] = field(default_factory=list)
    path: str = ""
    arguments: tuple[bytes, ...] = ()
    auxiliary: bytes = b""
    executable: File | None = None
    stopped: bool = False
    fatal: int = 0
    is_zombie: bool = False
    alarms: dict[int, Alarm] = field(default_factory=dict)
    timers: dict[int, PosixTimer] = field(default_factory=dict)
    timers_made: int = 0
    limits: dict[int, tuple[int, int]] = field(default_factory=dict)
    ended: int = 0
    reaped: int = 0
    status: int = 0
    exit_signal: int = Signal.SIGCHLD
    maker: int = 0
    death_signal: int = 0
    stop_report: int = 0
    continue_report: bool = False
    has_executed: bool = False
    is_subreaper: bool = False
    personality: Personality | None = None

    @property
    def name(self) -> str:
        """Its name: its first thread's."""
        return self.leader.name

    @property
    def credentials(self) -> Credentials:
        """Who it is: its first thread."""
        return self.leader.credentials

    @property
    def user(self) -> User:
        """Who it is as far as files are concerned: its first thread."""
        return self.leader.user

    @property
    def signals(self) -> Signals:
        """The signals of its first thread: dispositions, and what is sent to the process, are all threads'."""
        return self.leader.signals

    @property
    def state(self) -> State:
        """A zombie, or what its first thread does; where that has ended, the first of the others."""
        return State.ZOMBIE if self.is_zombie or not self.threads else self.threads[0].state

    @property
    def retired(self) -> int:
        """Instructions that its threads have retired."""
        retired = self.ended
        for thread in self.threads:
            retired += thread.retired
        return retired

    @property
    def may_dump(self) -> bool:
        """True where Linux would write a core file of it: allowed, and with room for a page in its limit (core(5))."""
        soft, _ = self.limits.get(Limit.RLIMIT_CORE, (0, 0))
        return soft >= PAGE_SIZE and self.memory.is_dumpable

    @property
    def memory(self) -> AddressSpace:
        """The address space of a live process."""
        assert self.space is not None, f"pid {self.pid} has no address space"
        return self.space

    def let_go(self) -> None:
        """It has been collected: leave no cycle of references, which would be left for the collector of cycles."""
        self.leader = self.next_taker = _NOBODY

    def run_file(self, file: File | None) -> None:
        """Note that the image is in ``file`` now; None when there is none any more."""
        if file is not None:
            file.hold()
        if self.executable is not None:
            self.executable.let_go()
        self.executable = file

    @property
    def processor_deadline(self) -> int:
        """The value of ``retired`` at which the next interval timer of processor time expires."""
        return min((alarm.moment for which, alarm in self.alarms.items() if which != ITIMER_REAL), default=NEVER)


def lead(process: Process, task: Task) -> Task:
    """Let ``task`` be the first thread, and the only one, of a process that is in no table yet; return it."""
    process.leader = process.next_taker = task
    process.threads.append(task)
    return task
