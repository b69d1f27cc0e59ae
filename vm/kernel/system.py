"""The state of a booted machine."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, ClassVar, TypeVar

from vm.abi import SIGNAL_RETURN
from vm.copying import Copier
from vm.cpu.state import new_context
from vm.enums import quick
from vm.kernel.choice import Decisions
from vm.kernel.clock import Clock
from vm.kernel.files.opened import DescriptorCount, Descriptors
from vm.kernel.files.ring import PipeCount
from vm.kernel.files.terminal import Console, Terminal
from vm.kernel.files.vfs import User
from vm.kernel.files.world import Files, World
from vm.kernel.pausing import Ending
from vm.kernel.ports import OutputMeter
from vm.kernel.process.credentials import Credentials
from vm.kernel.process.random import RandomStream
from vm.kernel.process.scheduler import Scheduler
from vm.kernel.process.table import ProcessTable
from vm.kernel.process.task import REAPER, Process, State, Surroundings, Task, lead
from vm.kernel.signals.state import Signals
from vm.memory import PhysicalMemory, trampoline
from vm.settings import Settings
from vm.values import dataclass

if TYPE_CHECKING:  # for runs that watch something
    from vm.kernel.watching import Watch

WORDS_LIMIT = 100
"""What services of programs may have to say to the user of a run."""
WARNINGS_LIMIT = 100
"""Sources of a run that people are warned of."""


@quick
class Turn(Enum):
    """Whose turn it is, and how far it has come."""

    NOBODYS = "the next process is still to be taken"
    BEGINS = "a process was taken; a call of its that waited is to be made again"
    GOES_ON = "a process runs"


@dataclass(frozen=True, slots=True)
class Stood:
    """Where a thread stands that was stopped, which does not stop it again when it goes on.

    It is ``tid``, having retired so many instructions, and ``pc`` is where its next one is. It was stopped before that
    instruction, before the access or the call that the instruction makes, or before ``signals`` acted: a set of them.
    """

    tid: int
    retired: int
    pc: int
    is_before_instruction: bool = False
    is_before_access: bool = False
    is_before_call: bool = False
    signals: int = 0


class Part:
    """A part of the state of a ``system`` that few runs have."""

    _follow: ClassVar[tuple[str, ...]] = ("system",)

    def __init__(self, system: System) -> None:
        self.system = system


P = TypeVar("P", bound=Part)


class System:
    """A machine with one process table, one physical memory and one tree of files, and no program yet.

    It is plain data. ``program`` is the first process. ``running`` is the thread that runs, or for which the kernel
    works, and ``turn`` how far it has come. ``decisions``: which of several ways it went, and will go.
    ``foreground`` is the process group that the terminal's signals go to. ``has_lock_waits``: somebody has waited
    for a lock whose owner the kernel knows. ``words``: what services may still have to say. ``warned``: (path,
    text) of what people were told of sources, which is not said twice. ``console`` has the ends of the streams that
    lead out of the machine. ``told`` counts the events that somebody heard, ``calls`` the system calls that were begun.
    ``stood``: where a thread stands that a pause has stopped before an instruction. ``ending`` is there once the run is
    over. ``watch``: which accesses to memory are looked at, if any are. ``parts`` are there once a run needs them, by
    the names of their classes.
    """

    _follow: ClassVar[tuple[str, ...]] = (
        "clock", "console", "world", "pipes", "descriptors", "meter", "terminal", "memory", "scheduler", "processes",
        "decisions", "program", "running", "warned", "parts", "watch",
    )  # fmt: skip

    def __init__(self, settings: Settings, files: Files, console: Console) -> None:
        self.settings = settings
        self.clock = Clock(settings.epoch)
        self.console = console
        self.world = World(files, User(settings.uid, settings.gid), self.clock)
        self.pipes = PipeCount()
        self.descriptors = DescriptorCount()
        self.meter = OutputMeter(settings.output)
        self.terminal = Terminal(console, self.meter, REAPER) if console.terminal is not None else None
        self.memory = PhysicalMemory(settings.memory, overcommit=settings.overcommit)
        trampoline.install(self.memory, SIGNAL_RETURN)
        self.scheduler = Scheduler(settings.quantum)
        self.processes = ProcessTable(settings.processes)
        self.foreground = REAPER + 1
        self.has_lock_waits = False
        self.words = WORDS_LIMIT
        self.warned: set[tuple[str, str]] = set()
        self.program: Process | None = None
        self.running: Task | None = None
        self.turn = Turn.NOBODYS
        self.stood: Stood | None = None
        self.ending: Ending | None = None
        self.told = 0
        self.calls = 0
        self.decisions = Decisions()
        self.watch: Watch | None = None
        self.parts: dict[str, Part] = {}
        reaper = self.new_task(0, (0,), Credentials.of(0, 0), open_files=0)
        reaper.name, reaper.state = "reaper", State.BLOCKED
        self.processes.add(reaper)

    def copy(self, console: Console | None = None) -> System:
        """Make a second machine in this state, which goes its own way: with this console, or a twin of its own.

        What can be made again is: decoded code, cached translations. NotCopyable is a bug.
        """
        copier = Copier()
        copier.remember(self.console, self.console.twin(console))
        return copier.copy(self)

    def part(self, kind: type[P]) -> P:
        """Return a part of the state, made when it is first asked for."""
        found = self.parts.get(kind.__name__)
        if found is None:
            found = self.parts[kind.__name__] = kind(self)
        assert isinstance(found, kind), f"two parts are called {kind.__name__}"
        return found

    def new_task(self, parent: int, descent: tuple[int, ...], who: Credentials, *, open_files: int) -> Task:
        """Make a process that has nothing yet, in the root directory, and is in no table yet; return its thread."""
        files = Descriptors(open_files, self.scheduler, self.descriptors)
        stream, pid = RandomStream(self.settings.seed, descent), self.processes.new_pid(descent)
        process, place = Process(pid, parent, pid, REAPER), Surroundings(self.world.tree.root)
        return lead(process, Task(pid, pid, process, who, files, place, new_context(), Signals(), random=stream))
