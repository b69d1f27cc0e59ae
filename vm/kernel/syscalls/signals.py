"""Signals: dispositions, masks, waiting for them and sending them."""

from __future__ import annotations

from vm.abi import (
    SI_TKILL,
    SI_USER,
    SIG_BLOCK,
    SIG_IGN,
    SIG_SETMASK,
    SIG_UNBLOCK,
    SIGNAL_LIMIT,
    SIGSET_SIZE,
    SS_AUTODISARM,
    Errno,
    HandlerFlag,
    Signal,
)
from vm.abi.layout import LONG_LONG, bits
from vm.abi.structures import Sigaction, Siginfo, SignalStack
from vm.isa import SP
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import REAPER, Process, Restart, State, Task, Wait
from vm.kernel.signals import contexts, sending, taking
from vm.kernel.signals.state import UNBLOCKABLE, Disposition, SignalInfo, bit
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.table import call
from vm.kernel.syscalls.timeouts import timeout_at, wait_until

_KNOWN_FLAGS = int(sum(HandlerFlag))


def check_set_size(size: int) -> None:
    """SystemCallError(EINVAL) unless signal sets have the size this kernel knows."""
    if size != SIGSET_SIZE:
        raise SystemCallError(Errno.EINVAL)


def check_signal(signal: int, lowest: int = 1) -> None:
    """SystemCallError(EINVAL) for what is no signal."""
    if not lowest <= signal <= SIGNAL_LIMIT:
        raise SystemCallError(Errno.EINVAL)


def read_set(task: Task, address: int) -> int:
    """Return the signal set at ``address``."""
    return bits(task.memory.read(address, SIGSET_SIZE))


def write_set(task: Task, address: int, signals: int) -> None:
    """Store a signal set."""
    task.memory.write(address, LONG_LONG.pack(signals))


@call("rt_sigaction", "EFAULT EINVAL", signal=Kind.SIGNAL, new=Kind.ACTION, old=Kind.ACTION_RESULT, size=Kind.SIZE)
def rt_sigaction(kernel: Kernel, task: Task, signal: int, new: int, old: int, size: int) -> int:
    """sigaction(2). The struct is handler, flags, mask: RISC-V has no restorer."""
    check_set_size(size)
    check_signal(signal)
    if new and bit(signal) & UNBLOCKABLE:
        raise SystemCallError(Errno.EINVAL)
    former = task.signals.disposition(signal)
    if new:
        handler, flags, mask = Sigaction.unpack(task.memory.read(new, Sigaction.SIZE))
        disposition = Disposition(handler, flags & _KNOWN_FLAGS, mask & ~UNBLOCKABLE)
        for thread in task.process.threads:  # an ignored signal does not wait any longer, whomever it was sent to
            thread.signals.set_disposition(signal, disposition)
        if former.handler == SIG_IGN and task.process.timers:
            _resend(kernel, task, signal)
    if old:
        task.memory.write(old, Sigaction.pack_all(former.handler, former.flags, former.mask))
    return 0


def _resend(kernel: Kernel, task: Task, signal: int) -> None:
    from vm.kernel.signals import ringing  # for programs that have such timers

    if not task.signals.is_ignored(signal):
        ringing.resend(kernel, task.process, signal)


@call(
    "rt_sigprocmask",
    "EFAULT EINVAL",
    how=Kind.MASK_CHANGE,
    new=Kind.SIGNAL_SET,
    old=Kind.SIGNAL_SET_RESULT,
    size=Kind.SIZE,
)
def rt_sigprocmask(kernel: Kernel, task: Task, how: int, new: int, old: int, size: int) -> int:
    """sigprocmask(2)."""
    check_set_size(size)
    signals = task.signals
    former = signals.mask
    if new:
        wanted = read_set(task, new)
        if how not in (SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK):
            raise SystemCallError(Errno.EINVAL)
        masks = {SIG_BLOCK: former | wanted, SIG_UNBLOCK: former & ~wanted, SIG_SETMASK: wanted}
        sending.change_mask(kernel, task, masks[how])
    if old:
        write_set(task, old, former)
    return 0


