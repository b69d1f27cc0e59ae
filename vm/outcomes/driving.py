"""Driving a machine: one step of one thread after another, as somebody wants it, and then to the end.

A step is a system call with all that its thread does up to the next one, before which every thread is parked while
others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from vm.kernel.choice import Choice, ChoiceKind
from vm.kernel.kernel import Kernel
from vm.kernel.loop import advance
from vm.kernel.pausing import Ending
from vm.kernel.process.task import Task
from vm.kernel.process.timers import NEVER
from vm.outcomes.history import Looked, Made, Pending, Trace
from vm.outcomes.listening import Listener
from vm.outcomes.notes import Notes, address_of
from vm.outcomes.orders import Descent, End
from vm.outcomes.polling import Pollers, state_of
from vm.outcomes.waiting import rivals_of_waiting, stuck, waits_of_all
from vm.values import dataclass

_PREEMPT, _RUN, _FIRST = ChoiceKind.PREEMPT, ChoiceKind.RUN, ChoiceKind.FIRST


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
        super().__init__(state)
        self.state = state


class Arrived(Exception):
    """All moves are made, and somebody is to be chosen to go on: one of ``able``."""

    def __init__(self, able: tuple[Descent, ...]) -> None:
        super().__init__(able)
        self.able = able


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where some moves lead: who could go on (nobody where the run is over), and all ``steps`` that were made.

    There are more of them than moves where nobody else could have gone on.
    """

    able: tuple[Descent, ...]
    steps: list[Made]
    trace: Trace | None


