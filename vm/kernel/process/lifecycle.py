"""The life of a process: how it is made, executes another program, ends, and is collected.

An orphan goes to the nearest ancestor that asked for orphans (PR_SET_CHILD_SUBREAPER, prctl(2)), else to the machine's
own process, the reaper, which collects at once.
"""

from __future__ import annotations

from vm import events
from vm.abi import SI_KERNEL, SIG_IGN, CloneFlag, Errno, HandlerFlag, Limit, Signal, waits
from vm.cpu.state import PC
from vm.isa import A0, SP
from vm.kernel.choice import ChoiceKind
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process import accounts, alarms, leaving, starting
from vm.kernel.process.limits import may_create, room_of
from vm.kernel.process.personality import personality_of
from vm.kernel.process.random import RandomStream
from vm.kernel.process.task import REAPER, Process, Task, lead
from vm.kernel.process.undoing import Undoing
from vm.kernel.signals import sending
from vm.kernel.signals.state import Disposition, SignalInfo, Signals
from vm.memory import OutOfMemory
from vm.memory.bounds import OutOfBounds
from vm.memory.strategies import STRATEGIES, share
from vm.services import AUTO

_NO_ZOMBIES = int(HandlerFlag.SA_NOCLDWAIT)
# Plain numbers: an operation on an IntFlag costs more than many attributes.
_FILES, _PLACE, _HANDLERS, _PARENT, _SUSPENDS, _SEMAPHORES = map(
    int,
    (
        CloneFlag.CLONE_FILES, CloneFlag.CLONE_FS, CloneFlag.CLONE_SIGHAND, CloneFlag.CLONE_PARENT,
        CloneFlag.CLONE_VFORK, CloneFlag.CLONE_SYSVSEM,
    ),
)  # fmt: skip


def create(
    kernel: Kernel, parent: Task, call: str, *, shared: bool, stack: int = 0, exit_signal: int = Signal.SIGCHLD,
    meant: str = "", suspends: bool = False, sharing: int = 0,
) -> Task:  # fmt: skip
    """fork, vfork, clone: a child that returns 0 from the caller's call, in the caller's memory or a copy of it.

    Of its process only the thread ``parent`` is copied. ``stack`` is the child's stack pointer, 0 the parent's;
    ``meant``, by default ``call``, goes into the event. ``suspends``: the parent waits for the child. ``sharing`` are
    the flags of clone(2) that say what else the two have in common.
    """
    child_first = kernel.settings.first == "child"
    if not suspends:
        child_first = bool(kernel.decide(ChoiceKind.FIRST, (0, 1), int(child_first), pid=parent.tid))
    _demand_slots(kernel, parent, sharing)
    strategy = share if shared else STRATEGIES[kernel.settings.fork]
    try:
        space, costs = strategy(parent.memory)
    except OutOfMemory:
        raise SystemCallError(Errno.ENOMEM) from None
    old, stream = parent.process, parent.random.child()
    pid = kernel.processes.new_pid(stream.descent)
    is_sibling = bool(sharing & _PARENT)
    new = Process(
        pid, old.parent if is_sibling else old.pid, old.group, old.session, space, path=old.path,
        arguments=old.arguments, auxiliary=old.auxiliary, limits=dict(old.limits),
        exit_signal=old.exit_signal if is_sibling else exit_signal,
        maker=old.maker if is_sibling else 0 if parent is old.leader else parent.tid,
        personality=old.personality and (old.personality if shared else old.personality.forked()),
    )  # fmt: skip
    new.run_file(old.executable)
    signals = parent.signals.forked(shares_handlers=bool(sharing & _HANDLERS))
    child = lead(new, _thread_of(new, pid, stream, parent, signals, sharing, stack))
    kernel.processes.add(child)
    if new.limits and Limit.RLIMIT_CPU in new.limits:
        alarms.limit_processor_time(kernel, new)
    if not shared:
        accounts.open_for(kernel, parent, child)
    how = "share" if shared else kernel.settings.fork
    kernel.emit(events.Created, old.pid, child.pid, call, how, costs, meant or call, parent.tid)
    kernel.scheduler.add(child, first=child_first)
    if child_first:
        kernel.scheduler.end_turn(parent)
    return child