@call("rt_sigpending", "EFAULT EINVAL", set=Kind.SIGNAL_SET_RESULT, size=Kind.SIZE)
def rt_sigpending(kernel: Kernel, task: Task, set: int, size: int) -> int:
    """sigpending(2)."""
    if size > SIGSET_SIZE:
        raise SystemCallError(Errno.EINVAL)
    pending = LONG_LONG.pack(task.signals.pending & task.signals.mask)
    task.memory.write(set, pending[:size])
    return 0


@call("rt_sigsuspend", "EFAULT EINTR EINVAL", mask=Kind.SIGNAL_SET, size=Kind.SIZE)
def rt_sigsuspend(kernel: Kernel, task: Task, mask: int, size: int) -> Wait:
    """sigsuspend(2): always EINTR; the mask from before is back when the handler has returned."""
    check_set_size(size)
    wait_with_mask(kernel, task, read_set(task, mask))
    return Wait((), "a signal", restart=Restart.UNLESS_HANDLED)


def wait_with_mask(kernel: Kernel, task: Task, mask: int) -> None:
    """Begin a wait with another mask. A handler that ends it goes back to the mask from before."""
    signals = task.signals
    if signals.saved_mask is None:
        signals.saved_mask = signals.mask
        sending.change_mask(kernel, task, mask)


@call(
    "rt_sigtimedwait_time64",
    "EAGAIN EFAULT EINTR EINVAL",
    set=Kind.SIGNAL_SET,
    info=Kind.SIGINFO_RESULT,
    timeout=Kind.TIMESPEC,
    size=Kind.SIZE,
)
def rt_sigtimedwait(kernel: Kernel, task: Task, set: int, info: int, timeout: int, size: int) -> int | Wait:
    """sigtimedwait(2): take a waiting signal of the set, without its handler."""
    check_set_size(size)
    wanted = read_set(task, set) & ~UNBLOCKABLE
    deadline = timeout_at(kernel, task, timeout)
    found = taking.take(kernel.system, task, wanted)
    if found is None:
        if kernel.clock >= deadline:
            raise SystemCallError(Errno.EAGAIN)
        task.signals.awaited = wanted
        return Wait((("signal", task.tid),), "a signal of a set", wait_until(deadline), Restart.NEVER)
    if info:
        task.memory.write(info, found.to_bytes())
    return found.signal


@call("rt_sigreturn")
def rt_sigreturn(kernel: Kernel, task: Task) -> None:
    """sigreturn(2)."""
    contexts.return_from_handler(kernel, task)


@call("sigaltstack", "EFAULT EINVAL ENOMEM EPERM", new=Kind.SIGNAL_STACK, old=Kind.SIGNAL_STACK_RESULT)
def sigaltstack(kernel: Kernel, task: Task, new: int, old: int) -> int:
    """sigaltstack(2)."""
    stack = task.signals.stack
    if new:
        contexts.set_stack(task, SignalStack.unpack(task.memory.read(new, SignalStack.SIZE)))
    if old:
        state = stack.state(int(task.context[SP])) | stack.flags & SS_AUTODISARM
        task.memory.write(old, SignalStack.pack_all(stack.start, state, stack.size))
    return 0


@call("kill", "EINVAL EPERM ESRCH", pid=Kind.PID, signal=Kind.SIGNAL)
def kill(kernel: Kernel, task: Task, pid: int, signal: int) -> int:
    """kill(2): to a process, the caller's group (0), another group (-pgid) or everyone else it may signal (-1)."""
    named = kernel.processes.thread(pid) if pid > 0 else None  # of any thread: its process is meant
    if pid > 0:
        targets = [named.process] if named else []
    elif pid == -1:
        targets = [other for other in kernel.processes if other.pid not in (REAPER, task.pid)]
    else:
        targets = [other for other in kernel.processes if other.group == (-pid or task.process.group)]
    if not targets:
        raise SystemCallError(Errno.ESRCH)
    check_signal(signal, 0)
    allowed = [target for target in targets if may_signal(task, target, signal)]
    if not allowed and pid != -1:
        raise SystemCallError(Errno.EPERM)
    for target in allowed:
        kernel.check_time()
        if signal:
            sending.send(kernel, target, sending.from_process(task, signal), sender=task.pid, named=named)
    return 0


