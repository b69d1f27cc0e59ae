"""Creating, replacing, ending and awaiting processes, and signals between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vm.abi import (
    ARGUMENT_LIMIT,
    CLD_CONTINUED,
    CLD_DUMPED,
    CLD_EXITED,
    CLD_KILLED,
    CLD_STOPPED,
    CSIGNAL,
    P_ALL,
    P_PGID,
    P_PID,
    SIGNAL_LIMIT,
    CloneFlag,
    Errno,
    Signal,
    WaitFlag,
)
from vm.kernel.errors import SystemCallError
from vm.kernel.process import REAPER, Block, State, Task
from vm.kernel.syscalls.files import read_path
from vm.kernel.syscalls.table import Kind, call

if TYPE_CHECKING:
    from vm.kernel.kernel import Kernel

_SHARED = CloneFlag.CLONE_VM
_VFORK = CloneFlag.CLONE_VM | CloneFlag.CLONE_VFORK
_TID_FLAGS = CloneFlag.CLONE_PARENT_SETTID | CloneFlag.CLONE_CHILD_SETTID | CloneFlag.CLONE_CHILD_CLEARTID


@call("fork", "EAGAIN ENOMEM", "riscv32 Linux has only clone")
def fork(kernel: Kernel, task: Task) -> int:
    """fork(2)."""
    return kernel.create(task, "fork", shared=False).pid


@call("vfork", "EAGAIN ENOMEM", "riscv32 Linux has only clone")
def vfork(kernel: Kernel, task: Task) -> int | Block:
    """vfork(2): the child runs in the caller's memory; the caller waits until it execs or exits."""
    return suspend_for_child(kernel, task, "vfork", 0)


def suspend_for_child(kernel: Kernel, task: Task, name: str, stack: int) -> int | Block:
    """Create a child in ``task``'s own memory and wait for its exec or exit; then its pid."""
    if task.progress:
        return task.progress
    child = kernel.create(task, name, shared=True, stack=stack)
    child.vfork_parent = task.pid
    task.progress = child.pid
    return Block((("vfork", child.pid),), f"its vfork child {child.pid} to exec or exit", interruptible=False)


@call(
    "clone",
    "EAGAIN EINVAL ENOMEM ENOSYS",
    "processes only: SIGCHLD with no flag, CLONE_VM, or CLONE_VM and CLONE_VFORK; other flags are ENOSYS",
    flags=Kind.FLAGS,
    stack=Kind.ADDRESS,
    parent_tid=Kind.ADDRESS,
    tls=Kind.ADDRESS,
    child_tid=Kind.ADDRESS,
)
def clone(kernel: Kernel, task: Task, flags: int, stack: int, parent_tid: int, tls: int, child_tid: int) -> int | Block:
    """clone(2): a process with a copy of the caller's memory, or in it, with the caller suspended or not."""
    signal, options = flags & CSIGNAL, flags & ~CSIGNAL
    if signal > SIGNAL_LIMIT:
        raise SystemCallError(Errno.EINVAL)
    if signal != Signal.SIGCHLD or options not in (0, _SHARED, _VFORK):
        raise SystemCallError(Errno.ENOSYS)
    if options == _VFORK:
        return suspend_for_child(kernel, task, "clone", stack)
    return kernel.create(task, "clone", shared=options == _SHARED, stack=stack).pid


def read_strings(task: Task, address: int) -> tuple[bytes, ...]:
    """The strings of a null-terminated array of pointers; none at address 0. SystemCallError(E2BIG)."""
    strings: list[bytes] = []
    room = ARGUMENT_LIMIT
    while address:
        pointer = task.memory.read_word(address + 4 * len(strings))
        if not pointer:
            break
        string = task.memory.read_string(pointer, room)
        if string is None:
            raise SystemCallError(Errno.E2BIG)
        room -= len(string) + 1 + 4
        if room <= 0:
            raise SystemCallError(Errno.E2BIG)
        strings.append(string)
    return tuple(strings)


@call(
    "execve",
    "E2BIG EACCES EFAULT ELOOP ENAMETOOLONG ENOENT ENOEXEC ENOMEM ENOTDIR",
    "a source NAME.s or NAME.c is assembled or compiled when NAME does not exist",
    path=Kind.PATH,
    argv=Kind.STRINGS,
    envp=Kind.STRINGS,
)
def execve(kernel: Kernel, task: Task, path: int, argv: int, envp: int) -> None:
    """execve(2)."""
    name = read_path(task, path)
    arguments = read_strings(task, argv) or (b"",)  # Linux gives a program at least an empty argv[0]
    kernel.execute(task, name, arguments, read_strings(task, envp))


@call("exit", status=Kind.INT)
def exit(kernel: Kernel, task: Task, status: int) -> None:
    """_exit(2)."""
    kernel.terminate(task, (status & 0xFF) << 8)


@call("exit_group", status=Kind.INT)
def exit_group(kernel: Kernel, task: Task, status: int) -> None:
    """exit_group(2): a process has one thread."""
    kernel.terminate(task, (status & 0xFF) << 8)


def is_of_interest(task: Task, child: Task, options: int) -> bool:
    """True when ``child`` has a change of state that these options of waitid(2) ask for."""
    if child.state is State.ZOMBIE:
        return bool(options & WaitFlag.WEXITED)
    if child.stop_report and options & WaitFlag.WSTOPPED:
        return True
    return child.continue_report and bool(options & WaitFlag.WCONTINUED)


def find_child(kernel: Kernel, task: Task, matches: list[int], options: int) -> Task | Block | None:
    """The first of the children ``matches`` with something to report; None with WNOHANG; otherwise wait for one."""
    if not matches:
        raise SystemCallError(Errno.ECHILD)
    for pid in matches:
        child = kernel.processes[pid]
        if is_of_interest(task, child, options):
            return child
    if options & WaitFlag.WNOHANG:
        return None
    which = f"child {matches[0]}" if len(matches) == 1 else "any of its children"
    return Block((("child", task.pid),), f"{which} to change state")


