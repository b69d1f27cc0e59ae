"""Stopping for a debugger: what the loop looks at, in a thread's turn, where somebody has asked for stops.

A thread stands before an instruction, or before the call that it is. Having stopped there once, it goes on with it.
"""

from __future__ import annotations

from vm import events
from vm.abi import CALL_NUMBERS
from vm.cpu.state import PC
from vm.engine.breaking import Breaking
from vm.engine.guarding import Guarded, Guarding
from vm.engine.protocol import Engine
from vm.events import Event
from vm.isa import A7
from vm.kernel.contents import Contents
from vm.kernel.kernel import Kernel
from vm.kernel.pausing import Pause, Until
from vm.kernel.process.task import Task
from vm.kernel.signals.state import Action, bit
from vm.kernel.stops import Stops, Watched, Watchpoint
from vm.kernel.system import Stood

NOTHING = Stops()
"""Nothing to stop at but what ``Until`` names by itself."""
_EXIT_GROUP = CALL_NUMBERS["exit_group"]
_EXITS = (CALL_NUMBERS["exit"], _EXIT_GROUP)
_DEADLY = (Action.TERMINATE, Action.DUMP)
_NO_SIGNALS: frozenset[int] = frozenset()


class Stopping:
    """Tells the loop where to stop, while it goes on until ``until``, and puts calls that were made among ``caught``.

    ``looks``: it has something to look for at each call and wherever an engine runs, not at signals alone.
    """

    def __init__(self, kernel: Kernel, until: Until, caught: list[Event]) -> None:
        self._kernel = kernel
        self._until = until
        self._stops = until.stops if until.stops is not None else NOTHING
        self._breaking = Breaking(kernel.engine)
        self._guarding = Guarding(kernel.engine)
        self._contents = Contents(kernel.processes, self._stops.watchpoints)
        self._call: int | None = None
        self._is_by_instructions = False
        self._caught = caught
        stops = self._stops
        self.looks = bool(
            stops.breakpoints or stops.watchpoints or stops.calls or stops.ends or stops.step or stops.place
            or until.pc is not None or until.moment is not None
        )  # fmt: skip
        self._step_from = stops.step_from or standing(kernel, stops.step)

    def __enter__(self) -> Stopping:
        if self._stops.calls:
            self._kernel.events.subscribe(events.CallReturned, self._note_return)
        self._contents.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._contents.__exit__()
        if self._stops.calls:
            self._kernel.events.unsubscribe(events.CallReturned, self._note_return)

    def at_moment(self) -> Pause | None:
        """Stop if the moment has come that was asked for."""
        moment = self._until.moment
        if moment is None or self._kernel.moment < moment:
            return None
        running = self._kernel.running
        return Pause("moment", running.tid if running is not None else 0, self._kernel.clock)

    def before_signal(self, task: Task) -> Pause | None:
        """Stop before the signals act that ``task`` has, if one of them is wanted and was not stopped for yet."""
        self._is_by_instructions = False
        wanted = self._stops.signals.get(task.pid, _NO_SIGNALS)
        may_end = task.pid in self._stops.ends
        if not (wanted or may_end):
            return self.at_moment()
        stood = self._stood(task)
        passed = stood.signals if stood is not None else 0
        due = task.signals.due & ~passed
        while due:
            signal = task.signals.first_of(due)
            is_wanted = signal in wanted
            if is_wanted or (may_end and task.signals.action(signal) in _DEADLY):
                retired, pc = task.retired, int(task.context[PC])
                self._kernel.system.stood = Stood(task.tid, retired, pc, signals=passed | bit(signal))
                return Pause("signal" if is_wanted else "end", task.tid, self._kernel.clock, number=signal)
            due &= ~bit(signal)
        return self.at_moment()

    def behind(self) -> Pause | None:
        """Stop where watched memory was accessed by others than a thread's instructions, since the last look."""
        task = self._kernel.running
        if not self._stops.watchpoints or task is None:
            return None
        if self._is_by_instructions and self._watchpoints(task):  # it has stopped before what these do
            self._contents.remember()
            return None
        used = self._contents.changes()
        if not used:
            return None
        pc = int(task.context[PC])
        watched = [Watched(*each[:3], task.tid, pc, each.address, is_done=True, call=self._call) for each in used]
        return Pause("watchpoint", task.tid, self._kernel.clock, watched=tuple(watched))

    def before_instruction(self, task: Task) -> Pause | None:
        """Stop before the next instruction of ``task``, which it is about to execute, if that is wanted."""
        self._call, self._is_by_instructions = None, True
        why, stood = self._reason(task), self._stood(task)
        if why and not (stood is not None and stood.is_before_instruction):
            self._kernel.system.stood = self._standing(task, stood)
            return Pause(why, task.tid, self._kernel.clock)
        if self._stops.watchpoints and not (stood is not None and stood.is_before_access):
            watched = self._ahead(task)
            if watched:
                self._kernel.system.stood = self._standing(task, stood, is_before_access=True)
                return Pause("watchpoint", task.tid, self._kernel.clock, watched=watched)
        return self.at_moment()

    def _ahead(self, task: Task) -> tuple[Watched, ...]:
        """What the next instruction accesses that is watched."""
        points = self._watchpoints(task)
        ahead = self._guarded(points).ahead(task.context, task.memory) if points else None
        if ahead is None:
            return ()
        access, met = ahead
        ranges = _ranges(points)
        by_range = {ranges[each.number]: each for each in met}
        return tuple([
            Watched(owner, point, each.kinds, task.tid, access.pc, each.address)
            for owner, point in points
            if (each := by_range.get(point)) is not None
        ])  # fmt: skip

    def _watchpoints(self, task: Task) -> list[tuple[int, Watchpoint]]:
        """The watchpoints of each process that has the address space of ``task``."""
        found = []
        for owner, watchpoints in self._stops.watchpoints.items():
            process = self._kernel.processes.get(owner)
            if process is not None and process.space is task.process.space:
                found.extend([(owner, watchpoint) for watchpoint in watchpoints])
        return found

    def _guarded(
        self, points: list[tuple[int, Watchpoint]], others: Engine | None = None, *, is_recorded: bool = False
    ) -> Guarded:
        return self._guarding.around(_ranges(points), others, one_by_one=is_recorded)

    def before_call(self, task: Task) -> Pause | None:
        """Stop before ``task`` makes the call that its registers ask for, if that is wanted or ends its process."""
        number, stood = int(task.context[A7]), self._stood(task)
        if self._stops.watchpoints:
            self._contents.remember()
            self._call, self._is_by_instructions = number, False
        why = "call" if self._wants_call(task.pid, number) else "end" if self._ends(task, number) else ""
        if not why or (stood is not None and stood.is_before_call):
            return self.at_moment()
        self._kernel.system.stood = self._standing(task, stood, is_before_call=True)
        return Pause(why, task.tid, self._kernel.clock, number=number)

    def most(self, task: Task, budget: int) -> int:
        """Return how many of ``budget`` instructions ``task`` may run before it has to be looked at."""
        stops, moment = self._stops, self._until.moment
        if moment is not None:
            budget = min(budget, max(moment.clock - self._kernel.clock, 1))
        if stops.step == task.tid:
            return min(budget, 1)
        if stops.place is not None and stops.place[0] == task.tid and task.retired < stops.place[1]:
            return min(budget, stops.place[1] - task.retired)
        return budget

    def engine_for(self, task: Task, engine: Engine) -> Engine:
        """Return what runs ``task`` and stops, in the place of ``engine``."""
        addresses, is_recorded = self._addresses(task), engine is not self._kernel.engine
        if addresses:
            engine = self._breaking.around(addresses, engine)
        if self._stops.watchpoints and (points := self._watchpoints(task)):
            engine = self._guarded(points, engine, is_recorded=is_recorded)
        return engine

    def _addresses(self, task: Task) -> frozenset[int]:
        addresses, until = self._stops.breakpoints.get(task.pid, frozenset()), self._until
        if until.pc is not None and until.pid in (None, task.tid):
            addresses |= {until.pc}
        return addresses

    def _reason(self, task: Task) -> str:
        stops = self._stops
        if stops.place == (task.tid, task.retired):
            return "place"
        pc = int(task.context[PC])
        if pc in self._addresses(task):
            return "breakpoint"
        if stops.step == task.tid and self._step_from != (task.retired, pc):
            return "step"
        return ""

    def _stood(self, task: Task) -> Stood | None:
        """Where the loop has stopped last, if ``task`` is still there."""
        stood = self._kernel.system.stood
        if stood is None or (stood.tid, stood.retired, stood.pc) != (task.tid, task.retired, int(task.context[PC])):
            return None
        return stood

    def _standing(
        self, task: Task, stood: Stood | None, *, is_before_access: bool = False, is_before_call: bool = False
    ) -> Stood:
        passed = stood.signals if stood is not None else 0
        return Stood(task.tid, task.retired, int(task.context[PC]), True, is_before_access, is_before_call, passed)

    def _ends(self, task: Task, number: int) -> bool:
        """Tell whether the call is the last of a process that is to be stopped before it ends."""
        if number not in _EXITS or task.pid not in self._stops.ends:
            return False
        return number == _EXIT_GROUP or len(task.process.threads) == 1

    def _wants_call(self, pid: int, number: int) -> bool:
        numbers = self._stops.calls.get(pid, frozenset())
        return numbers is None or number in numbers

    def _note_return(self, event: events.CallReturned) -> None:
        task = self._kernel.processes.thread(event.pid)
        if event.result is not None and task is not None and self._wants_call(task.pid, event.call_number):
            self._caught.append(event)


def standing(kernel: Kernel, tid: int | None) -> tuple[int, int] | None:
    """Return where a thread stands: the instructions that it has retired, and its pc; None where there is none."""
    task = None if tid is None else kernel.processes.thread(tid)
    return None if task is None else (task.retired, int(task.context[PC]))


def _ranges(points: list[tuple[int, Watchpoint]]) -> tuple[Watchpoint, ...]:
    """Return what is guarded: once what several processes watch in the memory that they share."""
    return tuple(dict.fromkeys([point for _, point in points]))
