"""A system at work: its state, and what connects that with the engines, the listeners and the host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from vm import events
from vm.abi import Protection, Signal
from vm.cpu.state import STOP_SIZE
from vm.engine.engines import new_engine
from vm.engine.protocol import Engine
from vm.events import Event, Stream
from vm.kernel.choice import Choice, ChoiceKind, Chooser, Undecided
from vm.kernel.errors import Midway
from vm.kernel.exec.loader import Builder, Loader
from vm.kernel.files.terminal import Console
from vm.kernel.host import Host
from vm.kernel.pausing import Moment
from vm.kernel.ports import HostInput
from vm.kernel.process.scheduler import channel_text
from vm.kernel.process.task import Process, Task
from vm.kernel.signals.state import bit
from vm.kernel.system import WARNINGS_LIMIT, System
from vm.memory import AddressSpace, faults

if TYPE_CHECKING:
    from vm.kernel.inventory import Inventory
    from vm.kernel.watching import Watch, Watcher

_ACCESSES = {int(Protection.READ): "read", int(Protection.WRITE): "write", int(Protection.EXEC): "execute"}
_OF_THE_INVENTORY = (events.FramesChanged, events.Mapped, events.Unmapped, events.Protected)
_NOTED: frozenset[type[Event]] = frozenset({events.Unshared, events.PageFault, events.Woken, *_OF_THE_INVENTORY})


class Kernel:
    """What handlers of calls and faults work on: ``system``, and what is no state of it.

    ``events`` delivers what happens to those who listen. ``engine`` runs instructions, but for address spaces in which
    somebody records: ``recording`` has the engines of those. ``loader`` finds and builds what is executed. ``host`` are
    the host's clock and keys. ``chooser`` answers where the machine could go on in more than one way; ``asks``: the
    caller of the loop does. ``is_midway``: a step has begun and is not over. ``takes_notes``: :meth:`tell_noted` may
    have something to tell. ``inventory`` is there while somebody listens to what memory processes have. ``watcher`` is
    there where accesses to memory are looked at. ``memory``, ``processes``, ``scheduler``, ``world`` and ``timers`` are
    the system's.
    """

    def __init__(self, system: System, builders: Mapping[str, Builder], chooser: Chooser | None = None) -> None:
        settings = system.settings
        self.system = system
        self.settings = settings
        self.memory = system.memory
        self.processes = system.processes
        self.scheduler = system.scheduler
        self.timers = system.scheduler.timers
        self.world = system.world
        self.console = system.console
        self.takes_notes = False
        self.inventory: Inventory | None = None
        self.events = Stream(self._take_notes_of_what_is_wanted, _NOTED)
        self.engine = new_engine(settings.engine, self.memory)
        self.recording: dict[AddressSpace, Engine] = {}
        self.watcher: Watcher | None = None
        self.host = Host(settings.seconds, system.console)
        self.chooser = chooser
        self.stop = np.zeros(STOP_SIZE, np.int64)
        self.loader = Loader(
            self.memory, self.world.tree, builders, settings.stack, self._reject, self.check_time,
            self.time_left, self._warn,
        )  # fmt: skip
        self._time = system.clock
        self.asks = False
        self.is_midway = False
        self._take_notes_of_what_is_wanted()
        if isinstance(system.console.input, HostInput):
            system.console.input.is_hurried = self.is_hurried
        if system.watch is not None:
            self.watch()

    def copy(self, console: Console | None = None, chooser: Chooser | None = None) -> Kernel:
        """Make a second machine in this state (:meth:`System.copy`), with its own engine, and listeners of its own.

        Its choices are made by ``chooser``, or as always. Raises Midway while the machine is in the middle of a step.
        """
        if self.is_midway:
            raise Midway("a machine is copied between two steps, not while a listener runs or after an exception")
        twin = Kernel(self.system.copy(console), self.loader.builders, chooser)
        twin.engine = self.engine.for_copy(twin.memory)
        twin.loader.know(self.loader)
        twin.host.allow(self.host.left)
        return twin

    def watch(self) -> Watch:
        """Return what says which accesses to memory are looked at, from now on."""
        from vm.kernel.watching import Watch, Watcher  # for those who look

        if self.system.watch is None:
            self.system.watch = Watch()
        if self.watcher is None:
            self.watcher = Watcher(self.system.watch, self.processes)
        return self.system.watch

    @property
    def clock(self) -> int:
        """Guest time in nanoseconds."""
        return self._time.now

    @property
    def moment(self) -> Moment:
        """The present moment of the run."""
        return Moment(self._time.now, self.host.steps)

    @property
    def retired(self) -> int:
        """Instructions retired by all processes."""
        return self._time.retired

    @property
    def running(self) -> Task | None:
        """The thread that runs, or for which the kernel works."""
        return self.system.running

    def emit(self, kind: type[Event], *fields: Any) -> None:
        """Tell those who listen what happens now: an event of type ``kind``, with these fields behind its number."""
        if self.takes_notes:
            self.tell_noted()
        listeners = self.events.listeners.get(kind)
        if listeners is not None:  # as in emit_ahead, whose call would cost as much as a field of the event
            system = self.system
            event = kind(self._time.now, system.told, *fields)
            system.told += 1
            for listener in listeners:
                listener(event)

    def emit_ahead(self, kind: type[Event], *fields: Any) -> None:
        """Tell what happens now, as :meth:`emit`, but before what is noted already, which it has caused."""
        listeners = self.events.listeners.get(kind)
        if listeners is not None:
            event = kind(self._time.now, self.system.told, *fields)
            self.system.told += 1
            for listener in listeners:
                listener(event)

    def tell_noted(self) -> None:
        """Tell what memory and the scheduler have noted, and take their notes.

        Must be called before time goes on.
        """
        faulted, unshared, woken = self.memory.faulted, self.memory.unshared, self.scheduler.woken
        pid = self.running.tid if self.running else 0
        if faulted:
            resolved = faulted.copy()
            faulted.clear()
            for address, access, done, is_new, frame in resolved:
                page, table = faults.unshared(done)
                if is_new:
                    page = "shared" if self.memory.references[frame] > 1 else "new"
                self.emit(events.PageFault, pid, address, _ACCESSES[access], page, table, frame)
        if unshared:
            parted = unshared.copy()
            unshared.clear()
            for creation, address, done in parted:
                self.emit(events.Unshared, pid, creation, address, *faults.unshared(done))
        if woken:
            ready = woken.copy()
            woken.clear()
            for waiter, channel in ready:
                self.emit(events.Woken, waiter, channel_text(channel))

    def tell_memory(self) -> None:
        """Tell how the memory of processes differs from what was told last. Must be called once a step is done."""
        if self.inventory is not None:
            for kind, fields in self.inventory.look(self.running):
                self.emit(kind, *fields)

    def _take_notes_of_what_is_wanted(self) -> None:
        memory, scheduler = self.memory, self.scheduler
        memory.notes_wanted = self.events.wants(events.Unshared)
        memory.faults_wanted = self.events.wants(events.PageFault)
        scheduler.notes_wanted = self.events.wants(events.Woken)
        if not any(self.events.wants(kind) for kind in _OF_THE_INVENTORY):
            self.inventory = None
        elif self.inventory is None:
            from vm.kernel.inventory import Inventory  # for those who listen to it

            self.inventory = Inventory(self.memory, self.processes)
        notes = memory.notes_wanted or memory.faults_wanted or scheduler.notes_wanted
        self.takes_notes = notes or self.inventory is not None

    @property
    def options_wanted(self) -> int | None:
        """How many options a choice has to tell of, None for all: two show that there is one, where nobody looks.

        For those that may have thousands. The first must be the default.
        """
        return None if self.system.decisions.answers or self.asks or self.chooser or self._are_choices_told else 2

    @property
    def _are_choices_told(self) -> bool:
        return events.Decided in self.events.listeners

    def decide(
        self, kind: ChoiceKind, options: tuple[int, ...], default: int = 0, *, pid: int = 0, midway: bool = False
    ) -> int:
        """Make a choice; return the index of the option. An answer given ahead makes it, the chooser, or the default.

        Raises Undecided for a caller of the loop that wants to make it, but not ``midway``, when a part of the present
        step is done already.
        """
        decisions = self.system.decisions
        if len(options) == 1:
            return 0
        if not (decisions.answers or self.asks or self.chooser):
            if self._are_choices_told:
                self.emit(events.Decided, decisions.made, kind.name, pid, options, default, default)
            decisions.made += 1
            return default
        choice = Choice(decisions.made, kind, self._time.now, pid, options, default)
        if decisions.answers:
            answer = decisions.answers.popleft()
        elif self.asks and not midway:
            raise Undecided(choice)
        else:
            answer = self.chooser.choose(choice) if self.chooser is not None else default
        decisions.note(choice, answer)
        if choice.number >= decisions.told:
            decisions.told = decisions.made
            self.emit(events.Decided, choice.number, kind.name, pid, options, answer, default)
        return answer

    def is_hurried(self) -> bool:
        """Return True when input is not to be waited for: others can run, or who reads has a signal to take before."""
        if self.host.has_arrived:
            return True
        if self.host.is_looking:
            return self.scheduler.is_anyone_ready
        return self.running is not None and self.running.signals.is_due

    def foreground(self) -> list[Process]:
        """The processes of the group that the terminal's signals go to."""
        group = self.system.foreground
        return [process for process in self.processes if process.group == group]

    def check_time(self) -> None:
        """MachineStopped when the run has taken the host's time that it may: for calls, which ask as they go on."""
        self.host.check_time()

    def time_left(self) -> float | None:
        """Seconds of the host's that the run may still take; None for any number."""
        return self.host.left

    def signal_from_terminal(self, signal: int) -> None:
        """A key at the terminal sends a signal to the foreground process group, as soon as the loop looks.

        May be called at any time, from a handler of the host's signal too. Raises KeyboardInterrupt for a SIGINT while
        an earlier one is still to be taken.
        """
        host, members = self.host, self.foreground()
        waiting = signal in host.signals or any(process.signals.pending & bit(signal) for process in members)
        if signal == Signal.SIGINT and waiting:
            raise KeyboardInterrupt
        host.arrive(signal)

    def _reject(self, path: str, reason: str) -> None:
        self.emit(events.Rejected, self.running.pid if self.running else 0, path, reason)

    def _warn(self, path: str, text: str) -> None:
        warned = self.system.warned
        if (path, text) in warned or len(warned) >= WARNINGS_LIMIT:
            return
        warned.add((path, text))
        self.emit(events.Warned, self.running.pid if self.running else 0, path, text)