def collect(kernel: Kernel, task: Task, child: Task, options: int) -> int:
    """The wait status word of what ``child`` has to report, which is gone then, unless WNOWAIT keeps it."""
    keep = options & WaitFlag.WNOWAIT
    if child.state is State.ZOMBIE:
        if not keep:
            kernel.reap(task, child)
        return child.status
    if child.stop_report and options & WaitFlag.WSTOPPED:
        status = child.stop_report << 8 | 0x7F
        child.stop_report = 0 if not keep else child.stop_report
        return status
    child.continue_report = bool(keep)
    return 0xFFFF


@call(
    "wait4",
    "ECHILD EFAULT EINVAL",
    "riscv32 Linux has only waitid; of the usage only the user time is filled in",
    pid=Kind.PID,
    status=Kind.ADDRESS,
    options=Kind.FLAGS,
    usage=Kind.ADDRESS,
)
def wait4(kernel: Kernel, task: Task, pid: int, status: int, options: int, usage: int) -> int | Block:
    """wait4(2)."""
    if options & ~(WaitFlag.WNOHANG | WaitFlag.WUNTRACED | WaitFlag.WCONTINUED):
        raise SystemCallError(Errno.EINVAL)
    group = task.group if pid == 0 else -pid
    children = [kernel.processes[number] for number in task.children]
    matches = [child.pid for child in children if pid == -1 or child.pid == pid or (pid <= 0 and child.group == group)]
    options |= WaitFlag.WEXITED
    child = find_child(kernel, task, matches, options)
    if child is None or isinstance(child, Block):
        return child or 0
    word = collect(kernel, task, child, options)
    if status:
        task.memory.write(status, word.to_bytes(4, "little"))
    if usage:
        task.memory.write(usage, usage_of(child))
    return child.pid


def usage_of(task: Task) -> bytes:
    """A struct rusage of 32-bit longs (getrusage(2)): user time from retired instructions, zeros."""
    seconds, nanoseconds = divmod(task.retired, 10**9)
    return (seconds.to_bytes(4, "little") + (nanoseconds // 1000).to_bytes(4, "little")).ljust(72, b"\0")


def describe(status: int) -> tuple[int, int]:
    """(si_code, si_status) for a wait status word, as waitid(2) reports it."""
    if status == 0xFFFF:
        return CLD_CONTINUED, Signal.SIGCONT
    if status & 0xFF == 0x7F:
        return CLD_STOPPED, status >> 8
    if status & 0x7F:
        return (CLD_DUMPED if status & 0x80 else CLD_KILLED), status & 0x7F
    return CLD_EXITED, status >> 8


@call(
    "waitid",
    "ECHILD EFAULT EINVAL",
    kind=Kind.INT,
    id=Kind.PID,
    info=Kind.ADDRESS,
    options=Kind.FLAGS,
    usage=Kind.ADDRESS,
)
def waitid(kernel: Kernel, task: Task, kind: int, id: int, info: int, options: int, usage: int) -> int | Block:
    """waitid(2)."""
    changes = WaitFlag.WEXITED | WaitFlag.WSTOPPED | WaitFlag.WCONTINUED
    if options & ~(changes | WaitFlag.WNOHANG | WaitFlag.WNOWAIT) or not options & changes:
        raise SystemCallError(Errno.EINVAL)
    if kind not in (P_ALL, P_PID, P_PGID) or (kind == P_PID and id <= 0) or (kind == P_PGID and id < 0):
        raise SystemCallError(Errno.EINVAL)
    group = id or task.group
    children = [kernel.processes[number] for number in task.children]
    matches = [
        child.pid
        for child in children
        if kind == P_ALL or (kind == P_PID and child.pid == id) or (kind == P_PGID and child.group == group)
    ]
    child = find_child(kernel, task, matches, options)
    if isinstance(child, Block):
        return child
    record = [0] * 6
    if child is not None:
        code, value = describe(collect(kernel, task, child, options))
        record = [Signal.SIGCHLD, 0, code, child.pid, child.uid, value]
    if info:
        task.memory.write(info, b"".join(word.to_bytes(4, "little") for word in record))
    if usage and child is not None:
        task.memory.write(usage, usage_of(child))
    return 0


@call("sched_yield")
def sched_yield(kernel: Kernel, task: Task) -> int:
    """sched_yield(2): everyone who is ready runs first."""
    task.slice_used = kernel.scheduler.quantum
    return 0


@call("kill", "EINVAL EPERM ESRCH", pid=Kind.PID, signal=Kind.SIGNAL)
def kill(kernel: Kernel, task: Task, pid: int, signal: int) -> int:
    """kill(2): to a process, the caller's group (0), another group (-pgid) or everyone else it may signal (-1)."""
    if not 0 <= signal <= SIGNAL_LIMIT:
        raise SystemCallError(Errno.EINVAL)
    if pid > 0:
        found = kernel.processes.get(pid)
        targets = [found] if found else []
    elif pid == -1:
        targets = [other for other in kernel.processes if other.pid not in (REAPER, task.pid)]
    else:
        targets = [other for other in kernel.processes if other.group == (-pid or task.group)]
    if not targets:
        raise SystemCallError(Errno.ESRCH)
    allowed = [target for target in targets if target.uid == task.uid]
    if not allowed:
        raise SystemCallError(Errno.EPERM)
    for target in sorted(allowed, key=lambda target: target is task):
        if signal:
            kernel.send_signal(target, signal, task.pid)
    return 0
