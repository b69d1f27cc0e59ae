"""fork in a program with threads: what its child does with what the others left behind.

The child has a copy of the memory, and of the threads the one that called fork alone. A lock that another held stays
locked for ever. Until it executes a program it may call what is async-signal-safe alone (POSIX.1-2024, fork).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vm import events
from vm.cpu import tape as tapes
from vm.cpu.state import Context
from vm.engine.recording import Going, Recording
from vm.engine.roll import Roll
from vm.hazards.findings import Finding, Step
from vm.hazards.holding import GIVES_BACK, TAKES, Called, Hold, Holding
from vm.hazards.places import located
from vm.hazards.rules import RULES, UNSAFE
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Process
from vm.memory import AddressSpace
from vm.observe.symbols import Symbols
from vm.values import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_FINDINGS = 1000
"""Places that are told of."""
_MAKES_THREADS = "pthread_create"


@dataclass(slots=True)
class _Fork:
    """A child of a process with threads: where it was forked, by which process, and which locks the others held."""

    parent: int
    chain: tuple[int, ...]
    abandoned: dict[int, Hold]


class ForkObserver:
    """Observes the programs of ``kernel`` that can make threads, and their children until these execute a program.

    Call :meth:`findings` once the run is over.
    """

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self._roll = Roll()
        self._images: dict[str, Symbols] = {}
        self._functions: dict[str, dict[int, str]] = {}
        self._watched: dict[AddressSpace, _Watch] = {}
        self._found: dict[tuple[object, ...], Finding] = {}
        self._last: tuple[_Watch, int] | None = None
        for process in kernel.processes:
            if process.space is not None:
                self._begin(process)
        stream = kernel.events
        stream.subscribe(events.Executed, self._executed)
        stream.subscribe(events.Created, self._created)
        stream.subscribe(events.ThreadExited, self._thread_exited)
        stream.subscribe(events.SpaceEnded, self._space_ended)

    def findings(self) -> list[Finding]:
        """Return what the children did wrong, in the order in which they did."""
        self.catch_up()
        return list(self._found.values())

    # --- whom to watch --------------------------------------------------------------------------------------------

    def _executed(self, event: events.Executed) -> None:
        process = self.kernel.processes.get(event.pid) or self.kernel.system.program  # which is in no table yet
        assert process is not None, "nobody executes"
        self._begin(process)

    def _begin(self, process: Process) -> None:
        """Watch a process from its program's first instruction on, if that can make threads."""
        symbols = self._symbols(process.path)
        if symbols is not None and self._functions[process.path]:
            self._watch(process.memory, Holding(self._functions[process.path]), None)

    def _symbols(self, path: str) -> Symbols | None:
        if path not in self._images:
            try:
                symbols = Symbols(self.kernel.loader.image_file(path))
            except SystemCallError:
                return None
            self._images[path] = symbols
            makes_threads = symbols.addresses((_MAKES_THREADS,))
            wanted = (*TAKES, *GIVES_BACK, *UNSAFE)
            self._functions[path] = symbols.addresses(wanted) if makes_threads else {}
        return self._images[path]

    def _watch(self, space: AddressSpace, holding: Holding, fork: _Fork | None) -> None:
        watch = self._watched[space] = _Watch(self, space, self._roll, holding, fork)
        watch.start()

    def _created(self, event: events.Created) -> None:
        parent, child = self.kernel.processes[event.pid], self.kernel.processes[event.child]
        watch = self._watched.get(parent.memory)
        if watch is None:
            return
        self.catch_up()
        if event.how == "share":  # another observer records until nothing of it matters any more
            watch.holding.held.clear()
            return
        fork = watch.fork
        if len(parent.threads) > 1:
            abandoned = {lock: hold for lock, hold in watch.holding.held.items() if hold.tid != event.thread}
            fork = _Fork(event.pid, watch.holding.chain(event.thread), abandoned)
        self._watch(child.memory, watch.holding.forked(event.thread, event.child), fork)

    def _thread_exited(self, event: events.ThreadExited) -> None:
        watch = self._watched.get(self.kernel.processes[event.pid].memory)
        if watch is not None:
            self.catch_up()
            watch.forget(event.thread)

    def _space_ended(self, event: events.SpaceEnded) -> None:
        self.catch_up()
        for space in [space for space in self._watched if not space.users]:
            self._watched.pop(space).stop()

    # --- what they do ---------------------------------------------------------------------------------------------

    def goes_on(self, watch: _Watch) -> int:
        """Take the tape for the thread that goes on; return how many instructions it has room for."""
        self.catch_up()
        running = self.kernel.running
        assert running is not None, "nobody runs"
        self._last = watch, running.tid
        self._roll.tape.control[tapes.RECORDING] = True
        return len(self._roll.tape.calls)

    def catch_up(self) -> None:
        """Follow what the last who ran has called, and empty the tape."""
        if self._last is None:
            return
        (watch, tid), self._last = self._last, None
        tape = self._roll.tape
        rows = tape.calls[: int(tape.control[tapes.CALLS])].tolist()
        self._roll.forget_stores()
        for called in watch.holding.follow(tid, rows):
            if watch.fork is not None and len(self._found) < MOST_FINDINGS:
                self._judge(watch, watch.fork, tid, called)

    def _judge(self, watch: _Watch, fork: _Fork, tid: int, called: Called) -> None:
        task = self.kernel.processes.thread(tid)
        symbols = self._images.get(task.process.path) if task is not None else None
        if symbols is None or task is None:
            return
        if called.function in GIVES_BACK:
            fork.abandoned.pop(called.argument, None)
        elif called.function in TAKES and called.argument in fork.abandoned:
            self._tell(symbols, fork, task.pid, called, fork.abandoned[called.argument])
        elif called.function in UNSAFE and called.function not in TAKES:
            line = symbols.line(called.chain[0])
            if line is not None and not line.is_library:
                self._tell(symbols, fork, task.pid, called, None)

    def _tell(self, symbols: Symbols, fork: _Fork, child: int, called: Called, hold: Hold | None) -> None:
        """Keep a finding: of a lock that was held by another, or of a function that is not to be called."""
        forked, location = located(symbols, fork.chain), located(symbols, called.chain)
        steps = [Step("fork", "fork here", forked)]
        if hold is not None:
            rule, held = "fork-lock", located(symbols, hold.chain)
            place = symbols.place(called.argument) or f"{called.argument:#010x}"
            message = f"{called.function} takes '{place}', which thread {hold.tid} of the parent held"
            steps += [Step("held", f"thread {hold.tid} held it since here: the child has no such thread", held)]
        else:
            rule, message = "fork-unsafe-call", f"{called.function} called here"
        steps.append(Step("call", message, location))
        row = RULES[rule]
        finding = Finding(
            rule, row.level, row.title, message, location, fork.parent, child, tuple(steps), advice=row.advice
        )
        self._found.setdefault(finding.key, finding)


