"""The life of a process: how it is made, executes another program, ends, and is collected.

An orphan goes to the nearest ancestor that asked for orphans (PR_SET_CHILD_SUBREAPER, prctl(2)), else to the machine's
own process, the reaper, which collects at once.
"""

from __future__ import annotations

from vm import events
from vm.abi import SIG_IGN, Errno, HandlerFlag, Signal, waits
from vm.cpu.state import PC
from vm.isa import A0, SP
from vm.kernel.choice import ChoiceKind
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process import accounts, futex, starting
from vm.kernel.process.personality import personality_of
from vm.kernel.process.task import REAPER, State, Task
from vm.kernel.signals import sending
from vm.memory import BadAddress, OutOfMemory
from vm.memory.strategies import STRATEGIES, share
from vm.services import AUTO

_NO_ZOMBIES = int(HandlerFlag.SA_NOCLDWAIT)


def create(
    kernel: Kernel, parent: Task, call: str, *, shared: bool, stack: int = 0, exit_signal: int = Signal.SIGCHLD,
    meant: str = "", suspends: bool = False,
) -> Task:  # fmt: skip
    """fork, vfork, clone: a child that returns 0 from the parent's call, in the parent's memory or a copy of it.

    ``stack`` is the child's stack pointer, 0 the parent's; ``meant``, by default ``call``, goes into the event.
    ``suspends``: the parent waits for the child.
    """
    child_first = kernel.settings.first == "child"
    if not suspends:
        child_first = bool(kernel.decide(ChoiceKind.FIRST, (0, 1), int(child_first), pid=parent.pid))
    if kernel.processes.is_full:
        raise SystemCallError(Errno.EAGAIN)
    if not parent.files.can_be_copied:
        raise SystemCallError(Errno.ENOMEM)
    strategy = share if shared else STRATEGIES[kernel.settings.fork]
    try:
        space, costs = strategy(parent.memory)
    except OutOfMemory:
        raise SystemCallError(Errno.ENOMEM) from None
    child = Task(
        kernel.processes.new_pid(), parent.pid, parent.group, parent.session, parent.credentials, space,
        parent.files.copy(), parent.context.copy(), name=parent.name, path=parent.path,
        arguments=parent.arguments, directory=parent.directory,
        signals=parent.signals.forked(), limits=dict(parent.limits),
        exit_signal=exit_signal, umask=parent.umask, random=parent.random.child(),
        personality=parent.personality and (parent.personality if shared else parent.personality.forked()),
    )  # fmt: skip
    child.run_file(parent.executable)
    child.context[A0] = 0
    child.context[PC] = (int(parent.context[PC]) + 4) & 0xFFFF_FFFF
    if stack:
        child.context[SP] = stack
    kernel.processes.add(child)
    if not shared:
        accounts.open_for(kernel, parent, child)
    how = "share" if shared else kernel.settings.fork
    kernel.emit(events.Created, parent.pid, child.pid, call, how, costs, meant or call)
    kernel.scheduler.add(child, first=child_first)
    if child_first:
        parent.slice_used = kernel.scheduler.quantum
    return child


def execute(
    kernel: Kernel, task: Task, path: bytes, arguments: tuple[bytes, ...], environment: tuple[bytes, ...]
) -> None:
    """exec: replace what ``task`` runs. SystemCallError, before the one point of commitment, changes nothing."""
    program = kernel.loader.resolve(path, task.directory, task.user, arguments)
    seed = task.random.take(16)
    new = kernel.loader.build(program, environment, task.credentials, seed)
    # Commit: from here on nothing fails.
    if task.space is not None:
        _clear_tid(kernel, task)
    in_vain = accounts.leave_space(kernel, task, task.space, "exec") if task.space is not None else None
    task.space = new.space
    task.context[:] = new.context
    wanted = AUTO if task.has_executed else kernel.settings.dialect
    task.personality = personality_of(program.image.note, wanted, new.space.brk)
    if task.personality is not None:
        starting.begin(task.context, task.personality.dialect, program.image.note, len(program.arguments))
    task.run_file(program.file)
    task.path, task.arguments = program.path, program.arguments
    task.name = path.rsplit(b"/", 1)[-1].decode(errors="surrogateescape")
    task.files.close_on_exec()
    task.signals.executed()
    task.exit_signal, task.has_executed = Signal.SIGCHLD, True
    kernel.emit(events.Executed, task.pid, program.path, program.arguments, new.costs, in_vain or 0)
    _release_vfork_parent(kernel, task, "exec")


