"""Threads from birth to collection: what each does at each moment, what it runs, and who did something to whom."""

from __future__ import annotations

from collections.abc import Iterable

from vm import events
from vm.abi import signal_name
from vm.events import Event
from vm.film.reel import NEVER_ENDED, Table, Texts
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import REAPER, State, Task
from vm.kernel.system import Turn
from vm.values import dataclass

STATES = ("none", "running", "ready", "blocked", "suspended", "stopped", "zombie")
"""What a thread does, by the number that a reel has for it."""
NONE, RUNNING, READY, BLOCKED, SUSPENDED, STOPPED, ZOMBIE = range(len(STATES))
ARROWS = ("fork", "vfork", "clone", "exec", "signal", "pipe", "wake", "wait", "resume")
"""What one thread does to another, by the number that a reel has for it."""
_MADE = {"fork": 0, "vfork": 1}


@dataclass(slots=True)
class Life:
    """A thread from its birth to its end, in moments; ``parent`` is the life that made it, -1 where none of these."""

    tid: int
    pid: int
    parent: int
    how: str
    born: int
    gone: int = NEVER_ENDED
    state: tuple[int, int] = (NONE, 0)
    name: int = -1
    space: int = -1


class Lives:
    """Follows the threads of ``kernel``, moment by moment."""

    def __init__(self, kernel: Kernel, texts: Texts) -> None:
        self.all: list[Life] = []
        self.states = Table("life", "moment", "state", "why")
        self.names = Table("life", "moment", "name")
        self.spaces = Table("life", "moment", "space")
        self.arrows = Table("kind", "from", "to", "moment", "text")
        self._kernel, self._texts = kernel, texts
        self._by_tid: dict[int, int] = {}

    def life(self, tid: int) -> int:
        """Return the number of the life that thread ``tid`` has now, -1 if it is none of these."""
        return self._by_tid.get(tid, -1)

    def begin(self) -> None:
        """Take those that there are at moment 0 as there."""
        for task in self._kernel.processes.threads:
            if task.tid != REAPER:
                process = self._kernel.processes.get(task.pid)
                parent = process.parent if process is not None else 0
                self._bear(task.tid, task.pid, self.life(parent), "start", 0)

    def _bear(self, tid: int, pid: int, parent: int, how: str, moment: int) -> int:
        self._by_tid[tid] = len(self.all)
        self.all.append(Life(tid, pid, parent, how, moment))
        return len(self.all) - 1

    def born(self, event: Event, moment: int) -> None:
        """Note whom the event has made."""
        if isinstance(event, events.Created):
            how = event.meant if event.meant in _MADE else "clone"
            self._bear(event.child, event.child, self.life(event.thread), how, moment)
        elif isinstance(event, events.ThreadCreated):
            self._bear(event.thread, event.pid, self.life(event.by), "thread", moment)

    def died(self, event: Event, moment: int) -> None:
        """Note who is not there any more, by the event."""
        if isinstance(event, events.Reaped):
            self._bury(event.child, moment)
        elif isinstance(event, events.ThreadExited):
            self._bury(event.thread, moment)
        elif isinstance(event, events.ThreadLeads):
            self._bury(event.former, moment)

    def _bury(self, tid: int, moment: int) -> None:
        task = self._kernel.processes.thread(tid)
        number = self._by_tid.get(tid)
        if task is None and number is not None:
            del self._by_tid[tid]
            self._end(number, moment)

    def _end(self, number: int, moment: int) -> None:
        life = self.all[number]
        life.gone = moment
        if life.state[0] != NONE:
            life.state = (NONE, 0)
            self.states.add(number, moment, NONE, 0)

    def look(self, moment: int, tids: Iterable[int], space_of: dict[int, int]) -> None:
        """Note what these threads do now, what they run and in which space they are, which its root table tells."""
        for tid in tids:
            number = self._by_tid.get(tid)
            if number is None:
                continue
            task = self._kernel.processes.thread(tid)
            if task is None:  # it ended with its process, and no event told so
                del self._by_tid[tid]
                self._end(number, moment)
                continue
            self._look_at(moment, number, task, space_of)

    def everybody(self) -> list[int]:
        """Return the numbers of all threads that are there."""
        return list(self._by_tid)

    def _look_at(self, moment: int, number: int, task: Task, space_of: dict[int, int]) -> None:
        life, state = self.all[number], self._state(task)
        if state != life.state:
            life.state = state
            self.states.add(number, moment, *state)
        name = self._texts.number(task.name)
        if name != life.name:
            life.name = name
            self.names.add(number, moment, name)
        memory = task.process.space
        space = 0 if memory is None else space_of.get(memory.root, 0)
        if space != life.space:
            life.space = space
            self.spaces.add(number, moment, space)

    def _state(self, task: Task) -> tuple[int, int]:
        process, kernel = task.process, self._kernel
        if process.is_zombie or task.state is State.ZOMBIE:
            return ZOMBIE, 0
        if process.stopped:
            return STOPPED, 0
        if task.state is State.READY:
            is_running = task is kernel.running and kernel.system.turn is not Turn.NOBODYS
            return (RUNNING if is_running else READY), 0
        wait = task.wait
        if wait is None:
            return BLOCKED, 0
        if wait.is_vfork:
            return SUSPENDED, self._texts.number(f"until {task.child} executes or exits")
        deadline = f", until clock {wait.deadline:,}" if wait.deadline is not None else ""
        return BLOCKED, self._texts.number(f"{wait.why}{deadline}")

    # --- arrows ---------------------------------------------------------------------------------------------------

    def point(self, told: list[Event], moment: int) -> None:
        """Note who did something to whom, by the events of a moment: before any of them is noted as dead."""
        writers = {event.thread for event in told if isinstance(event, events.PipeBytes) and not event.is_taken}
        running = self._kernel.running
        by = self.life(running.tid) if running is not None else -1
        for event in told:
            if isinstance(event, events.Created):
                child = self.life(event.child)
                self._arrow(_MADE.get(event.meant, 2), self.life(event.thread), child, moment, event.meant)
            elif isinstance(event, events.ThreadCreated):
                self._arrow(2, self.life(event.by), self.life(event.thread), moment, "thread")
            elif isinstance(event, events.Executed):
                self._arrow(3, self.life(event.pid), self.life(event.pid), moment, event.path)
            elif isinstance(event, events.Signalled):
                self._arrow(4, self.life(event.sender), self.life(event.pid), moment, signal_name(event.signal))
            elif isinstance(event, events.Reaped):
                self._arrow(7, self.life(event.child), self.life(event.pid), moment, "")
            elif isinstance(event, events.Resumed):
                self._arrow(8, self.life(event.child), self.life(event.pid), moment, event.why)
            elif isinstance(event, events.Woken) and event.channel != "signal":
                kind = 5 if writers and event.channel != "deadline" else 6
                self._arrow(kind, by if event.channel != "deadline" else -1, self.life(event.pid), moment, "")

    def _arrow(self, kind: int, source: int, target: int, moment: int, text: str) -> None:
        self.arrows.add(kind, source, target, moment, self._texts.number(text))
