"""Creating, replacing, ending and awaiting processes."""

from __future__ import annotations

from contextlib import suppress

from vm.abi import (
    CSIGNAL,
    NANOSECONDS,
    P_ALL,
    P_PGID,
    P_PID,
    SIGNAL_LIMIT,
    SS_DISABLE,
    WAIT_CONTINUED,
    CloneFlag,
    Errno,
    Signal,
    WaitFlag,
    waits,
)
from vm.abi.layout import WORD, packed_words
from vm.abi.structures import Rusage, Timeval
from vm.kernel.choice import ChoiceKind
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process import lifecycle
from vm.kernel.process.limits import may_execute, room_of
from vm.kernel.process.task import Process, Task, Wait
from vm.kernel.signals.sending import describe
from vm.kernel.signals.state import AlternateStack
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.paths import read_path
from vm.kernel.syscalls.table import call
from vm.memory import BadAddress

_VFORK = int(CloneFlag.CLONE_VM | CloneFlag.CLONE_VFORK)
_NAMESPACES = 0x7E02_0080
"""CLONE_NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET, which take the privilege of a system's."""
_APART_FROM_PLACE, _APART_FROM_THREADS = 0x1002_0000, 0x3000_0000
"""CLONE_NEWUSER with CLONE_NEWNS, which no CLONE_FS goes with, and with CLONE_NEWPID, which no CLONE_THREAD does."""


@call("fork", "EAGAIN ENOMEM", "riscv32 Linux has only clone")
def fork(kernel: Kernel, task: Task) -> int:
    """fork(2)."""
    return lifecycle.create(kernel, task, "fork", shared=False).pid


@call("vfork", "EAGAIN ENOMEM", "riscv32 Linux has only clone")
def vfork(kernel: Kernel, task: Task) -> int | Wait:
    """vfork(2): the child runs in the caller's memory; the caller waits until it execs or exits."""
    if task.child:
        return task.child
    if kernel.settings.vfork_as_fork:
        return lifecycle.create(kernel, task, "vfork", shared=False).pid
    return suspend_for(task, lifecycle.create(kernel, task, "vfork", shared=True, suspends=True))


def suspend_for(task: Task, child: Task) -> Wait:
    """Let the creator of ``child`` wait until it executes a program or ends; only a deadly signal ends that sooner."""
    child.vfork_parent = task.tid
    task.child = child.tid
    return Wait((("vfork", child.tid),), f"its vfork child {child.tid} to exec or exit", interruptible=False)


@call(
    "clone",
    "EAGAIN EINVAL ENOMEM ENOSYS EPERM",
    "no namespaces (EPERM) and no pidfd (ENOSYS)",
    flags=Kind.CLONE_FLAGS,
    stack=Kind.CLONE_STACK,
    parent_tid=Kind.CLONE_PARENT_TID,
    tls=Kind.CLONE_TLS,
    child_tid=Kind.CLONE_CHILD_TID,
)
def clone(kernel: Kernel, task: Task, flags: int, stack: int, parent_tid: int, tls: int, child_tid: int) -> int | Wait:
    """clone(2): a thread, or a process with a copy of the caller's memory or in it; the caller suspended or not."""
    signal, options = flags & CSIGNAL, flags & ~CSIGNAL
    if task.child:
        return task.child
    _check_flags(options, signal)
    suspends = bool(options & CloneFlag.CLONE_VFORK)
    if options & CloneFlag.CLONE_THREAD:
        child = lifecycle.create_thread(kernel, task, stack=stack, sharing=options)
    else:
        meant = "vfork" if suspends else "clone" if options & CloneFlag.CLONE_VM else "fork"
        if suspends and kernel.settings.vfork_as_fork:
            options &= ~_VFORK
            suspends = False
        child = lifecycle.create(
            kernel, task, "clone", shared=bool(options & CloneFlag.CLONE_VM), stack=stack, exit_signal=signal,
            meant=meant, suspends=suspends, sharing=options,
        )  # fmt: skip
        if options & _VFORK == CloneFlag.CLONE_VM:
            child.signals.stack = AlternateStack(flags=SS_DISABLE)  # two processes cannot run on one stack
    if options & CloneFlag.CLONE_SETTLS:
        child.context[4] = tls
    if options & CloneFlag.CLONE_CHILD_CLEARTID:
        child.clear_tid = child_tid
    for flag, owner, address in (
        (CloneFlag.CLONE_PARENT_SETTID, task, parent_tid),
        (CloneFlag.CLONE_CHILD_SETTID, child, child_tid),
    ):
        if options & flag:
            with suppress(BadAddress):  # which Linux overlooks, too
                owner.memory.write(address, WORD.pack(child.tid))
    return suspend_for(task, child) if suspends else child.tid


