"""What the calls of a run use, told to its history."""

from __future__ import annotations

from vm.abi import (
    FUTEX_CMP_REQUEUE,
    FUTEX_CMP_REQUEUE_PI,
    FUTEX_COMMAND,
    FUTEX_LOCK_PI,
    FUTEX_LOCK_PI2,
    FUTEX_PRIVATE_FLAG,
    FUTEX_REQUEUE,
    FUTEX_TRYLOCK_PI,
    FUTEX_UNLOCK_PI,
    FUTEX_WAIT,
    FUTEX_WAIT_BITSET,
    FUTEX_WAIT_REQUEUE_PI,
    FUTEX_WAKE,
    FUTEX_WAKE_BITSET,
    FUTEX_WAKE_OP,
    Errno,
    Fcntl,
    OpenFlag,
    Option,
)
from vm.kernel.choice import ChoiceKind
from vm.kernel.files.opened import OpenFile
from vm.kernel.process import futex
from vm.memory import BadAddress
from vm.outcomes import uses
from vm.outcomes.notes import Notes
from vm.outcomes.orders import Descent
from vm.outcomes.things import Thing
from vm.outcomes.uses import Asked

_OF_TWO_WORDS = (FUTEX_REQUEUE, FUTEX_CMP_REQUEUE, FUTEX_WAKE_OP, FUTEX_WAIT_REQUEUE_PI, FUTEX_CMP_REQUEUE_PI)
_WRITE_WORD = (FUTEX_LOCK_PI, FUTEX_LOCK_PI2, FUTEX_TRYLOCK_PI, FUTEX_UNLOCK_PI)
_P_PID = 1
_WORD = 4
_NO_ROOM = (-Errno.ENOMEM, -Errno.ENFILE, -Errno.ENOSPC)
_WNOHANG = 1
_ECHILD, _EPIPE, _EAGAIN, _ENXIO = -Errno.ECHILD, -Errno.EPIPE, -Errno.EAGAIN, -Errno.ENXIO
TIMED = "up to time: a sleep ends only when nobody else can run"
_MAPPED = "up to mapped files: a call on one is not put between the loads and stores of others there"
_CLOCKED = "up to the clock: it is read, and shows one time of many"


def use(notes: Notes, tid: int, asked: Asked, result: int | None) -> None:
    """Tell the history what a call that is done has used."""
    name, history = asked.name, notes.history
    if result in _NO_ROOM or (result == _EAGAIN and name in uses.BIRTHS):
        notes.bounds.add(f"up to a limit of the machine: {name} found no room, which in another order others may meet")
    if name in uses.CLOCK:
        notes.bounds.add(_CLOCKED)
    if name in uses.ON_FILES:
        _use_file(notes, tid, asked, result)
        if result is not None and name in uses.READS | uses.WRITES:
            for address, size in uses.parts_moved(notes.task(tid), asked, result):
                notes.access(notes.task(tid), address, size, writes=name in uses.READS)
    elif name in ("wait4", "waitid"):
        _use_children(notes, tid, asked, result)
    elif name == "getppid" or (name == "prctl" and asked.arguments[0] == Option.PR_SET_PDEATHSIG):
        history.look("parent", notes.task(tid).pid)
    elif name in uses.LOOKS_AT_TREE:
        history.look("tree")
        if name == "statx":
            history.change("content")
    elif name in uses.CHANGES_TREE:
        history.change("tree")
    elif name == "openat":
        _open(notes, tid, asked, result)
    elif name in uses.CHANGES_SIGNALS:
        history.change("mask", tid)
        history.change("signals", notes.task(tid).pid)
    elif name in uses.CHANGES_MASK:
        history.change("mask", tid)
    elif name in uses.GROUPS:
        history.change("groups")
    elif name == "prlimit64" and asked.arguments[0] not in (0, notes.task(tid).pid):
        _anything(notes, asked)
    elif name == "kill":
        _kill(notes, asked)
    elif name == "mmap2":
        _map(notes, tid, asked)
    elif name == "epoll_ctl":
        notes.watch(notes.task(tid).files.find(asked.arguments[2]))
        _anything(notes, asked)
    elif name == "futex_time64":
        _use_futex(notes, tid, asked, result)
    elif name in uses.IPC:
        history.change("ipc")
        _note_rivals(notes, history.thing("ipc"))
    elif name in uses.POLLS:
        _poll(notes, tid, asked)
    elif name not in uses.LOCAL and not uses.is_service(asked.number):
        _anything(notes, asked)


def use_by_waiting(notes: Notes, tid: int, asked: Asked) -> None:
    """Tell the history what a call has used that begins to wait."""
    pipe = uses.pipe_of(asked.file)
    if pipe and not notes.has_effects:
        notes.history.look_into(pipe)
    elif not pipe and asked.name not in ("wait4", "waitid"):
        use(notes, tid, asked, None)