class Driver:
    """Drives one run of ``kernel``, whose program is about to execute its first instruction.

    ``moves`` are made first, one after another; then whoever runs goes on until it waits or ends. At most ``limit``
    steps are made. ``site`` says from where a thread makes its calls.
    """

    def __init__(
        self, kernel: Kernel, moves: tuple[Move, ...] = (), limit: int = 1_000_000,
        site: Callable[[Task], int] = address_of,
    ) -> None:  # fmt: skip
        self.notes = Notes(kernel, site)
        self._steps = self.notes.history.steps
        self._listener = Listener(self.notes, self)
        self._moves = moves
        self._limit = limit
        self._pollers = Pollers()
        self._probed: Descent = ()
        self._arrives = False
        kernel.chooser = self

    def run(self) -> Trace | None:
        """Make the moves, and go on to the end; None when a move cannot be made."""
        notes, limit = self.notes, ""
        waits: tuple[tuple[int, str], ...] = ()
        try:
            ending = advance(notes.kernel)
            assert isinstance(ending, Ending)
            limit = ending.limit
            waits = tuple([(tid, why) for _, tid, why in ending.waits])
        except Impossible:
            return None
        except TooLong:
            limit = f"limit of {self._limit:,} steps"
        except Livelock:
            waits = waits_of_all(notes)
        self._listener.flush()
        notes.take_accesses()
        if len(self._steps) < len(self._moves):
            return None
        code, signal = (notes.exit.exit_code, notes.exit.signal) if notes.exit is not None else (None, None)
        end = End(code, signal, limit, tuple([stuck(notes, tid, why) for tid, why in waits]))
        pending = [Pending(notes.name(tid), rivals_of_waiting(notes, tid)) for tid, _ in waits]
        history = notes.history
        return Trace(
            history.steps, end, history.born, history.exits, notes.alternatives, pending, notes.rivals, notes.bounds,
            notes.accesses, notes.polled, notes.at_once, notes.killed,
        )  # fmt: skip

    def state_after(self) -> bytes:
        """Make the moves, and return the state of who has made the last, before its next step.

        It is empty when the moves cannot be made, or when there is no next step.
        """
        self._probed = self._moves[-1].thread
        try:
            advance(self.notes.kernel)
        except Reached as reached:
            return reached.state
        except (Impossible, TooLong, Livelock):
            pass
        return b""

    # --- a step ---------------------------------------------------------------------------------------------------

    def begins(self, thread: Descent, task: Task) -> None:
        """A thread is about to make a step. Raises Impossible if it is another's turn, or would lead nowhere new."""
        at = len(self._steps)
        if at < len(self._moves):
            if self._moves[at].thread != thread:
                if not self._is_asleep(self._moves[at].thread):
                    raise Impossible
            elif self._pollers.polls(thread, task):
                raise Impossible
            return
        if at >= self._limit:
            raise TooLong
        if self._probed:
            self._look_at_state(thread, task)
        kernel = self.notes.kernel
        if kernel.scheduler.is_anyone_ready or kernel.timers.next != NEVER:
            return
        if self._pollers.polls(thread, task):
            raise Livelock

    def waits(self) -> None:
        """A thread has begun to wait, which is no step. Raises Impossible if it should have made one."""
        at = len(self._steps)
        if at < len(self._moves) and not self._is_asleep(self._moves[at].thread):
            raise Impossible

    def spins(self, thread: Descent, task: Task) -> None:
        """A thread reads the same again. Raises Impossible or Livelock if it will do so for ever."""
        kernel = self.notes.kernel
        is_moved = len(self._steps) < len(self._moves)
        is_alone = not kernel.scheduler.is_anyone_ready and kernel.timers.next == NEVER
        if (is_moved or is_alone) and self._pollers.polls(thread, task):
            raise Impossible if is_moved else Livelock

    def _is_asleep(self, thread: Descent) -> bool:
        """Tell whether ``thread`` waits, and time may end that, which passes once all others wait, too.

        It may wait for the time itself, or for anything else, until an alarm rings.
        """
        kernel = self.notes.kernel
        if kernel.timers.next == NEVER:
            return False
        task = next((task for task in kernel.processes.threads if task.random.descent == thread), None)
        return task is not None and task.wait is not None

    def made(self, thread: Descent, looked: Sequence[Looked], *, has_changed: bool) -> None:
        """A thread has made a step. Raises Impossible if another child was to be taken than it has taken."""
        at = len(self._steps)
        if at < len(self._moves) and self._moves[at].thread != thread:
            raise Impossible
        if at < len(self._moves) and self._moves[at].answers:
            taken = tuple([answer[2] for answer in self.notes.answers])
            if taken[: len(self._moves[at].answers)] != self._moves[at].answers:
                raise Impossible
        self._pollers.made(thread, looked, has_changed=has_changed)

    def arrive(self) -> Arrival | None:
        """Make the moves, and go on until somebody is to be chosen; None when a move cannot be made."""
        self._arrives = True
        try:
            trace = self.run()
        except Arrived as arrived:
            return Arrival(arrived.able, self._steps, None)
        return None if trace is None else Arrival((), self._steps, trace)

    def _look_at_state(self, thread: Descent, task: Task) -> None:
        if thread == self._probed and len(self._steps) >= len(self._moves):
            raise Reached(state_of(task))

    # --- choices -------------------------------------------------------------------------------------------------

    def choose(self, choice: Choice) -> int:
        """Let whoever is to move run; once all have, let whoever runs go on. Raises Impossible."""
        if choice.kind is _PREEMPT and self._listener.is_linked(choice.pid):
            return 0
        self._listener.flush()
        self.notes.choices += choice.kind in (_PREEMPT, _RUN)
        kind, at = choice.kind, len(self._steps)
        is_moved = at < len(self._moves)
        if kind is _PREEMPT:
            thread = self.notes.name(choice.pid)
            if is_moved:
                return int(self._moves[at].thread != thread and not self._is_asleep(self._moves[at].thread))
            if self._probed:
                self._look_at_state(thread, self.notes.task(choice.pid))
            if self._arrives:
                return 1
            return int(self._pollers.polls(thread, self.notes.task(choice.pid)))
        if kind is _RUN:
            if not is_moved and self._arrives:
                running = self.notes.kernel.running
                if running is not None and running.tid in choice.options and not running.is_preempted:
                    return choice.options.index(running.tid)  # its turn is used up, and its step is not over
                raise Arrived(tuple([self.notes.name(tid) for tid in choice.options]))
            if not is_moved:
                return self._first_that_goes_on(choice)
            wanted = self._moves[at].thread
            for index, tid in enumerate(choice.options):
                if self.notes.name(tid) == wanted:
                    return index
            if self._is_asleep(wanted):
                return choice.default
            raise Impossible
        if kind is _FIRST:
            return choice.default
        return self._answer(choice, self._moves[at] if is_moved else None)

    def _first_that_goes_on(self, choice: Choice) -> int:
        """Return the first thread that does not poll. Raises Livelock when all do."""
        for index, tid in enumerate(choice.options):
            if not self._pollers.waits(self.notes.name(tid)):
                return index
        raise Livelock

    def _answer(self, choice: Choice, move: Move | None) -> int:
        """Answer a choice within a step."""
        is_number = choice.kind is ChoiceKind.SIGNAL
        names: tuple[object, ...] = (
            choice.options if is_number else tuple([self.notes.name(tid) for tid in choice.options])
        )
        index, given = choice.default, len(self.notes.answers)
        if move is not None and given < len(move.answers):
            if move.answers[given] not in names:
                raise Impossible
            index = names.index(move.answers[given])
        self.notes.answers.append((choice.kind.name, names, names[index]))
        return index