def _check_flags(options: int, signal: int) -> None:
    """SystemCallError for flags of clone that do not go together, or that the machine has not."""
    threads, handlers, memory = (
        bool(options & flag) for flag in (CloneFlag.CLONE_THREAD, CloneFlag.CLONE_SIGHAND, CloneFlag.CLONE_VM)
    )
    if (threads and not handlers) or (handlers and not memory):
        raise SystemCallError(Errno.EINVAL)
    if options & _APART_FROM_PLACE and options & CloneFlag.CLONE_FS:
        raise SystemCallError(Errno.EINVAL)
    if options & _APART_FROM_THREADS and threads:
        raise SystemCallError(Errno.EINVAL)
    if options & _NAMESPACES:
        raise SystemCallError(Errno.EPERM)
    if options & CloneFlag.CLONE_PIDFD:
        raise SystemCallError(Errno.ENOSYS)
    if signal > SIGNAL_LIMIT:
        raise SystemCallError(Errno.EINVAL)


def read_strings(task: Task, address: int, room: int) -> tuple[bytes, ...]:
    """Return the strings of a null-terminated array of pointers; none at address 0.

    Raises SystemCallError(E2BIG) where they take more than ``room`` bytes.
    """
    strings: list[bytes] = []
    while address:
        pointer = task.memory.read_word(address + 4 * len(strings))
        if not pointer:
            break
        string = task.memory.read_string(pointer, room)
        if string is None:
            raise SystemCallError(Errno.E2BIG)
        room -= len(string) + 1 + 4
        if room < 0:
            raise SystemCallError(Errno.E2BIG)
        strings.append(string)
    return tuple(strings)


@call(
    "execve",
    "E2BIG EACCES EAGAIN EFAULT EIO ELOOP ENAMETOOLONG ENOENT ENOEXEC ENOMEM ENOTDIR ETXTBSY",
    "a source NAME.s or NAME.c is assembled or compiled when NAME does not exist",
    path=Kind.PATH,
    argv=Kind.STRINGS,
    envp=Kind.ENVIRONMENT,
)
def execve(kernel: Kernel, task: Task, path: int, argv: int, envp: int) -> None:
    """execve(2)."""
    name = read_path(task, path)
    if task.is_too_many and not may_execute(kernel.settings, kernel.processes, task):
        raise SystemCallError(Errno.EAGAIN)
    room = room_of(kernel.settings, task.process).arguments
    arguments = read_strings(task, argv, room) or (b"",)  # Linux gives a program at least an empty argv[0]
    lifecycle.execute(kernel, task, name, arguments, read_strings(task, envp, room))


@call("exit", status=Kind.INT)
def exit(kernel: Kernel, task: Task, status: int) -> None:
    """_exit(2): the end of the calling thread."""
    lifecycle.exit_thread(kernel, task, status)


@call("exit_group", status=Kind.INT)
def exit_group(kernel: Kernel, task: Task, status: int) -> None:
    """exit_group(2): the end of all threads of the calling process."""
    lifecycle.terminate(kernel, task.process, waits.exited(status))


# Plain numbers: an operation on an IntFlag costs more than all the rest of a wait.
_WNOHANG, _WUNTRACED, _WSTOPPED, _WEXITED, _WCONTINUED, _WNOWAIT, _WALL, _WCLONE = map(
    int,
    (
        WaitFlag.WNOHANG, WaitFlag.WUNTRACED, WaitFlag.WSTOPPED, WaitFlag.WEXITED, WaitFlag.WCONTINUED,
        WaitFlag.WNOWAIT, WaitFlag.WALL, WaitFlag.WCLONE,
    ),
)  # fmt: skip
_WNOTHREAD = int(WaitFlag.WNOTHREAD)
_CHANGES = _WEXITED | _WSTOPPED | _WCONTINUED
_KINDS = int(WaitFlag.WNOTHREAD | WaitFlag.WALL | WaitFlag.WCLONE)


def eligible(kernel: Kernel, task: Task, options: int) -> list[Process]:
    """Return the children that a wait is about: those that signal SIGCHLD at their end, with __WCLONE the others.

    With __WNOTHREAD only those that the calling thread has made, or inherited from threads that have ended.
    """
    processes = kernel.processes
    children = [processes[number] for number in task.process.children]
    if options & _WNOTHREAD:
        heir = task.process.threads[0].tid
        children = [child for child in children if (child.maker or heir) == task.tid]
    if options & _WALL:
        return children
    others = bool(options & _WCLONE)
    return [child for child in children if (child.exit_signal != Signal.SIGCHLD) == others]


def is_of_interest(child: Process, options: int) -> bool:
    """Tell whether ``child`` has a change of state that these options of waitid(2) ask for."""
    if child.is_zombie:
        return bool(options & _WEXITED)
    if child.stop_report and options & _WSTOPPED:
        return True
    return child.continue_report and bool(options & _WCONTINUED)


