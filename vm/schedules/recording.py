"""Recording: the host is asked, and what it answers is noted."""

from __future__ import annotations

import errno
import termios
from collections.abc import Callable
from typing import Literal

from vm.kernel.errors import MachineStopped
from vm.schedules.schedule import ANSWERS_LIMIT, Answer, Exchange, Failure, Key, TimeUp


class _Notes:
    """The exchanges with one port, equal ones in a row once."""

    def __init__(self) -> None:
        self.made: list[Exchange] = []
        self._question = ""
        self._answer: Answer = None
        self._times = 0

    def add(self, question: str, answer: Answer) -> bool:
        """Note an exchange; True for one that is not like the one before it."""
        if self._times and question == self._question and answer == self._answer:
            self._times += 1
            return False
        self._close()
        self._question, self._answer, self._times = question, answer, 1
        return True

    def _close(self) -> None:
        if self._times:
            self.made.append(Exchange(self._question, self._answer, self._times))

    def all(self) -> tuple[Exchange, ...]:
        """Return what was noted so far."""
        last = [Exchange(self._question, self._answer, self._times)] if self._times else []
        return (*self.made, *last)

    def mark(self) -> tuple[int, str, Answer, int]:
        """Return where it is."""
        return len(self.made), self._question, self._answer, self._times

    def go_back(self, mark: tuple[int, str, Answer, int]) -> None:
        """Forget what was noted since then."""
        count, self._question, self._answer, self._times = mark
        del self.made[count:]


class Recording:
    """What ports have answered and keys have sent so far: a :class:`~vm.schedules.log.Log` of a run that is recorded.

    Raises MachineStopped for more than can be recorded.
    """

    is_repeating: Literal[False] = False
    known_schedule: Literal[None] = None

    def __init__(self) -> None:
        self.data = bytearray()
        self.has_lines = False
        self.is_live = False
        self.keys: list[Key] = []
        self.time_up: TimeUp | None = None
        self._notes: dict[str, _Notes] = {}
        self._count = 0
        self._step: tuple[int, dict[str, tuple[int, str, Answer, int]]] = 0, {}

    @property
    def exchanges(self) -> dict[str, tuple[Exchange, ...]]:
        """The exchanges with each port."""
        return {port: notes.all() for port, notes in self._notes.items()}

    def ask(self, port: str, question: str, answer: Callable[[], Answer]) -> Answer:
        """Ask the host, and note what it answers. Raises OSError and MachineStopped, which are noted, too."""
        self._make_room()
        try:
            found = answer()
        except (OSError, termios.error) as error:
            number = error.errno if isinstance(error, OSError) else error.args[0]
            self._note(port, question, Failure(number or errno.EIO))
            raise
        except MachineStopped as stopped:
            self._note(port, question, Failure(limit=stopped.limit))
            raise
        self._note(port, question, found)
        return found

    def is_to_be_shown(self, port: str) -> bool:
        """Nothing is: the host was asked."""
        return False

    def _note(self, port: str, question: str, answer: Answer) -> None:
        self._count += self._notes.setdefault(port, _Notes()).add(question, answer)

    def _make_room(self) -> None:
        if self._count >= ANSWERS_LIMIT:
            raise MachineStopped(f"limit of {ANSWERS_LIMIT:,} answers of the host's that are recorded")

    def note_key(self, clock: int, steps: int, signal: int) -> None:
        """Note that a key has sent a signal, which is sent on at this moment."""
        if self.keys and self.keys[-1].clock == clock:
            steps = max(steps, self.keys[-1].steps)  # a step that is made again begins with an earlier number
        self.keys.append(Key(clock, steps, signal))
        self._count += 1

    def note_time_up(self, clock: int, steps: int, looks: int) -> None:
        """Note that the host's time is up, at this look at its clock."""
        self.time_up = TimeUp(clock, steps, looks)

    def begin_step(self, steps: int) -> None:
        """Note how far the recording is, at so many steps."""
        self._step = steps, {port: notes.mark() for port, notes in self._notes.items()}

    def take_back(self) -> int:
        """Forget what was answered since then; return the number of steps."""
        steps, marks = self._step
        for port, notes in self._notes.items():
            notes.go_back(marks.get(port, (0, "", None, 0)))
        return steps
