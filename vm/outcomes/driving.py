"""Driving a machine: one step of one thread after another, as somebody wants it, and then to the end.

A step is a system call with all that its thread does up to the next one, before which every thread is parked while
others go on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from vm import events
from vm.abi import ERESTARTSYS, Errno
from vm.cpu.state import PC
from vm.kernel.choice import Choice, ChoiceKind
from vm.kernel.kernel import Kernel
from vm.kernel.loop import advance
from vm.kernel.pausing import Ending
from vm.kernel.process import futex
from vm.kernel.process.task import REAPER, Process, Task
from vm.kernel.process.timers import NEVER
from vm.kernel.signals.state import Action, bit
from vm.memory import BadAddress
from vm.outcomes import uses
from vm.outcomes.history import Answer, History, Made, Pending, Trace
from vm.outcomes.orders import Descent, End, Holder, Stuck, Written
from vm.outcomes.polling import Pollers, state_of
from vm.outcomes.uses import Asked

_PREEMPT, _RUN, _FIRST = ChoiceKind.PREEMPT, ChoiceKind.RUN, ChoiceKind.FIRST
_TIMED = "up to time: a sleep ends only when nobody else can run"
_CLOCKED = "up to the clock: it is read, and shows one time of many"
_P_PID = 1
_WNOHANG, _WNOWAIT = 1, 0x0100_0000
_EINTR, _ECHILD, _EPIPE, _EAGAIN = -Errno.EINTR, -Errno.ECHILD, -Errno.EPIPE, -Errno.EAGAIN


class Move(NamedTuple):
    """What is to be done next: a step of ``thread``, in which choices are answered as ``answers`` say, in order."""

    thread: Descent
    answers: tuple[object, ...] = ()


class Impossible(Exception):
    """The thread whose turn it should be cannot make a step."""


class TooLong(Exception):
    """The run has as many steps as it may have."""


class Livelock(Exception):
    """Whoever could run polls for a change that nobody is going to make."""


class Reached(Exception):
    """A thread is where it was to be looked at: its ``state``."""

    def __init__(self, state: bytes) -> None:
        super().__init__()
        self.state = state


class Driver:
    """Drives one run of ``kernel``, whose program is about to execute its first instruction.

    ``moves`` are made first, one after another; then whoever runs goes on until it waits or ends. At most ``limit``
    steps are made.
    """

    def __init__(self, kernel: Kernel, moves: tuple[Move, ...] = (), limit: int = 1_000_000) -> None:
        self.kernel = kernel
        self.history = History()
        self._moves = moves
        self._limit = limit
        self._names: dict[int, Descent] = {}
        self._asked: dict[int, Asked] = {}
        self._inside = 0
        self._dying: Task | None = None
        self._written: list[Written] = []
        self._answers: list[Answer] = []
        self._has_effects = False
        self._idle = kernel.system.clock.idle
        self._held: dict[Descent, dict[tuple[int, bool], int]] = {}
        self._alternatives: dict[int, tuple[Descent, ...]] = {}
        self._rivals: dict[int, list[int]] = {}
        self._bounds: set[str] = set()
        self._exit: events.Exited | None = None
        self._reaped: list[int] = []
        self._kept: dict[int, object] = {}
        self._pollers = Pollers()
        self._probed: Descent = ()
        self._changed_descriptors = False
        self._is_local = True
        kernel.chooser = self
        listeners: tuple[tuple[type[events.Event], Callable[[Any], None]], ...] = (
            (events.CallEntered, self._entered), (events.CallReturned, self._returned), (events.Blocked, self._blocked),
            (events.Output, self._output), (events.PipeBytes, self._pipe_bytes), (events.Created, self._created),
            (events.ThreadCreated, self._thread_created), (events.Exited, self._exited),
            (events.Reaped, self._reap), (events.Resumed, self._resumed), (events.Signalled, self._signalled),
            (events.Stopped, self._stopped), (events.Continued, self._stopped), (events.Input, self._input),
        )  # fmt: skip
        for kind, listener in listeners:
            kernel.events.subscribe(kind, listener)

    def run(self) -> Trace | None:
        """Make the moves, and go on to the end; None when a move cannot be made."""
        kernel, limit = self.kernel, ""
        waits: tuple[tuple[int, str], ...] = ()
        try:
            ending = advance(kernel)
            assert isinstance(ending, Ending)
            limit = ending.limit
            waits = tuple([(tid, why) for _, tid, why in ending.waits])
        except Impossible:
            return None
        except TooLong:
            limit = f"limit of {self._limit:,} steps"
        except Livelock:
            waits = self._waits_of_all()
        self._flush()
        if self._at < len(self._moves):
            return None
        history = self.history
        code, signal = (self._exit.exit_code, self._exit.signal) if self._exit is not None else (None, None)
        stuck = tuple([self._stuck(tid, why) for tid, why in waits])
        pending = [Pending(self._name(tid), self._rivals_of_waiting(tid)) for tid, _ in waits]
        end = End(code, signal, limit, stuck)
        return Trace(
            history.steps, end, history.born, history.exits, self._alternatives, pending, self._rivals, self._bounds
        )  # fmt: skip

    def _waits_of_all(self) -> tuple[tuple[int, str], ...]:
        """What all threads wait for that are left: those that are ready poll."""
        return tuple(
            [
                (task.tid, task.wait.why if task.wait is not None else "a change that it polls for")
                for process in self._living()
                for task in process.threads
            ]
        )

    def state_after(self) -> bytes:
        """Make the moves, and return the state of who has made the last, before its next step.

        It is empty when the moves cannot be made, or when there is no next step.
        """
        self._probed = self._moves[-1].thread
        try:
            advance(self.kernel)
        except Reached as reached:
            return reached.state
        except (Impossible, TooLong, Livelock):
            pass
        return b""

    def _look_at_state(self, thread: Descent, task: Task) -> None:
        if thread == self._probed and len(self.history.steps) >= len(self._moves):
            raise Reached(state_of(task))

    # --- who is who ----------------------------------------------------------------------------------------------

    @property
    def _at(self) -> int:
        return len(self.history.steps)

    def _name(self, tid: int) -> Descent:
        name = self._names.get(tid)
        if name is None:
            task = self.kernel.processes.thread(tid)
            name = task.random.descent if task is not None else (0, tid)
            self._names[tid] = name
        return name

    def _number(self, thing: object) -> int:
        """Return a number of something that has no name: kept, so that nothing else gets the same."""
        self._kept[id(thing)] = thing
        return id(thing)

    def _task(self, tid: int) -> Task:
        task = self.kernel.processes.thread(tid)
        assert task is not None, f"no thread {tid}"
        return task

    # --- choices -------------------------------------------------------------------------------------------------

    def choose(self, choice: Choice) -> int:
        """Let whoever is to move run; once all have, let whoever runs go on. Raises Impossible."""
        if self._dying is not None:
            self._flush()
        kind, at = choice.kind, len(self.history.steps)
        is_moved = at < len(self._moves)
        if kind is _PREEMPT:
            thread = self._name(choice.pid)
            if is_moved:
                return int(self._moves[at].thread != thread)
            if self._probed:
                self._look_at_state(thread, self._task(choice.pid))
            return int(self._pollers.polls(thread, self._task(choice.pid)))
        if kind is _RUN:
            if not is_moved:
                return self._first_that_goes_on(choice)
            wanted = self._moves[at].thread
            for index, tid in enumerate(choice.options):
                if self._name(tid) == wanted:
                    return index
            raise Impossible
        if kind is _FIRST:
            return choice.default
        return self._answer(choice, self._moves[at] if is_moved else None)

    def _first_that_goes_on(self, choice: Choice) -> int:
        """Return the first thread that does not poll. Raises Livelock when all do."""
        for index, tid in enumerate(choice.options):
            if not self._pollers.waits(self._name(tid)):
                return index
        raise Livelock

    def _answer(self, choice: Choice, move: Move | None) -> int:
        """Answer a choice within a step."""
        is_number = choice.kind is ChoiceKind.SIGNAL
        names: tuple[object, ...] = choice.options if is_number else tuple([self._name(tid) for tid in choice.options])
        index, given = choice.default, len(self._answers)
        if move is not None and given < len(move.answers):
            if move.answers[given] not in names:
                raise Impossible
            index = names.index(move.answers[given])
        self._answers.append((choice.kind.name, names, names[index]))
        return index

    # --- calls ---------------------------------------------------------------------------------------------------

    def _entered(self, event: events.CallEntered) -> None:
        if self._dying is not None:
            self._flush()
        tid, at = event.pid, len(self.history.steps)
        if at < len(self._moves) and self._moves[at].thread != self._name(tid):
            raise Impossible
        if at >= self._limit:
            raise TooLong
        task = self._task(tid)
        if self._probed:
            self._look_at_state(self._name(tid), task)
        self._inside = tid
        self._asked[tid] = uses.asked(task, event.call_number, event.arguments, int(task.context[PC]))
        if at >= len(self._moves):
            self._stop_if_alone(tid, task)

    def _stop_if_alone(self, tid: int, task: Task) -> None:
        """Raise Livelock where a thread polls and nobody else can run, and no time is going to come."""
        kernel = self.kernel
        if kernel.scheduler.is_anyone_ready or kernel.timers.next != NEVER:
            return
        if self._pollers.polls(self._name(tid), task):
            raise Livelock

    def _returned(self, event: events.CallReturned) -> None:
        asked = self._asked.pop(event.pid)
        if event.result == -ERESTARTSYS:  # a handler runs first, as it would if the call had not begun to wait
            self._nothing_happened()
            return
        self._inside = event.pid
        self._use(event.pid, asked, event.result)
        self._complete(event.pid, asked, event.result)

    def _blocked(self, event: events.Blocked) -> None:
        """A call waits: a step of its own if others can tell, else nothing has happened."""
        tid = event.pid
        asked = self._asked[tid]
        if self._has_effects or asked.name in uses.REMEMBERED or self._can_be_interrupted(self._task(tid)):
            self._use_by_waiting(tid, asked)
            self._complete(tid, asked, None)
            return
        at = len(self.history.steps)
        if at < len(self._moves):
            raise Impossible
        self._nothing_happened()

    def _nothing_happened(self) -> None:
        self._inside = 0
        self.history.links.clear()
        self._written.clear()
        self._answers.clear()

    def _can_be_interrupted(self, task: Task) -> bool:
        """Tell whether a handler without SA_RESTART may run: then it matters whether a call has begun to wait."""
        return any(
            disposition.handler > 1 and not disposition.flags & 0x1000_0000
            for disposition in task.signals.dispositions.values()
        )

    def _complete(self, tid: int, asked: Asked, result: int | None) -> None:
        name, task = self._name(tid), self.kernel.processes.thread(tid)
        if self.kernel.system.clock.idle != self._idle:
            self._idle = self.kernel.system.clock.idle
            self.history.all_wait()
            self._bounds.add(_TIMED)
        if task is not None and task.process.threads and (self._changed_descriptors or asked.name in uses.DESCRIPTORS):
            self._count_descriptors(task)
        path = task.process.path if task is not None else ""
        pid = task.process.pid if task is not None else tid
        has_changed = self._has_effects or not (asked.name in uses.LOOKS or result == _EAGAIN)
        if asked.name in ("wait4", "waitid"):
            has_changed = result != 0 or not self.history.looked
        self._pollers.made(name, self.history.looked, has_changed=has_changed)
        made = Made(
            name, 0, pid, asked.name, asked.arguments, result, asked.pc, path,
            tuple(self._written), tuple(self._answers), {},
        )  # fmt: skip
        self.history.complete(made, is_local=self._is_local)
        self._written.clear()
        self._answers.clear()
        self._has_effects = self._changed_descriptors = False
        self._is_local = True
        self._inside = 0

    # --- what calls use ------------------------------------------------------------------------------------------

    def _use(self, tid: int, asked: Asked, result: int | None) -> None:
        """Tell the history what a call that is done has used."""
        name, history = asked.name, self.history
        if name in uses.CLOCK:
            self._bounds.add(_CLOCKED)
        if name in uses.ON_FILES:
            self._use_file(tid, asked, result)
        elif name in ("wait4", "waitid"):
            self._use_children(tid, asked, result)
        elif name == "getppid":
            history.look("parent", self._task(tid).pid)
        elif name in uses.LOOKS_AT_TREE:
            history.look("tree")
            if name == "statx":
                history.change("content")
        elif name in uses.CHANGES_TREE:
            history.change("tree")
        elif name == "openat":
            self._open(tid, asked)
        elif name in uses.CHANGES_SIGNALS:
            pid = self._task(tid).pid
            history.change("mask", pid)
            if name != "rt_sigprocmask":
                history.change("signals", pid)
        elif name in uses.GROUPS:
            history.change("groups")
        elif name == "kill":
            self._kill(asked)
        elif name == "futex_time64":
            self._use_futex(tid, asked)
        elif name in uses.IPC:
            history.change("ipc")
        elif name not in uses.LOCAL:
            self._anything(asked)

    def _use_by_waiting(self, tid: int, asked: Asked) -> None:
        """Tell the history what a call has used that begins to wait."""
        pipe = uses.pipe_of(asked.file)
        if pipe and not self._has_effects:
            self.history.look_into(pipe)
        elif not pipe and asked.name not in ("wait4", "waitid"):
            self._use(tid, asked, None)

    def _anything(self, asked: Asked) -> None:
        self.history.anything()
        self._is_local = False
        self._bounds.add(f"{asked.name}: taken to depend on everything")

    def _use_file(self, tid: int, asked: Asked, result: int | None) -> None:
        file, name, history = asked.file, asked.name, self.history
        self._is_local = False
        if file is None or name in ("fsync", "fdatasync", "sync", "msync"):
            self._is_local = True
        elif pipe := uses.pipe_of(file):
            self._use_pipe(pipe, asked, result)
        elif uses.is_console(file):
            if name in uses.READS:
                history.change("input")
            self._is_local = name not in uses.READS
        elif name == "fcntl64" and not uses.is_lock(asked):
            self._is_local = True
        elif file.inode is not None and name in ("read", "readv", "write", "writev", "_llseek", "ioctl"):
            history.change("place", self._number(file))
            if name in uses.WRITES:
                history.change("inode", self._number(file.inode))
                history.look("content")
            else:
                history.look("inode", self._number(file.inode))
        elif name in uses.READS:
            history.look("inode", self._number(file.inode))
        else:
            history.change("inode", self._number(file.inode))
            history.look("content")

    def _use_pipe(self, number: int, asked: Asked, result: int | None) -> None:
        """Tell of a call on a pipe in which no byte has moved; bytes are told by events of their own."""
        history = self.history
        pipe, step, links = history.pipe(number), history.next, history.links
        if asked.name in uses.READS:
            if result == 0 and asked.wanted:
                pipe.end_of_file(step, links)
            elif result == _EAGAIN:
                history.look_into(number)
            self._rivals[step] = [rival for rival in pipe.rivals(reads=True) if rival != step]
        elif asked.name in uses.WRITES:
            if result == _EPIPE:
                pipe.broken(step, links)
            elif result == _EAGAIN:
                history.look_into(number)
            self._rivals[step] = [rival for rival in pipe.rivals(reads=False) if rival != step]
        elif uses.looks_into(asked):
            history.look_into(number)
        else:
            self._is_local = True

    def _pipe_bytes(self, event: events.PipeBytes) -> None:
        self._has_effects = True
        self._is_local = False
        history = self.history
        pipe, step = history.pipe(event.pipe), history.next
        if event.is_taken:
            asked = self._asked.get(self._inside)
            wanted = asked.wanted if asked is not None else len(event.data)
            pipe.read(step, len(event.data), wanted, history.links)
        else:
            readers = [name for name, held in self._held.items() if (event.pipe, True) in held]
            pipe.write(step, len(event.data), min(readers, default=None), history.links)

    def _open(self, tid: int, asked: Asked) -> None:
        flags = asked.arguments[2]
        if flags & 0o1100:  # O_CREAT, O_TRUNC
            self.history.change("tree")
            self.history.change("content")
        else:
            self.history.look("tree")

    def _use_futex(self, tid: int, asked: Asked) -> None:
        task = self._task(tid)
        for address in {
            asked.arguments[0],
            asked.arguments[4] if asked.arguments[1] & 0x7F in (3, 4, 5, 11, 12) else 0,
        }:
            if address:
                try:
                    self.history.change(*futex.key(task, address, shared=not asked.arguments[1] & 128))
                except BadAddress:
                    continue

    def _input(self, event: events.Input) -> None:
        self._has_effects = True

    def _output(self, event: events.Output) -> None:
        self._has_effects = True
        self._written.append(Written(event.stream, event.data))

    # --- descriptors ---------------------------------------------------------------------------------------------

    def _count_descriptors(self, task: Task) -> None:
        """Note which ends of pipes a process has now, and tell of those that it has no more."""
        self._hold(task.process.leader.random.descent, uses.holdings_of(task))

    def _hold(self, who: Descent, held: frozenset[tuple[int, bool]]) -> None:
        history, step = self.history, self.history.next
        former = self._held.get(who, {})
        for pipe, is_reader in former.keys() - held:
            self._is_local = False
            if pipe > 0:
                history.pipe(pipe).close(step, who, is_reader=is_reader, links=history.links)
            else:
                history.change("file", pipe)
        self._held[who] = {end: former.get(end, step) for end in held}

    # --- processes -----------------------------------------------------------------------------------------------

    def _created(self, event: events.Created) -> None:
        self._has_effects = True
        child, parent = self._name(event.child), self.kernel.processes[event.pid].leader.random.descent
        self.history.born[child] = self.history.next
        self._held[child] = dict.fromkeys(self._held.get(parent, {}), self.history.next)

    def _thread_created(self, event: events.ThreadCreated) -> None:
        self._has_effects = True
        self.history.born[self._name(event.thread)] = self.history.next

    def _exited(self, event: events.Exited) -> None:
        """A process ends, by the call that is under way, or by a signal: a step of its own."""
        kernel, history = self.kernel, self.history
        process = kernel.processes[event.pid]
        running = kernel.running
        assert running is not None
        if self._inside != running.tid:
            if self._dying is not None:
                self._flush()
            at = len(history.steps)
            if at < len(self._moves) and self._moves[at].thread != self._name(running.tid):
                raise Impossible
            self._dying = running
        name = process.leader.random.descent
        history.exits[name] = history.next
        self._is_local = False
        self._hold(name, frozenset())
        del self._held[name]
        for thread in process.threads:
            other = thread.random.descent
            last = history.last.get(other, history.born.get(other))
            if thread is not running and last is not None:
                history.link(last, "order")
        for child in process.children:
            history.change("parent", child)
        history.change("life", event.pid)
        if event.pid == REAPER + 1 and self._exit is None:
            self._exit = event

    def _flush(self) -> None:
        """Complete the step of a thread that has died of a signal."""
        task, self._dying = self._dying, None
        if task is not None:
            asked = self._asked.pop(task.tid, None)
            pc = asked.pc if asked is not None else int(task.context[PC])
            self._complete(task.tid, Asked("death", 0, (), pc, None, 0), None)

    def _reap(self, event: events.Reaped) -> None:
        if event.pid != REAPER:
            gone = self.history.exits.get(self._name(event.child))
            if gone is not None:
                self.history.link(gone, "exit")
            self.history.change("life", event.child)
            self._reaped.append(event.child)

    def _resumed(self, event: events.Resumed) -> None:
        self.history.resumed[self._name(event.pid)] = self.history.next

    def _use_children(self, tid: int, asked: Asked, result: int | None) -> None:
        """Tell of a wait for children: behind the end of the one that it took, before the ends that it did not see."""
        history, step, process = self.history, self.history.next, self._task(tid).process
        options = asked.arguments[2 if asked.name == "wait4" else 3]
        if asked.name == "wait4":
            is_any = bool((asked.arguments[0] + 1) & 0x8000_0000) or asked.arguments[0] in (0, 0xFFFF_FFFF)
        else:
            is_any = asked.arguments[0] != _P_PID
        self._is_local = False
        taken, self._reaped = self._reaped, []
        others = tuple([self._name(pid) for pid in process.children])
        if taken and is_any:
            self._took(self._name(taken[0]))
            self._alternatives[step] = others
        elif options & _WNOHANG and result == 0:
            for pid in process.children:
                history.look("life", pid)
        elif result == _ECHILD or options & ~(_WNOHANG | 4) & 0xFFFF_FFFF:
            for each in self.kernel.processes:
                history.look("life", each.pid)

    def _took(self, child: Descent) -> None:
        """Note which child a wait for any has taken, be it that there was no other. Raises Impossible."""
        if not self._answers:
            self._answers.append((ChoiceKind.ZOMBIE.name, (child,), child))
        at = len(self.history.steps)
        if at < len(self._moves) and self._moves[at].answers not in ((), (child,)):
            raise Impossible

    # --- signals -------------------------------------------------------------------------------------------------

    def _signalled(self, event: events.Signalled) -> None:
        self._has_effects = True
        processes, history = self.kernel.processes, self.history
        thread = processes.thread(event.pid)
        if thread is None:
            return
        process, running = thread.process, self.kernel.running
        self._is_local = False
        signals = thread.signals
        action = signals.action(event.signal)
        history.look("signals", process.pid)
        if action is Action.IGNORE:
            return
        if signals.mask & bit(event.signal):
            history.change("mask", process.pid)
        elif running is None or process is not running.process or len(process.threads) > 1:
            targets = [other.random.descent for other in process.threads if other is not running]
            history.look("mask", process.pid)
            history.send(targets)

    def _stopped(self, event: events.Stopped | events.Continued) -> None:
        self._has_effects = True
        self._bounds.add("stopped processes: taken to depend on everything")
        self.history.anything()
        self._is_local = False

    def _kill(self, asked: Asked) -> None:
        target = asked.arguments[0]
        if 0 < target < 0x8000_0000:
            self.history.look("life", target)
        else:
            self._anything(asked)

    # --- the end -------------------------------------------------------------------------------------------------

    def _stuck(self, tid: int, why: str) -> Stuck:
        task, asked = self._task(tid), self._asked.get(tid)
        text = f"{asked.name}({', '.join(map(str, asked.arguments[:3]))})" if asked is not None else ""
        pc = asked.pc if asked is not None else int(task.context[PC])
        return Stuck(task.pid, self._name(tid), why, text, pc, task.process.path, tuple(self._holders(task, asked)))

    def _holders(self, task: Task, asked: Asked | None) -> list[Holder]:
        """Who could let a waiting thread go on: who holds the other end of its pipe, or the children it waits for."""
        if asked is None:
            return []
        pipe = uses.pipe_of(asked.file)
        found: list[Holder] = []
        if pipe:
            end = (pipe, asked.name in uses.WRITES)
            what = "read from" if end[1] else "write to"
            for process in self._living():
                since = self._held.get(process.leader.random.descent, {}).get(end)
                if since is not None:
                    found.append(Holder(process.pid, process.leader.random.descent, f"can {what} pipe {pipe}", since))
        elif asked.name in ("wait4", "waitid"):
            for pid in task.process.children:
                name = self._name(pid)
                found.append(Holder(pid, name, "is its child", self.history.born.get(name, -1)))
        return found

    def _living(self) -> list[Process]:
        return [process for process in self.kernel.processes if process.pid != REAPER and not process.is_zombie]

    def _rivals_of_waiting(self, tid: int) -> list[int]:
        """The steps that may have kept a thread from going on that waits for ever: the latest first."""
        asked, history = self._asked.get(tid), self.history
        if asked is None:
            return []
        pipe = uses.pipe_of(asked.file)
        if pipe:
            return history.pipe(pipe).rivals(reads=asked.name in uses.READS)
        if asked.name == "futex_time64":
            task = self._task(tid)
            key = futex.key(task, asked.arguments[0], shared=not asked.arguments[1] & 128)
            return history.thing(*key).rivals(changes=True)
        if asked.name in uses.IPC:
            return history.thing("ipc").rivals(changes=True)
        if asked.name in uses.CHANGES_SIGNALS:
            return history.thing("mask", self._task(tid).pid).rivals(changes=True)
        return history.strangers[::-1]