def create_thread(kernel: Kernel, parent: Task, *, stack: int, sharing: int) -> Task:
    """clone(2) with CLONE_THREAD: a thread of the caller's process, which returns 0 from the caller's call."""
    child_first = kernel.settings.first == "child"
    if not sharing & _SUSPENDS:
        child_first = bool(kernel.decide(ChoiceKind.FIRST, (0, 1), int(child_first), pid=parent.tid))
    _demand_slots(kernel, parent, sharing)
    process, signals = parent.process, parent.signals.of_another_thread()
    stream = parent.random.child()
    tid = kernel.processes.new_pid(stream.descent)
    thread = _thread_of(process, tid, stream, parent, signals, sharing, stack)
    process.threads.append(thread)
    kernel.processes.add(thread)
    kernel.emit(events.ThreadCreated, process.pid, thread.tid, parent.tid)
    kernel.scheduler.add(thread, first=child_first)
    if child_first:
        kernel.scheduler.end_turn(parent)
    return thread


def _demand_slots(kernel: Kernel, parent: Task, sharing: int) -> None:
    """SystemCallError(EAGAIN, ENOMEM) when there is no slot, the user may not have it, or for want of descriptors."""
    if kernel.processes.is_full or not may_create(kernel.settings, kernel.processes, parent):
        raise SystemCallError(Errno.EAGAIN)
    if not (sharing & _FILES or parent.files.can_be_copied):
        raise SystemCallError(Errno.ENOMEM)


def _thread_of(
    process: Process, tid: int, stream: RandomStream, parent: Task, signals: Signals, sharing: int, stack: int
) -> Task:
    """Make a thread of ``process`` that goes on behind the call that ``parent`` makes, with 0 for its result.

    It has the files and directories of ``parent``, or copies, as ``sharing`` says. With CLONE_SYSVSEM the two undo what
    they do to semaphores together.
    """
    files = parent.files.share() if sharing & _FILES else parent.files.copy()
    place = parent.place if sharing & _PLACE else parent.place.copy()
    context = parent.context.copy()
    context[A0] = 0
    context[PC] = (int(context[PC]) + 4) & 0xFFFF_FFFF
    if stack:
        context[SP] = stack
    undoing = None
    if sharing & _SEMAPHORES:
        parent.undoing = parent.undoing or Undoing()
        undoing = parent.undoing.share()
    return Task(
        tid, process.pid, process, parent.credentials, files, place, context, signals, name=parent.name,
        random=stream, undoing=undoing, policy=parent.policy.forked(),
    )  # fmt: skip


def execute(
    kernel: Kernel, task: Task, path: bytes, arguments: tuple[bytes, ...], environment: tuple[bytes, ...]
) -> None:
    """exec: replace what ``task`` runs. SystemCallError, before the one point of commitment, changes nothing.

    The other threads of its process end, and it takes the place of the first. With limits in which the program has no
    room the process ends by SIGSEGV.
    """
    program = kernel.loader.resolve(path, task.place.directory, task.user, arguments)
    seed = task.random.take(16)
    try:
        new = kernel.loader.build(program, environment, task.credentials, seed, room_of(kernel.settings, task.process))
    except OutOfBounds:  # found out by Linux when it is too late to go back
        task.signals.set_disposition(Signal.SIGSEGV, Disposition())
        sending.force(kernel, task, SignalInfo.of(Signal.SIGSEGV, SI_KERNEL))
        raise SystemCallError(Errno.ENOMEM) from None
    # Commit: from here on nothing fails.
    process = task.process
    if len(process.threads) > 1 or task is not process.leader:
        _remain_alone(kernel, task)
    if process.space is not None:
        leaving.leave_memory(kernel, task)
    in_vain = accounts.leave_space(kernel, process, process.space, "exec") if process.space is not None else None
    process.space = new.space
    task.context[:] = new.context
    wanted = AUTO if process.has_executed else kernel.settings.dialect
    process.personality = personality_of(program.image.note, wanted, new.space.brk)
    if process.personality is not None:
        starting.begin(task.context, process.personality.dialect, program.image.note, len(program.arguments))
    process.run_file(program.file)
    process.path, process.arguments, process.auxiliary = program.path, program.arguments, new.auxiliary
    task.name = path.rsplit(b"/", 1)[-1].decode(errors="surrogateescape")
    if task.files.users > 1:
        task.files = task.files.parted()
    task.files.close_on_exec()
    task.signals.executed()
    _delete_timers(kernel, process)
    process.exit_signal, process.has_executed = Signal.SIGCHLD, True
    kernel.emit(events.Executed, task.pid, program.path, program.arguments, new.costs, in_vain or 0)
    leaving.release_vfork_parent(kernel, task, "exec")