def _anything(notes: Notes, asked: Asked) -> None:
    notes.history.anything()
    notes.is_local = False
    notes.bounds.add(f"{asked.name}: taken to depend on everything")


def _use_file(notes: Notes, tid: int, asked: Asked, result: int | None) -> None:
    file, name, history = asked.file, asked.name, notes.history
    notes.is_local = False
    if file is None or name in ("fsync", "fdatasync", "sync", "msync"):
        notes.is_local = True
    elif pipe := uses.pipe_of(file):
        _use_pipe(notes, pipe, asked, result)
        _use_flags(notes, file, asked)
    elif uses.is_console(file):
        if name in uses.READS:
            history.change("input")
        notes.is_local = name not in uses.READS
        if name == "fcntl64" or uses.sets_flags(asked):
            _use_flags(notes, file, asked)
    elif uses.is_of_many(file):
        _anything(notes, asked)
    elif uses.sets_flags(asked) or (name == "fcntl64" and not uses.is_lock(asked)):
        _use_flags(notes, file, asked)
    elif file.inode is not None and name in uses.AT_PLACE:
        history.change("place", notes.number(file))
        if name == "getdents64":
            history.look("tree")
        if name in uses.WRITES:
            history.change("inode", notes.number(file.inode))
            history.look("content")
        else:
            history.look("inode", notes.number(file.inode))
    elif name in uses.READS:
        history.look("inode", notes.number(file.inode))
    else:
        history.change("inode", notes.number(file.inode))
        history.look("content")
        _note_rivals(notes, history.thing("inode", notes.number(file.inode)))
    if file is not None and notes.number(file.inode) in notes.watched:
        history.change("ready")
    if file is not None and notes.number(file.inode) in notes.mapped:
        notes.bounds.add(_MAPPED)


def _map(notes: Notes, tid: int, asked: Asked) -> None:
    """Tell of a file that is mapped so that others see what is stored, if others make calls on it, too."""
    file = notes.task(tid).files.find(asked.arguments[4]) if uses.maps_shared(asked) else None
    if file is None:
        return
    number, name, history = notes.number(file.inode), notes.name(tid), notes.history
    notes.mapped.add(number)
    earlier = history.thing("inode", number).rivals(changes=True)
    if any(history.steps[step].thread != name for step in earlier if step < len(history.steps)):
        notes.bounds.add(_MAPPED)


def _note_rivals(notes: Notes, thing: Thing) -> None:
    """Note all earlier steps that a step may have had to wait for, which changes ``thing``."""
    step = notes.history.next
    notes.rivals[step] = [rival for rival in thing.rivals(changes=True) if rival != step]


def _use_flags(notes: Notes, file: OpenFile, asked: Asked) -> None:
    """Tell who sets the flags of an open file, which others may have, too, and who does what depends on them."""
    if not uses.sets_flags(asked):
        notes.history.look("flags", notes.number(file))
        return
    notes.is_local = False
    notes.history.change("flags", notes.number(file))
    if file.references > 1:
        notes.bounds.add("up to F_SETFL: a call on the same open file has not begun to wait when its flags change")


def _use_pipe(notes: Notes, number: int, asked: Asked, result: int | None) -> None:
    """Tell of a call on a pipe in which no byte has moved; bytes are told by events of their own."""
    history = notes.history
    pipe, step, links = history.pipe(number), history.next, history.links
    if asked.name in uses.READS:
        if result == 0 and asked.wanted:
            pipe.end_of_file(step, links)
        elif result == _EAGAIN:
            history.look_into(number)
        notes.rivals[step] = [rival for rival in pipe.rivals(reads=True) if rival != step]
    elif asked.name in uses.WRITES:
        if result == _EPIPE:
            pipe.broken(step, links)
        elif result == _EAGAIN:
            history.look_into(number)
        notes.rivals[step] = [rival for rival in pipe.rivals(reads=False) if rival != step]
    elif uses.looks_into(asked) or asked.arguments[1] == Fcntl.F_SETPIPE_SZ:
        history.look_into(number)
        if result is not None and result > 0 and asked.arguments[1] == Fcntl.F_SETPIPE_SZ:
            pipe.room = result
    else:
        notes.is_local = True
    if asked.file is not None and asked.file.flags & OpenFlag.O_NONBLOCK:
        history.need_not_wait()


