"""A machine that is debugged: what it is to stop at, and what a stop is told as.

What a debugger is told of processes follows gdb's needs. While the machine goes back it is told of no fork and no
vfork. A process that comes undone is told as one that has exited, one that runs an earlier program again as one that
has executed it, each at its moment. gdb waits to be told that a vfork is over where it has let the child go, and is to
be told of it before anything else goes back. Where it has not, it is told of the child's exec or end alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import field, replace

from vm import events
from vm.abi import SIGNAL_LIMIT, Errno, Signal
from vm.cpu.state import PC
from vm.debug import looking, signals, telling
from vm.debug.changes import Change, Hold, NoChange
from vm.debug.history import History
from vm.debug.inferiors import Inferiors
from vm.debug.points import Points
from vm.debug.target import Caught, Refused, Stop, Why
from vm.kernel.kernel import Kernel
from vm.kernel.pausing import Ending, Moment, Pause, Until
from vm.kernel.process.task import Task
from vm.kernel.stops import Stops, Watched
from vm.run import describe_ending
from vm.values import dataclass

ALL_ARE_HELD = "Nobody can run but threads that are held: `set schedule-multiple on` lets all go on."
"""What is said where gdb lets too few threads run."""
EVENTS = (events.Created, events.Executed, events.Exited, events.Resumed)
"""What is stopped at on the way forwards."""
TRAP, INTERRUPT = signals.to_gdb(Signal.SIGTRAP), signals.to_gdb(Signal.SIGINT)
ALL_SIGNALS = frozenset(range(1, SIGNAL_LIMIT + 1)) - {int(Signal.SIGKILL)}
"""Signals that a thread can be stopped before."""


@dataclass(slots=True)
class Wishes:
    """What a debugger wants to stop at, besides its points.

    ``passed`` are signals that act without a stop, ``calls`` system calls that are stopped at (None is every one), and
    ``wanted`` what the debugger can be told of. ``caught`` is stopped at besides.
    """

    passed: frozenset[int] = frozenset()
    calls: frozenset[int] | None = frozenset()
    wanted: frozenset[Why] = frozenset()
    caught: Caught = field(default_factory=Caught)


@dataclass(slots=True)
class Open:
    """What a stop, or a command, has left open for when the machine goes on.

    ``signalled`` are a thread and the signal that it has stopped for. ``goal`` is where the machine is to go next.
    ``looks_at`` are a thread and the moment at which a debugger that steps back wants to look what a watchpoint holds.
    ``said`` is told with the next stop. ``is_end_told``: the machine stood before the end of its last process.
    """

    signalled: tuple[int, int] | None = None
    goal: Moment | None = None
    looks_at: tuple[int | None, Moment] | None = None
    said: list[str] = field(default_factory=list)
    is_end_told: bool = False


class Debugged:
    """The machine of ``history``, with what a debugger knows of it, its ``wishes``, and what is ``open``.

    ``shown`` is called with the path of each image before the debugger hears of it.
    """

    def __init__(self, history: History) -> None:
        self.history = history
        self.inferiors = Inferiors({history.run.program.pid})
        self.inferiors.programs.add(looking.executable_of(history.run.program.process))
        self.points = Points()
        self.wishes = Wishes()
        self.open = Open()
        self.shown: Callable[[bytes], None] = _nobody_looks

    @property
    def kernel(self) -> Kernel:
        """The machine at the present moment."""
        return self.history.run.kernel

    def change(self, change: Change) -> None:
        """Make a change. Raises Refused where it cannot be made."""
        try:
            is_new = self.history.change(change)
        except NoChange as error:
            raise Refused(Errno.EINVAL, str(error)) from None
        if is_new:
            why = "other threads are held here" if isinstance(change, Hold) else "it was changed here"
            self.open.said.append(f"Another future begins, at clock {self.kernel.clock:,}: {why}.")

    def back_to_end(self, pids: Iterable[int]) -> Pause | None:
        """Go back to before one of these processes ends, its last call or a signal; None, and stay, if that cannot be.

        A simulator's service that ends a program is no call of Linux's.
        """
        here = self.kernel.moment
        pause = self.history.back(Until(stops=Stops(ends=frozenset(pids))))
        if pause is not None and pause.why == "end":
            return pause
        self.history.goto(here)
        return None

    def thread_named(self, pid: int | None, tid: int | None) -> int | None:
        """Return the thread that is meant: of a process alone the one that runs, or its first one."""
        if tid is not None:
            return tid
        running = self.kernel.running
        if running is not None and pid in (None, running.pid) and running.pid in self.inferiors:
            return running.tid
        return pid if pid is not None else min(self.inferiors.known, default=None)

    # --- what to stop at ----------------------------------------------------------------------------------------------

    def until(self, *, step: int | None = None, step_from: tuple[int, int] | None = None) -> Until:
        """Return what it is to stop at on the way forwards: behind one instruction of the thread ``step``, too.

        It has stood, or stands, at ``step_from`` (:class:`vm.kernel.stops.Stops`) before that.
        """
        stops = self._stops_in(self.inferiors.known)
        return Until(events=EVENTS, stops=replace(stops, step=step, step_from=step_from))

    def until_back(self, pid: int | None = None) -> Until:
        """Return what it is to stop at on the way back, in process ``pid`` or in any."""
        pids = self.inferiors.known | self.inferiors.ended if pid is None else {pid}
        ends = (events.Exited,) if "exit" in self.wishes.caught.events else ()
        return Until(events=(*self.events_back, *ends), stops=self._stops_in(pids))

    @property
    def events_back(self) -> tuple[type[events.Event], ...]:
        """What is told on the way back, wherever it leads: programs that run again, and births that come undone."""
        may_be_undone = self.inferiors.known != {self.history.run.program.pid}
        if may_be_undone or {"fork", "vfork"} & self.wishes.caught.events:
            return events.Executed, events.Created
        return (events.Executed,)

    def _stops_in(self, pids: Iterable[int]) -> Stops:
        calls: dict[int, frozenset[int] | None] = {}
        if (wanted := telling.together(self.wishes.calls, self.wishes.caught.calls)) != frozenset():
            calls = dict.fromkeys(pids, wanted)
        signals_wanted = dict.fromkeys(pids, ALL_SIGNALS - self.wishes.passed)
        return Stops(self._breakpoints(pids), self.points.watchpoints(pids), calls, signals_wanted)

    def _breakpoints(self, pids: Iterable[int]) -> dict[int, frozenset[int]]:
        """The breakpoints of each process: those that are set in one of its address space, as if they lay in memory.

        gdb sets them once for a parent and its vfork child. In a process that has ended, and lives on the way back, it
        would set those that others have who run the same program (:meth:`is_meant` tells).
        """
        found = self.points.breakpoints(pids)
        if not found:
            return found
        spaces = {process.pid: process.space for process in self.kernel.processes if process.pid in pids}
        everywhere = frozenset[int]().union(*found.values())
        together: dict[int, frozenset[int]] = {}
        for pid in pids:
            space = spaces.get(pid)
            if pid in self.inferiors.ended:
                together[pid] = everywhere
            elif sets := [found[other] for other in found if other == pid or spaces.get(other) is space]:
                together[pid] = frozenset[int]().union(*sets)
        return together

    def is_meant(self, task: Task) -> bool:
        """Tell whether a breakpoint where ``task`` stands is one of its process, or would be if it had not ended."""
        if task.pid in self.inferiors:
            return True
        program, pc = looking.executable_of(task.process), int(task.context[PC])
        alive = [process for process in self.kernel.processes if process.space is not None]
        return any(
            looking.executable_of(process) == program
            and pc in self.points.breakpoints([process.pid]).get(process.pid, ())
            for process in alive
            if process.pid in self.inferiors
        )

    # --- what a stop is told as ---------------------------------------------------------------------------------------

    def tell(self, stop: Stop) -> Stop:
        """Note what whoever is told of ``stop`` knows then, and add what else there is to say."""
        inferiors = self.inferiors
        if self.open.said:
            stop = replace(stop, notes=(*self.open.said, *stop.notes))
            self.open.said.clear()
        if stop.why in (Why.FORK, Why.VFORK):
            inferiors.learn(stop.number)
        if stop.why is Why.VFORK:
            inferiors.related.add(stop.number)
            inferiors.vforks[stop.number] = stop.tid, stop.pid
        elif stop.why is Why.VFORK_DONE:
            inferiors.awaited.pop(stop.tid, None)
        elif stop.why in (Why.EXITED, Why.KILLED):
            inferiors.end(stop.pid)
            self.points.forget(stop.pid)
        else:
            inferiors.unlisted.discard(stop.pid)
        if stop.why is Why.EXEC:
            self.shown(stop.path)
            inferiors.programs.add(stop.path)
            self.points.forget(stop.pid)
            inferiors.related.discard(stop.pid)
        return stop

    def stops_of(self, outcome: Pause | Ending) -> list[Stop]:
        """Return what is to be told of a pause; nothing where the machine is to go on."""
        if isinstance(outcome, Ending):
            return [self._of_ending(outcome)]
        if outcome.why == "event":
            return [stop for event in outcome.events for stop in self._of_event(event)]
        if outcome.why == "held":
            return [self.here(INTERRUPT, (ALL_ARE_HELD,))]
        if outcome.why == "interrupt":
            return [self.here(INTERRUPT)]
        return [self.of_pause(looking.thread_of(self.kernel, outcome.pid), outcome)]

    def of_pause(self, task: Task, pause: Pause) -> Stop:
        """Return what is told of a pause that has a thread for its reason."""
        pid, tid, number = task.pid, task.tid, pause.number
        if pause.why == "watchpoint":
            return self._of_access(task, pause.watched[0])
        if pause.why == "signal":
            self.open.signalled = tid, number
            return Stop(Why.SIGNAL, pid, tid, signals.to_gdb(number))
        if pause.why in ("call", "returned"):
            why = Why.CALL_ENTRY if pause.why == "call" else Why.CALL_RETURN
            if self.wishes.calls is None or number in self.wishes.calls:
                return Stop(why, pid, tid, number=number)
            return Stop(Why.SIGNAL, pid, tid, 0, notes=(telling.call_text(task, number, why),))
        if pause.why == "breakpoint":
            return Stop(self.points.why(int(task.context[PC])), pid, tid)
        return Stop(Why.SIGNAL, pid, tid, TRAP)

    def _of_access(self, task: Task, watched: Watched) -> Stop:
        """Stand before an access, and tell of it.

        gdb lets the thread go on by one instruction, or back by one, and then looks what has changed; but not in a
        process that it holds for one with memory of its own. There it is told of a plain stop, and its user in words.
        """
        notes = telling.access_notes(watched, task.pid)
        if task.pid in self.inferiors.detached:  # where it is let go, its memory's owner is told of it
            told = (*telling.values(self.history.run, watched), *notes)
            return Stop(Why.SIGNAL, watched.owner, watched.owner, 0, notes=told)
        if watched.is_done and watched.call is not None:
            self.history.back(Until(stops=Stops(place=(task.tid, task.retired - 1))))
        elif watched.is_done:
            return Stop(Why.SIGNAL, task.pid, task.tid, 0, notes=notes)
        if watched.owner == task.pid or task.pid in self.inferiors.related:
            return Stop(self.points.why_watched(watched), task.pid, task.tid, number=watched.address, notes=notes)
        return Stop(Why.SIGNAL, task.pid, task.tid, 0, notes=(*telling.values(self.history.run, watched), *notes))

    def _of_event(self, event: events.Event) -> Iterator[Stop]:
        inferiors, wanted = self.inferiors, self.wishes.wanted
        if isinstance(event, events.Created):
            child = self.kernel.processes.thread(event.child)
            why = Why.VFORK if child is not None and child.vfork_parent == event.thread else Why.FORK
            if event.pid in inferiors and why in wanted:
                yield Stop(why, event.pid, event.thread, number=event.child)
            else:
                inferiors.detached.add(event.child)
        elif isinstance(event, events.Executed) and event.pid in inferiors:
            if Why.EXEC in wanted:
                process = looking.process_of(self.kernel, event.pid)
                yield Stop(Why.EXEC, event.pid, event.pid, path=looking.executable_of(process))
        elif isinstance(event, events.Resumed) and event.pid in inferiors.awaited:
            yield Stop(Why.VFORK_DONE, inferiors.awaited[event.pid], event.pid)
        elif isinstance(event, events.Exited) and event.pid in inferiors:
            if event.pid in inferiors.unnamed | inferiors.unlisted:
                inferiors.end(event.pid)
            elif event.signal is not None:
                yield Stop(Why.KILLED, event.pid, event.pid, number=signals.to_gdb(event.signal))
            else:
                yield Stop(Why.EXITED, event.pid, event.pid, number=event.exit_code or 0)

    def _of_ending(self, ending: Ending) -> Stop:
        task = self._standing()
        if task is None:
            return Stop(Why.NOBODY, 0, 0)
        return Stop(Why.END, task.pid, task.tid, notes=tuple(describe_ending(ending).splitlines()))

    def here(self, signal: int = 0, notes: tuple[str, ...] = ()) -> Stop:
        """Tell a stop for which no thread is the reason, in the one that runs or another that is told of."""
        task = self._standing()
        return Stop(Why.NOBODY, 0, 0) if task is None else Stop(Why.SIGNAL, task.pid, task.tid, signal, notes=notes)

    def _standing(self) -> Task | None:
        """The thread that runs, or another, if it is told of; one that goes on rather than one that is held."""
        running = self.kernel.running
        tasks = [task for task in looking.threads_of(self.kernel) if task.pid in self.inferiors]
        return min(tasks, key=lambda task: (task.is_held, task is not running), default=None)


def _nobody_looks(path: bytes) -> None:
    """Images are read through the protocol alone."""
