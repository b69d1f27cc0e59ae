"""The way back of a machine that is debugged.

It stops at each birth and each exec of a process that the debugger knows, the latest first, so that what the debugger
knows is true at every stop. Ends are passed over, where all run one program: who lives again is found in the list of
threads. The last process that it knows does not come undone: behind that it would have no machine any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vm import events
from vm.abi import CALL_NUMBERS
from vm.debug import looking, telling
from vm.debug.debugged import INTERRUPT, TRAP, Debugged
from vm.debug.target import Stop, Why
from vm.kernel.pausing import Moment, Pause, Until
from vm.kernel.process.task import Task
from vm.kernel.stops import Stops

BIRTHS = (events.Created, events.ThreadCreated)
EXECUTING = frozenset({CALL_NUMBERS["execve"], CALL_NUMBERS["execveat"]})


class Backwards:
    """Takes the ``debugged`` machine back until something is to be told."""

    def __init__(self, debugged: Debugged) -> None:
        self._debugged = debugged
        self._programs_before: dict[int, bytes] = {}
        self._only: int | None = None
        self._from = debugged.kernel.moment
        self._is_alone = False
        self._owed: tuple[int, int] | None = None
        self._executing = (0, 0)

    def step(self, pid: int | None, tid: int | None, *, alone: bool = False) -> Stop:
        """Go back by one instruction of the thread, or by what has made it; gdb lets its process go ``alone``."""
        debugged, self._only, self._is_alone = self._debugged, None, alone
        task = looking.thread_of(debugged.kernel, debugged.thread_named(pid, tid) or 0)
        if debugged.open.looks_at == (task.tid, debugged.kernel.moment):  # it is where gdb wants to look already
            debugged.open.looks_at = None
            return debugged.tell(Stop(Why.SIGNAL, task.pid, task.tid, TRAP))
        place = (task.tid, task.retired - 1)
        if not task.retired:
            place = self._place_of_birth(task.tid) or place
        return self._step_to(place)

    def _step_to(self, place: tuple[int, int]) -> Stop:
        """Go back to a thread's place. Where an exec is told on the way, gdb asks to go on, and the step is owed."""
        stop = self._found(Until(events=self._debugged.events_back, stops=Stops(place=place)))
        if stop.why is not Why.EXEC:
            self._owed = None
        elif place == (stop.pid, self._executing[1]):  # the step is the call, by which a thread has got this number
            self._owed = self._executing
        else:
            self._owed = place
        return self._told(stop)

    @property
    def owes_step(self) -> bool:
        """Whether a step back has told of an exec, and has not come to its end."""
        return self._owed is not None

    def forget_step(self) -> None:
        """The machine goes forwards: no step back is owed any more."""
        self._owed = None

    def finish_step(self) -> Stop:
        """Go on with a step back that has told of an exec."""
        debugged, place = self._debugged, self._owed
        assert place is not None
        task = debugged.kernel.processes.thread(place[0])
        if task is not None and (task.tid, task.retired) == place:
            self._owed = None
            return debugged.tell(Stop(Why.SIGNAL, task.pid, task.tid, TRAP))
        return self._step_to(place)

    def run(self, pid: int | None) -> Stop:
        """Go back to where the run before would have stopped last, in process ``pid`` or in any.

        gdb dies of a stop in a process that it has not let go.
        """
        self._only, self._is_alone = pid, pid is not None
        return self._told(self._found(self._debugged.until_back(pid)))

    def travel(self, goal: Moment) -> Stop:
        """Go to an earlier moment, stopping on the way where processes come undone, or run other programs again."""
        self._only, self._is_alone = None, False
        return self._told(self._found(Until(events=self._debugged.events_back), goal))

    def _found(self, until: Until, goal: Moment | None = None) -> Stop:
        """Go back to the next stop that somebody wants to be told of."""
        debugged = self._debugged
        if self._tells_programs:
            until = replace(until, events=tuple(dict.fromkeys((*until.events, events.Exited))))
        self._programs_before, self._from = self._programs(), debugged.kernel.moment
        is_first = True
        while True:
            pause, is_first = debugged.history.back(until, includes_here=is_first), False
            if goal is not None and (pause is None or debugged.kernel.moment < goal):
                debugged.open.goal = None
                debugged.history.goto(goal)
                return debugged.here()
            if pause is None or pause.why == "interrupt":
                return self._begin() if pause is None else debugged.here(INTERRUPT)
            if pause.why == "event":
                if (stop := self._of_events(pause.events)) is None:
                    continue
                return stop
            task = looking.thread_of(debugged.kernel, pause.pid)
            if pause.why == "breakpoint" and not debugged.is_meant(task):
                continue
            stop = debugged.of_pause(task, pause)
            if self._only not in (None, stop.pid):
                debugged.open.signalled = None
                continue
            if stop.why in (Why.WATCH, Why.READ_WATCH, Why.ACCESS_WATCH):
                debugged.open.looks_at = stop.tid, debugged.kernel.moment
            return stop

    def _told(self, stop: Stop) -> Stop:
        """Tell of a stop on the way back, where all who live are known.

        Where it stands behind a birth or an exec at the very moment of that, going back by one step is to go back over
        it: then what has come undone is told in its place, and an earlier program that runs again before it.
        """
        debugged = self._debugged
        inferiors = debugged.inferiors
        known, unnamed = set(inferiors.known), inferiors.unnamed | inferiors.unlisted
        undone = inferiors.match({task.pid for task in looking.threads_of(debugged.kernel)})
        for pid in undone:
            debugged.points.forget(pid)
        told = [pid for pid in undone if pid not in unnamed and (stop.why is not Why.EXITED or pid != stop.pid)]
        if told and stop.why is not Why.EXITED:
            stop = Stop(Why.EXITED, told[-1], told[-1])
            told.pop()
        stops = [*self._programs_told(stop, known), stop, *(Stop(Why.EXITED, pid, pid) for pid in told)]
        inferiors.wait(stops[1:])
        return debugged.tell(stops[0])

    def _programs_told(self, stop: Stop, known: set[int]) -> list[Stop]:
        """Tell of who runs an earlier program again, and what those run who live again: they are not ``known``.

        ``stop`` is told besides.
        """
        if Why.EXEC not in self._debugged.wishes.wanted:
            return []
        again = self._programs()
        others = [pid for pid, path in again.items() if self._programs_before.get(pid, path) != path]
        if self._tells_programs:
            others += [pid for pid in again if pid not in known]
        return [
            Stop(Why.EXEC, pid, pid, path=again[pid]) for pid in others if stop.why is not Why.EXEC or stop.pid != pid
        ]

    @property
    def _tells_programs(self) -> bool:
        """Whether it tells at an end on the way back what who lives again runs.

        gdb takes them for any process of its that has ended, and for its program. But where it lets one go alone, it
        would go on with them in its place.
        """
        debugged = self._debugged
        return len(debugged.inferiors.programs) > 1 and not self._is_alone and Why.EXEC in debugged.wishes.wanted

    def _programs(self) -> dict[int, bytes]:
        """What each process runs that is told of."""
        debugged = self._debugged
        processes = {task.pid: task.process for task in looking.threads_of(debugged.kernel)}
        known = debugged.inferiors.known
        return {pid: looking.executable_of(each) for pid, each in processes.items() if pid in known}

    def _of_events(self, met: Sequence[events.Event]) -> Stop | None:
        """Go back to before an event, and tell of it; None if nobody wants to hear of it."""
        debugged = self._debugged
        for event in met:
            pid = getattr(event, "pid", 0)
            if isinstance(event, events.Executed) and pid in debugged.inferiors and Why.EXEC in debugged.wishes.wanted:
                self._executing = self._place_of_exec(pid)
                debugged.history.back(Until(stops=Stops(place=self._executing)))
                process = looking.process_of(debugged.kernel, pid)
                return Stop(Why.EXEC, pid, pid, path=looking.executable_of(process))
            text = telling.event_text(event, debugged.wishes.caught.events)
            if isinstance(event, events.Created) and debugged.inferiors.known == {event.child}:
                debugged.history.advance(Until(stops=Stops(place=(event.child, 0)), moment=self._from))
                return Stop(Why.BEGIN, event.child, event.child)
            if (
                isinstance(event, events.Created)
                and event.child in debugged.inferiors.unnamed | debugged.inferiors.unlisted
            ):
                debugged.inferiors.end(event.child)
            elif isinstance(event, events.Created) and event.child in debugged.inferiors:
                self._before_birth(event)
                return Stop(Why.EXITED, event.child, event.child, notes=(text,) if text else ())
            if text and pid not in debugged.inferiors.detached:
                return self._before_caught(event, pid, text)
            lives_again = isinstance(event, events.Exited) and pid in debugged.inferiors.ended
            if lives_again and self._tells_programs and (stop := self._before_end(pid)) is not None:
                return stop
        return None

    def _before_caught(self, event: events.Event, pid: int, text: str) -> Stop:
        """Go back to before an event that is caught, and tell of it in words."""
        pause: Pause | None
        if isinstance(event, events.Created):
            pause = self._before_birth(event)
        else:
            pause = self._debugged.back_to_end([pid])
        return Stop(Why.SIGNAL, pid, pause.pid if pause is not None else pid, 0, notes=(text,))

    def _before_end(self, pid: int) -> Stop | None:
        """Go back to before a process ends, and tell what it runs; None, and stay, where that cannot be."""
        debugged = self._debugged
        if (pause := debugged.back_to_end([pid])) is None:
            return None
        self._executing = (0, 0)
        path = looking.executable_of(looking.process_of(debugged.kernel, pid))
        return Stop(Why.EXEC, pid, pause.pid, path=path)

    def _before_birth(self, event: events.Created) -> Pause | None:
        place = _place_of_call(looking.thread_of(self._debugged.kernel, event.thread))
        return self._debugged.history.back(Until(stops=Stops(place=place)))

    def _place_of_exec(self, pid: int) -> tuple[int, int]:
        """Where the thread stood that was about to execute the program of ``pid``: it need not be its first one."""
        debugged = self._debugged
        here, task = debugged.kernel.moment, looking.thread_of(debugged.kernel, pid)
        place = (task.tid, task.retired - 1)
        pause = debugged.history.back(Until(stops=Stops(calls={pid: EXECUTING})))
        if pause is not None and pause.why == "call":
            maker = looking.thread_of(debugged.kernel, pause.pid)
            place = (maker.tid, maker.retired)
        debugged.history.goto(here)
        return place

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
        here = self._debugged.here()
        pid = here.pid if self._only is None else self._only
        return Stop(Why.BEGIN, pid, here.tid if pid == here.pid else pid)


def _place_of_call(task: Task) -> tuple[int, int]:
    """Where a thread stood before the call that it has made, or that it waits in."""
    return task.tid, task.retired - (task.call is None)