def _poll(notes: Notes, tid: int, asked: Asked) -> None:
    if asked.arguments[2 if asked.name == "ppoll_time64" else 4]:
        notes.bounds.add(TIMED)
    if uses.only_pauses(asked):
        notes.history.change("mask", tid)
        return
    notes.is_local = False
    for file in uses.files_polled(notes.task(tid), asked):
        if pipe := uses.pipe_of(file):
            notes.history.look_into(pipe)
        elif not uses.is_console(file):
            _anything(notes, asked)


def _open(notes: Notes, tid: int, asked: Asked, result: int | None) -> None:
    flags = asked.arguments[2]
    file = notes.task(tid).files.find(result) if result is not None and result >= 0 else None
    if result is None or uses.pipe_of(file):  # a FIFO, whose other end somebody has to open
        notes.is_local = False
        notes.history.change("fifos")
    if file is not None and uses.is_of_many(file):
        _anything(notes, asked)
    if result == _ENXIO or (uses.pipe_of(file) and flags & OpenFlag.O_NONBLOCK):
        _anything(notes, asked)
    if file is not None and flags & OpenFlag.O_TRUNC:
        notes.is_local = False
        notes.history.change("inode", notes.number(file.inode))
    if flags & 0o1100:  # O_CREAT, O_TRUNC
        notes.history.change("tree")
        notes.history.change("content")
    else:
        notes.history.look("tree")


def _use_futex(notes: Notes, tid: int, asked: Asked, result: int | None) -> None:
    """Tell of a futex: who begins to wait and who wakes somebody change its queue, who wakes nobody looks at it."""
    task, history = notes.task(tid), notes.history
    address, operation = asked.arguments[:2]
    command = operation & FUTEX_COMMAND
    words = (address, asked.arguments[4]) if command in _OF_TWO_WORDS else (address,)
    if tid in notes.sleeping and result is not None:
        waker = notes.sleeping.pop(tid)
        if waker >= 0:
            history.link(waker, "woken")
            return
    if command not in (FUTEX_WAKE, FUTEX_WAKE_BITSET):
        notes.access(task, address, _WORD, writes=command in _WRITE_WORD)
    if result == _EAGAIN and command in (FUTEX_WAIT, FUTEX_WAIT_BITSET):
        return
    for word in words:
        try:
            key = futex.key(task, word, shared=not operation & FUTEX_PRIVATE_FLAG)
        except BadAddress:
            continue
        if command in (FUTEX_WAKE, FUTEX_WAKE_BITSET) and result == 0:
            history.look(*key)
        else:
            history.change(*key)
    if result is None:
        notes.sleeping[tid] = -1
    note_woken(notes)


def note_woken(notes: Notes) -> None:
    """Note who does not sleep on a futex any more since the step that is under way."""
    for sleeper, waker in notes.sleeping.items():
        task = notes.kernel.processes.thread(sleeper)
        if waker < 0 and task is not None and task.is_woken:
            notes.sleeping[sleeper] = notes.history.next


def _use_children(notes: Notes, tid: int, asked: Asked, result: int | None) -> None:
    """Tell of a wait for children: behind the end of the one that it took, before the ends that it did not see."""
    history, step, process = notes.history, notes.history.next, notes.task(tid).process
    options = asked.arguments[2 if asked.name == "wait4" else 3]
    if asked.name == "wait4":
        is_any = bool((asked.arguments[0] + 1) & 0x8000_0000) or asked.arguments[0] in (0, 0xFFFF_FFFF)
    else:
        is_any = asked.arguments[0] != _P_PID
    notes.is_local = False
    if uses.waits_for_group(asked):
        history.look("groups")
    if options & _WNOHANG:
        history.need_not_wait()
    taken, notes.reaped = notes.reaped, []
    others = tuple([notes.name(pid) for pid in process.children])
    if taken and is_any:
        _took(notes, notes.name(taken[0]))
        notes.alternatives[step] = others
        if options & _WNOHANG:
            notes.polled.add(step)
    elif options & _WNOHANG and result == 0:
        for pid in process.children:
            history.look("life", pid)
    elif result == _ECHILD and not is_any:
        history.look("life", asked.arguments[0 if asked.name == "wait4" else 1])
    elif result == _ECHILD:
        for name in notes.unclaimed:
            if name[:-1] == process.leader.random.descent:
                history.link(history.exits[name], "exit")
    elif options & ~(_WNOHANG | 4) & 0xFFFF_FFFF:
        for each in notes.kernel.processes:
            history.look("life", each.pid)


def _took(notes: Notes, child: Descent) -> None:
    """Note which child a wait for any has taken, be it that there was no other."""
    if not notes.answers:
        notes.answers.append((ChoiceKind.ZOMBIE.name, (child,), child))


def _kill(notes: Notes, asked: Asked) -> None:
    target = asked.arguments[0]
    if 0 < target < 0x8000_0000:
        notes.history.look("life", target)
    else:
        _anything(notes, asked)