def _remain_alone(kernel: Kernel, task: Task) -> None:
    """End the other threads of a process; ``task`` is its first from now on, with its number."""
    process = task.process
    for other in [thread for thread in process.threads if thread is not task]:
        leaving.end_thread(kernel, other, 0)
    if task is not process.leader:
        former = task.tid
        leaving.bequeath(kernel, task)
        kernel.processes.lead(task)
        kernel.emit(events.ThreadLeads, process.pid, former)
    process.next_taker = task


def _delete_timers(kernel: Kernel, process: Process) -> None:
    """A program's timers are gone with it (timer_create(2))."""
    if process.timers:
        process.timers.clear()
        kernel.timers.cancel(("timers", process.pid))


def exit_thread(kernel: Kernel, task: Task, code: int) -> None:
    """_exit(2) of one thread: with the last one its process ends, with this status (Linux's synchronize_group_exit)."""
    process = task.process
    if len(process.threads) == 1:
        terminate(kernel, process, waits.exited(code))
        return
    leaving.end_thread(kernel, task, code)
    sending.retarget(kernel, process, ~task.signals.mask)


def terminate(kernel: Kernel, process: Process, status: int) -> None:
    """End all threads of ``process`` with this wait status: it becomes a zombie until its parent collects it."""
    if process.alarms:
        kernel.timers.cancel(("alarm", process.pid))
        process.alarms.clear()
    _delete_timers(kernel, process)
    threads = process.threads
    for thread in threads:
        kernel.scheduler.forget(thread)
        thread.files.leave(thread.tid)
    process.run_file(None)
    kernel.emit(
        events.Exited,
        process.pid,
        waits.exit_code(status),
        waits.term_signal(status),
        process.retired,
        waits.is_dumped(status),
    )
    for thread in threads:
        if thread.clear_tid or thread.robust_list or thread.owes_locks:
            leaving.leave_memory(kernel, thread)
    space, process.space = process.memory, None
    in_vain = accounts.leave_space(kernel, process, space, "exit")
    if in_vain is not None:
        kernel.emit(events.Discarded, process.pid, in_vain)
    # A vfork parent goes on before its child can be waited for (vfork(2)).
    for thread in threads:
        if thread.vfork_parent:
            leaving.release_vfork_parent(kernel, thread, "exit")
        leaving.give_up(kernel, thread)
    threads.clear()
    process.next_taker = process.leader
    process.is_zombie, process.stopped, process.status = True, False, status
    groups = sending.groups_held(kernel, process)
    if process.children:
        for pid in list(process.children):
            _adopt(kernel, process, kernel.processes[pid])
    if groups:
        sending.hang_up(kernel, groups)
    _report_exit(kernel, process)


def _adopt(kernel: Kernel, parent: Process, orphan: Process) -> None:
    """Give a child whose parent has ended to another, who hears of it if it is a zombie."""
    parent.children.remove(orphan.pid)
    adopter = _adopter(kernel, parent)
    orphan.parent = adopter.pid
    orphan.exit_signal, orphan.maker = Signal.SIGCHLD, 0
    adopter.children.append(orphan.pid)
    if orphan.is_zombie:
        _report_exit(kernel, orphan)
    else:
        leaving.tell_of_end(kernel, parent, orphan)


def _adopter(kernel: Kernel, parent: Process) -> Process:
    """Return who gets the orphans that ``parent`` leaves: its nearest ancestor that wants them, at last the reaper."""
    ancestor = kernel.processes[parent.parent]
    while ancestor.pid != REAPER and not ancestor.is_subreaper:
        ancestor = kernel.processes[ancestor.parent]
    return ancestor


def _report_exit(kernel: Kernel, zombie: Process) -> None:
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


def reap(kernel: Kernel, parent: Process, child: Process) -> None:
    """``parent`` has the status of its zombie ``child``: free the slot."""
    kernel.processes.remove(child)
    if child is not kernel.system.program:
        child.let_go()
    kernel.emit(events.Reaped, parent.pid, child.pid)
