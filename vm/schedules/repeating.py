"""Repeating: nobody asks the host, and the answers are those of a schedule."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Literal

from vm.kernel.choice import Choice, Decision
from vm.kernel.errors import MachineStopped
from vm.schedules.schedule import ANSWERS_LIMIT, Answer, Diverged, Exchange, Failure, Key, Schedule, Stage


class Repetition:
    """Answers what a schedule says, in its order. See :class:`~vm.schedules.log.Log`.

    Raises Diverged when it is asked another question.
    """

    is_repeating: Literal[True] = True

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.data = bytearray(schedule.input)
        self.has_lines = schedule.has_lines
        self._places: dict[str, tuple[int, int]] = {}
        self._keys_taken = 0
        self._step: tuple[int, dict[str, tuple[int, int]]] = 0, {}

    def twin(self) -> Repetition:
        """Return one for a copy of the machine, which goes on where this is."""
        twin = Repetition(self.schedule)
        twin._places, twin._keys_taken = self._places.copy(), self._keys_taken
        return twin

    def ask(self, port: str, question: str, answer: Callable[[], Answer]) -> Answer:
        """Return what was answered. Raises OSError and MachineStopped where that was so then."""
        index, used = self._places.get(port, (0, 0))
        exchanges: tuple[Exchange, ...] = self.schedule.exchanges.get(port, ())
        if index >= len(exchanges):
            self._stop_where_the_recording_did()
            raise Diverged(f"the schedule ends before the run: the {port} is asked for '{question}'")
        exchange = exchanges[index]
        if exchange.question != question:
            raise Diverged(f"the {port} is asked for '{question}', and was then for '{exchange.question}'")
        self._places[port] = (index, used + 1) if used + 1 < exchange.times else (index + 1, 0)
        found = exchange.answer
        if not isinstance(found, Failure):
            return found
        if found.limit:
            raise MachineStopped(found.limit)
        raise OSError(found.errno, os.strerror(found.errno))

    @property
    def known_schedule(self) -> Schedule:
        """The schedule that is repeated."""
        return self.schedule

    def is_to_be_shown(self, port: str) -> bool:
        """All output is: nobody has asked the host."""
        return True

    def _stop_where_the_recording_did(self) -> None:
        count = sum(map(len, self.schedule.exchanges.values())) + len(self.schedule.keys)
        if count >= ANSWERS_LIMIT:
            raise MachineStopped(f"limit of {ANSWERS_LIMIT:,} answers of the host's that are recorded")

    @property
    def next_key(self) -> Key | None:
        """The next key's signal."""
        keys = self.schedule.keys
        return keys[self._keys_taken] if self._keys_taken < len(keys) else None

    def take_key(self) -> None:
        """Go on to the next key."""
        self._keys_taken += 1

    def begin_step(self, steps: int) -> None:
        """Note how far it is, at so many steps."""
        self._step = steps, self._places.copy()

    def take_back(self) -> int:
        """Go back to where it was then; return the number of steps."""
        steps, places = self._step
        self._places = places.copy()
        return steps

    def check_end(self, stage: Stage) -> None:
        """Raise Diverged when a run that has ended did not end where the one that was recorded did."""
        end = self.schedule.end
        if end is not None and stage != end:
            raise Diverged(
                f"the run ended after {stage.retired:,} instructions at clock {stage.clock:,}, and then after "
                f"{end.retired:,} at clock {end.clock:,}"
            )


class RepeatedChoices:
    """Makes the choices that were not the machine's own as they were made then. Raises Diverged for other choices."""

    def __init__(self, choices: tuple[Decision, ...]) -> None:
        self._decisions = {decision.choice.number: decision for decision in choices}

    def choose(self, choice: Choice) -> int:
        """Return the index that was taken."""
        decision = self._decisions.get(choice.number)
        if decision is None:
            return choice.default
        if decision.choice != choice:
            was = decision.choice
            raise Diverged(f"choice {choice.number} is {_described(choice)}, and was then {_described(was)}")
        return decision.answer


def _described(choice: Choice) -> str:
    options = ", ".join(map(str, choice.options))
    return f"at clock {choice.clock:,} {choice.kind.name} for process {choice.pid} of {options}"
