"""The way back of a machine that is debugged.

It stops at each birth and each exec of a process that the debugger knows, the latest first, so that what the debugger
knows is true at every stop. Ends are passed over: who lives again is found in the list of threads.
"""

from __future__ import annotations

from collections.abc import Sequence

from vm import events
from vm.debug import looking, telling
from vm.debug.debugged import INTERRUPT, TRAP, Debugged
from vm.debug.target import Stop, Why
from vm.kernel.pausing import Moment, Pause, Until
from vm.kernel.process.task import Task
from vm.kernel.stops import Stops

BIRTHS = (events.Created, events.ThreadCreated)


class Backwards:
    """Takes the ``debugged`` machine back until something is to be told."""

    def __init__(self, debugged: Debugged) -> None:
        self._debugged = debugged

    def step(self, pid: int | None, tid: int | None) -> Stop:
        """Go back by one instruction of the thread, or by what has made it."""
        debugged = self._debugged
        task = looking.thread_of(debugged.kernel, debugged.thread_named(pid, tid) or 0)
        if debugged.looks_at == (task.tid, debugged.kernel.moment):  # it is where gdb wants to look already
            debugged.looks_at = None
            return self._told(Stop(Why.SIGNAL, task.pid, task.tid, TRAP))
        if not task.retired and (place := self._place_of_birth(task.tid)) is not None:
            return self._go(Until(events=self._kinds, stops=Stops(place=place)))
        return self._go(Until(events=self._kinds, stops=Stops(place=(task.tid, task.retired - 1))))

    def run(self) -> Stop:
        """Go back to where the run before would have stopped last."""
        return self._go(self._debugged.until_back())

    def travel(self, goal: Moment) -> Stop:
        """Go to an earlier moment, stopping on the way where processes come undone, or run other programs again."""
        return self._go(Until(events=self._kinds), goal)

    @property
    def _kinds(self) -> tuple[type[events.Event], ...]:
        kinds = self._debugged.until_back().events
        return tuple(kind for kind in kinds if kind is not events.Exited)

    def _go(self, until: Until, goal: Moment | None = None) -> Stop:
        debugged = self._debugged
        while True:
            pause = debugged.history.back(until)
            if goal is not None and (pause is None or debugged.kernel.moment < goal):
                debugged.goal = None
                debugged.history.goto(goal)
                return self._told(debugged.here())
            if pause is None or pause.why == "interrupt":
                return self._told(self._begin() if pause is None else debugged.here(INTERRUPT))
            if pause.why == "event":
                if (stop := self._of_events(pause.events)) is not None:
                    return self._told(stop)
                continue
            task = looking.thread_of(debugged.kernel, pause.pid)
            if pause.why == "breakpoint" and not debugged.is_meant(task):
                continue
            stop = debugged.of_pause(task, pause)
            if stop.why in (Why.WATCH, Why.READ_WATCH, Why.ACCESS_WATCH):
                debugged.looks_at = stop.tid, debugged.kernel.moment
            return self._told(stop)

    def _told(self, stop: Stop) -> Stop:
        """Whoever is told of a stop on the way back can see all who live then."""
        debugged = self._debugged
        living = {task.pid for task in looking.threads_of(debugged.kernel)}
        if stop.why is not Why.EXITED:
            for pid in debugged.inferiors.match(living):
                debugged.points.forget(pid)
        return debugged.tell(stop)

    def _of_events(self, met: Sequence[events.Event]) -> Stop | None:
        """Go back to before an event, and tell of it; None if nobody wants to hear of it."""
        debugged = self._debugged
        for event in met:
            pid = getattr(event, "pid", 0)
            if isinstance(event, events.Executed) and pid in debugged.inferiors and Why.EXEC in debugged.wanted:
                task = looking.thread_of(debugged.kernel, pid)
                debugged.history.back(Until(stops=Stops(place=(task.tid, task.retired - 1))))
                process = looking.process_of(debugged.kernel, pid)
                return Stop(Why.EXEC, pid, pid, path=looking.executable_of(process))
            text = telling.event_text(event, debugged.caught.events)
            if isinstance(event, events.Created) and event.child in debugged.inferiors:
                self._before_birth(event)
                return Stop(Why.EXITED, event.child, event.child, notes=(text,) if text else ())
            if not text or pid in debugged.inferiors.detached:
                continue
            pause: Pause | None
            if isinstance(event, events.Created):
                pause = self._before_birth(event)
            else:
                pause = debugged.history.back(Until(stops=Stops(ends=frozenset({pid}))))
            return Stop(Why.SIGNAL, pid, pause.pid if pause is not None else pid, 0, notes=(text,))
        return None

    def _before_birth(self, event: events.Created) -> Pause | None:
        place = _place_of_call(looking.thread_of(self._debugged.kernel, event.thread))
        return self._debugged.history.back(Until(stops=Stops(place=place)))

    def _place_of_birth(self, tid: int) -> tuple[int, int] | None:
        """Where the thread stood that was about to make thread ``tid``; None for the first one."""
        debugged = self._debugged
        here = debugged.kernel.moment
        place = None
        while place is None and (pause := debugged.history.back(Until(events=BIRTHS))) is not None:
            if pause.why == "interrupt":
                break
            maker = next((found for event in pause.events if (found := telling.maker(event, tid))), 0)
            if maker:
                place = _place_of_call(looking.thread_of(debugged.kernel, maker))
        debugged.history.goto(here)
        return place

    def _begin(self) -> Stop:
        program = self._debugged.history.run.program
        return Stop(Why.BEGIN, program.pid, program.tid)


def _place_of_call(task: Task) -> tuple[int, int]:
    """Where a thread stood before the call that it has made, or that it waits in."""
    return task.tid, task.retired - (task.call is None)