def _release_vfork_parent(kernel: Kernel, task: Task, why: str) -> None:
    if task.vfork_parent:
        parent, task.vfork_parent = task.vfork_parent, 0
        if kernel.scheduler.is_awaited("vfork", task.pid):
            kernel.emit(events.Resumed, parent, task.pid, why)
            kernel.scheduler.wake("vfork", task.pid)


def terminate(kernel: Kernel, task: Task, status: int) -> None:
    """End ``task`` with this wait status: it becomes a zombie until its parent collects it."""
    kernel.scheduler.forget(task)
    kernel.timers.cancel(("alarm", task.pid))
    task.alarms.clear()
    task.files.close_all()
    task.run_file(None)
    kernel.emit(
        events.Exited,
        task.pid,
        waits.exit_code(status),
        waits.term_signal(status),
        task.retired,
        waits.is_dumped(status),
    )
    _clear_tid(kernel, task)
    space, task.space = task.memory, None
    in_vain = accounts.leave_space(kernel, task, space, "exit")
    if in_vain is not None:
        kernel.emit(events.Discarded, task.pid, in_vain)
    # A vfork parent goes on before its child can be waited for (vfork(2)).
    _release_vfork_parent(kernel, task, "exit")
    task.state = State.ZOMBIE
    task.status = status
    task.forget_call()
    task.stopped = False
    groups = sending.groups_held(kernel, task)
    for pid in list(task.children):
        _adopt(kernel, task, kernel.processes[pid])
    sending.hang_up(kernel, groups)
    _report_exit(kernel, task)


def _clear_tid(kernel: Kernel, task: Task) -> None:
    """Do what set_tid_address(2) asked for, where somebody else is left in the address space to see it."""
    address, task.clear_tid = task.clear_tid, 0
    if address and task.memory.users > 1:
        try:
            task.memory.write(address, bytes(4))
        except (BadAddress, OutOfMemory):
            return
        finally:
            kernel.tell_noted()
        futex.wake(kernel, futex.private_key(task, address), 1, midway=True)


def _adopt(kernel: Kernel, parent: Task, orphan: Task) -> None:
    """Give a child whose parent has ended to another, who hears of it if it is a zombie."""
    parent.children.remove(orphan.pid)
    adopter = _adopter(kernel, parent)
    orphan.parent = adopter.pid
    orphan.exit_signal = Signal.SIGCHLD
    adopter.children.append(orphan.pid)
    if orphan.state is State.ZOMBIE:
        _report_exit(kernel, orphan)
    elif orphan.death_signal:
        sending.send(kernel, orphan, sending.from_process(parent, orphan.death_signal), sender=parent.pid)


def _adopter(kernel: Kernel, parent: Task) -> Task:
    """Return who gets the orphans that ``parent`` leaves: its nearest ancestor that wants them, at last the reaper."""
    ancestor = kernel.processes[parent.parent]
    while ancestor.pid != REAPER and not ancestor.is_subreaper:
        ancestor = kernel.processes[ancestor.parent]
    return ancestor


def _report_exit(kernel: Kernel, zombie: Task) -> None:
    """Tell the parent of a new zombie; one that ignores SIGCHLD, or asked for no zombies, will not collect it."""
    parent = kernel.processes[zombie.parent]
    if parent.pid == REAPER:
        reap(kernel, parent, zombie)
        return
    signal = zombie.exit_signal
    disposition = parent.signals.disposition(Signal.SIGCHLD)
    ignored = signal == Signal.SIGCHLD and disposition.handler == SIG_IGN
    if signal and not ignored:
        info = sending.child_info(zombie, signal, *sending.describe(zombie.status))
        sending.send(kernel, parent, info, sender=zombie.pid)
    kernel.scheduler.wake("child", parent.pid)
    if ignored or (signal == Signal.SIGCHLD and disposition.flags & _NO_ZOMBIES):
        reap(kernel, parent, zombie)


def reap(kernel: Kernel, task: Task, child: Task) -> None:
    """``task`` has the status of its zombie ``child``: free the slot."""
    kernel.processes.remove(child)
    kernel.emit(events.Reaped, task.pid, child.pid)
