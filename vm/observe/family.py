"""Who made whom, what each ran, how long it lived and how it ended: the tree of a run's processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import field

from vm import events
from vm.events import Event
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import State
from vm.statuses import describe_end
from vm.text import printable, shortened
from vm.values import dataclass

MOST = 10_000
"""Processes that are remembered: the first ones."""
SHOWN = 200
"""Lines that are shown."""
MOST_PROGRAMS = 8
"""Programs of one process that are told: its last ones."""
WIDTH, END = 80, 20
"""Columns of a line, and those of how a process ended."""
DEEPEST = 10
"""Generations that are set off from each other; those below are numbered."""


@dataclass(slots=True)
class Member:
    """A process: ``call`` made it at guest time ``born``, and it ran ``programs`` one after the other.

    ``end`` tells how it ended, at guest time ``ended``, and is empty while it lives. Both times are in nanoseconds.
    """

    pid: int
    call: str
    born: int
    programs: list[str] = field(default_factory=list)
    end: str = ""
    ended: int = 0
    children: list[Member] = field(default_factory=list)
    skipped: int = 0


class Family:
    """The processes of a run, of which ``pid`` is the first: ask for :meth:`lines` once it knows what has happened.

    ``name`` is that of the first program, empty where its exec is still to be told. ``born`` is its birth in guest
    time, which ``clock`` tells, and ``state`` says what a process is doing that has not ended.
    """

    def __init__(self, pid: int, name: str, born: int, clock: Callable[[], int], state: Callable[[int], str]) -> None:
        self._clock, self._state = clock, state
        self._first = Member(pid, "", born, [_base(name)] if name else [])
        self._present = {pid: self._first}
        self._count, self._more = 1, 0

    def listen(self, stream: events.Stream) -> Family:
        """Hear of all that happens in a machine from now on; return the family itself."""
        stream.subscribe(events.Created, self._created)
        stream.subscribe(events.Executed, self._executed)
        stream.subscribe(events.Exited, self._exited)
        return self

    def read(self, told: Iterable[Event]) -> Family:
        """Hear of what has happened already; return the family itself."""
        for event in told:
            if isinstance(event, events.Created):
                self._created(event)
            elif isinstance(event, events.Executed):
                self._executed(event)
            elif isinstance(event, events.Exited):
                self._exited(event)
        return self

    def _created(self, event: events.Created) -> None:
        self._present.pop(event.child, None)
        parent = self._present.get(event.pid)
        if parent is None or self._count >= MOST:
            self._more += 1
            return
        self._count += 1
        child = self._present[event.child] = Member(event.child, event.meant, event.clock)
        parent.children.append(child)

    def _executed(self, event: events.Executed) -> None:
        member = self._present.get(event.pid)
        if member is not None:
            member.programs.append(_base(event.path))
            if len(member.programs) > MOST_PROGRAMS:
                del member.programs[0]
                member.skipped += 1

    def _exited(self, event: events.Exited) -> None:
        member = self._present.get(event.pid)
        if member is not None:
            member.end, member.ended = describe_end(event.exit_code, event.signal), event.clock

    def lines(self) -> Iterator[str]:
        """A line for each process, below its parent; how many more there were, if they are too many to be shown."""
        shown = [(self._title(member, branch, depth), member) for member, branch, depth in self._members()]
        lifetimes = [f"{self._lifetime(member):,} ns" for _, member in shown]
        width = max(map(len, lifetimes))
        room = WIDTH - width - END - 4
        for (title, member), lifetime in zip(shown, lifetimes, strict=True):
            end = member.end or self._state(member.pid)
            yield f"{shortened(title, room):<{room}}  {lifetime:>{width}}  {end}"
        more = self._count - len(shown) + self._more
        if more:
            yield f"… and {more:,} more"

    def _members(self) -> Iterator[tuple[Member, str, int]]:
        """Yield the processes that are shown, each with the branch that its line begins with and its generation."""
        todo: list[tuple[Member, str, str, int]] = [(self._first, "", "", 0)]
        for _ in range(SHOWN):
            if not todo:
                return
            member, branch, stem, depth = todo.pop()
            yield member, branch, depth
            for index, child in enumerate(reversed(member.children)):
                is_last = index == 0
                if depth < DEEPEST:
                    todo.append(
                        (child, stem + ("└─ " if is_last else "├─ "), stem + ("   " if is_last else "│  "), depth + 1)
                    )
                else:
                    todo.append((child, branch, stem, depth + 1))

    def _title(self, member: Member, branch: str, depth: int) -> str:
        generation = f"({depth}) " if depth > DEEPEST else ""
        programs = [*(["…"] if member.skipped else []), *member.programs]
        ran = " → ".join(programs) if not member.call else "".join(f" → {name}" for name in programs)
        return f"{branch}{generation}pid {member.pid}  {member.call}{ran}"

    def _lifetime(self, member: Member) -> int:
        """Guest time from the birth of a process to its end, or to now."""
        return (member.ended if member.end else self._clock()) - member.born


def family_of(kernel: Kernel, pid: int) -> Family:
    """Make the family of ``pid``, which runs in a booted machine, from now on."""
    name = kernel.processes[pid].name
    return Family(pid, name, kernel.clock, lambda: kernel.clock, lambda pid: present_state(kernel, pid)).listen(
        kernel.events
    )


def present_state(kernel: Kernel, pid: int) -> str:
    """Say what a process that has not ended is doing."""
    process = kernel.processes.get(pid)
    if process is None:
        return "not ended"
    if process.stopped:
        return "stopped"
    return "waits" if process.state is State.BLOCKED else "runs"


def _base(path: str) -> str:
    return printable(path.rsplit("/", 1)[-1])