class _Watch:
    """Records one address space: who holds what in it, and what it was forked from, if it was."""

    def __init__(
        self, observer: ForkObserver, space: AddressSpace, roll: Roll, holding: Holding, fork: _Fork | None
    ) -> None:
        self.holding = holding
        self.fork = fork
        self._observer = observer
        self._space = space
        self._engine = Recording(roll, self)
        self._shadows: dict[int, NDArray[np.int64]] = {}

    def start(self) -> None:
        """Let the threads of the space run with the tape, unless another observer has it."""
        self._observer.kernel.recording.setdefault(self._space, self._engine)

    def stop(self) -> None:
        """The space is given back."""
        if self._observer.kernel.recording.get(self._space) is self._engine:
            del self._observer.kernel.recording[self._space]

    def forget(self, tid: int) -> None:
        """A thread has ended."""
        self.holding.forget(tid)
        self._shadows.pop(tid, None)

    def goes_on(self, context: Context, budget: int) -> Going:
        """A thread goes on: what it calls is remembered."""
        room = self._observer.goes_on(self)
        running = self._observer.kernel.running
        assert running is not None, "nobody runs"
        shadow = self._shadows.get(running.tid)
        if shadow is None:
            shadow = self._shadows[running.tid] = np.zeros(tapes.SHADOW + tapes.SHADOW_SIZE, np.int64)
        return Going(min(budget, room), shadow)

    def touches(self, context: Context, retired: int) -> bool:
        """Nothing is watched."""
        return True

    def calls(self, context: Context) -> None:
        """A system call: what led to it is followed before it is made."""
        self._observer.catch_up()

    def needs_room(self) -> None:
        """Follow what is on the tape, and begin anew."""
        self._observer.catch_up()