def may_signal(task: Task, target: Process, signal: int) -> bool:
    """Tell whether ``task`` may signal ``target``: the ids match, or SIGCONT goes to its own session."""
    if task.process is target or (signal == Signal.SIGCONT and target.session == task.process.session):
        return True
    return task.credentials.may_signal(target.credentials)


def find_thread(kernel: Kernel, task: Task, tid: int, signal: int, pid: int = 0) -> Task:
    """Return the thread that is to take a signal, of process ``pid`` if that is not 0. SystemCallError for none."""
    target = kernel.processes.thread(tid)
    if target is None or (pid and target.pid != pid):
        raise SystemCallError(Errno.ESRCH)
    check_signal(signal, 0)
    if not may_signal(task, target.process, signal):
        raise SystemCallError(Errno.EPERM)
    return target


def send_to_thread(kernel: Kernel, task: Task, target: Task, info: SignalInfo) -> int:
    """Send a signal to one thread, unless it is 0, or the thread has ended. SystemCallError(EAGAIN) without room."""
    if not info.signal or target.state is State.ZOMBIE:
        return 0
    if not sending.send(kernel, target.process, info, sender=task.pid, thread=target):
        raise SystemCallError(Errno.EAGAIN)
    return 0


@call("tkill", "EAGAIN EINVAL EPERM ESRCH", tid=Kind.PID, signal=Kind.SIGNAL)
def tkill(kernel: Kernel, task: Task, tid: int, signal: int) -> int:
    """tkill(2)."""
    if tid <= 0:
        raise SystemCallError(Errno.EINVAL)
    target = find_thread(kernel, task, tid, signal)
    return send_to_thread(kernel, task, target, sending.from_process(task, signal, SI_TKILL))


@call("tgkill", "EAGAIN EINVAL EPERM ESRCH", pid=Kind.PID, tid=Kind.PID, signal=Kind.SIGNAL)
def tgkill(kernel: Kernel, task: Task, pid: int, tid: int, signal: int) -> int:
    """tgkill(2)."""
    if tid <= 0 or pid <= 0:
        raise SystemCallError(Errno.EINVAL)
    target = find_thread(kernel, task, tid, signal, pid)
    return send_to_thread(kernel, task, target, sending.from_process(task, signal, SI_TKILL))


@call("rt_sigqueueinfo", "EAGAIN EFAULT EINVAL EPERM ESRCH", pid=Kind.PID, signal=Kind.SIGNAL, info=Kind.SIGINFO)
def rt_sigqueueinfo(kernel: Kernel, task: Task, pid: int, signal: int, info: int) -> int:
    """rt_sigqueueinfo(2), under sigqueue(3): a signal with a siginfo of the sender's making."""
    _, error, code, fields = Siginfo.unpack(task.memory.read(info, Siginfo.SIZE))
    if (code >= SI_USER or code == SI_TKILL) and pid != task.pid:
        raise SystemCallError(Errno.EPERM)
    named = kernel.processes.thread(pid)
    if named is None:
        raise SystemCallError(Errno.ESRCH)
    target = named.process
    check_signal(signal, 0)
    if not may_signal(task, target, signal):
        raise SystemCallError(Errno.EPERM)
    made = SignalInfo(signal, code, fields, error)
    if signal and not sending.send(kernel, target, made, sender=task.pid, named=named):
        raise SystemCallError(Errno.EAGAIN)
    return 0


@call(
    "rt_tgsigqueueinfo",
    "EAGAIN EFAULT EINVAL EPERM ESRCH",
    pid=Kind.PID,
    tid=Kind.PID,
    signal=Kind.SIGNAL,
    info=Kind.SIGINFO,
)
def rt_tgsigqueueinfo(kernel: Kernel, task: Task, pid: int, tid: int, signal: int, info: int) -> int:
    """rt_tgsigqueueinfo(2): to one thread, a signal with a siginfo of the sender's making."""
    _, error, code, fields = Siginfo.unpack(task.memory.read(info, Siginfo.SIZE))
    if pid <= 0 or tid <= 0:
        raise SystemCallError(Errno.EINVAL)
    if (code >= SI_USER or code == SI_TKILL) and pid != task.pid:
        raise SystemCallError(Errno.EPERM)
    target = find_thread(kernel, task, tid, signal, pid)
    return send_to_thread(kernel, task, target, SignalInfo(signal, code, fields, error))