def find_child(kernel: Kernel, task: Task, matches: list[Process], options: int) -> Process | Wait | None:
    """One of the children ``matches`` with something to report; None with WNOHANG; otherwise wait for one."""
    found = [child for child in matches if is_of_interest(child, options)]
    if found:
        choice = (
            kernel.decide(ChoiceKind.ZOMBIE, tuple([child.pid for child in found]), pid=task.tid) if found[1:] else 0
        )
        return found[choice]
    if all(child.is_zombie for child in matches):  # they have nothing to report any more
        raise SystemCallError(Errno.ECHILD)
    if options & _WNOHANG:
        return None
    which = f"child {matches[0].pid}" if len(matches) == 1 else "any of its children"
    return Wait((("child", task.pid),), f"{which} to change state")


def collect(kernel: Kernel, task: Task, child: Process, options: int) -> int:
    """Return the wait status word of what ``child`` has to report, which is gone then, unless WNOWAIT keeps it."""
    keep = options & _WNOWAIT
    if child.is_zombie:
        if not keep:
            lifecycle.reap(kernel, task.process, child)
        return child.status
    if child.stop_report and options & _WSTOPPED:
        status = waits.stopped(child.stop_report)
        child.stop_report = 0 if not keep else child.stop_report
        return status
    child.continue_report = bool(keep)
    return WAIT_CONTINUED


@call(
    "wait4",
    "ECHILD EFAULT EINTR EINVAL ESRCH",
    "riscv32 Linux has only waitid; of the usage only the user time is filled in",
    pid=Kind.PID,
    status=Kind.WAIT_STATUS,
    options=Kind.WAIT_OPTIONS,
    times=Kind.USAGE,
)
def wait4(kernel: Kernel, task: Task, pid: int, status: int, options: int, times: int) -> int | Wait:
    """wait4(2)."""
    if options & ~(_WNOHANG | _WUNTRACED | _WCONTINUED | _KINDS):
        raise SystemCallError(Errno.EINVAL)
    if pid == -0x8000_0000:
        raise SystemCallError(Errno.ESRCH)
    group = task.process.group if pid == 0 else -pid
    children = eligible(kernel, task, options)
    matches = [child for child in children if pid == -1 or child.pid == pid or (pid <= 0 and child.group == group)]
    options |= _WEXITED
    child = find_child(kernel, task, matches, options)
    if child is None or isinstance(child, Wait):
        return child or 0
    word = collect(kernel, task, child, options)
    if status:
        task.memory.write(status, WORD.pack(word))
    if times:
        task.memory.write(times, usage(child.retired + child.reaped))
    return child.pid


def usage(retired: int) -> bytes:
    """Return a struct rusage (getrusage(2)): the user time of so many retired instructions, and zeros."""
    seconds, nanoseconds = divmod(retired, NANOSECONDS)
    return Rusage.pack(ru_utime=Timeval.pack_all(seconds, nanoseconds // 1000))


@call(
    "waitid",
    "ECHILD EFAULT EINTR EINVAL",
    kind=Kind.ID_KIND,
    id=Kind.PID,
    info=Kind.SIGINFO_RESULT,
    options=Kind.WAIT_OPTIONS,
    times=Kind.USAGE,
)
def waitid(kernel: Kernel, task: Task, kind: int, id: int, info: int, options: int, times: int) -> int | Wait:
    """waitid(2)."""
    if options & ~(_CHANGES | _WNOHANG | _WNOWAIT | _KINDS) or not options & _CHANGES:
        raise SystemCallError(Errno.EINVAL)
    if kind not in (P_ALL, P_PID, P_PGID) or (kind == P_PID and id <= 0) or (kind == P_PGID and id < 0):
        raise SystemCallError(Errno.EINVAL)
    group = id or task.process.group
    children = eligible(kernel, task, options)
    matches = [
        child
        for child in children
        if kind == P_ALL or (kind == P_PID and child.pid == id) or (kind == P_PGID and child.group == group)
    ]
    child = find_child(kernel, task, matches, options)
    if isinstance(child, Wait):
        return child
    record = [0] * 6
    if child is not None:
        uid = child.credentials.uid
        code, value = describe(collect(kernel, task, child, options))
        record = [Signal.SIGCHLD, 0, code, child.pid, uid, value]
    if info:
        task.memory.write(info, packed_words(*record))
    if times and child is not None:
        task.memory.write(times, usage(child.retired + child.reaped))
    return 0


@call("sched_yield")
def sched_yield(kernel: Kernel, task: Task) -> int:
    """sched_yield(2): everyone who is ready runs first."""
    kernel.scheduler.give_way(task)
    return 0
