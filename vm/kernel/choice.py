"""Choices: the points at which a machine could go on in more than one way.

Each is a :class:`Choice` with its options; the machine's own answer is its ``default``. A :class:`Chooser` may answer
otherwise, and so may answers that were given ahead, by which a run is replayed.
"""

from __future__ import annotations

from collections import deque
from dataclasses import field
from enum import Enum
from typing import ClassVar, Protocol

from vm.enums import quick
from vm.values import dataclass


@quick
class ChoiceKind(Enum):
    """What is chosen, and what the options are."""

    RUN = "which thread runs next: their numbers, in the order in which they became ready"
    FIRST = "who runs first after a fork: the parent (0) or the child (1)"
    PREEMPT = (
        "a thread is about to make a call, or to access a watched word, while others are ready: it goes on (0) or they "
        "run first (1)"
    )
    ZOMBIE = "which child a wait takes: pids"
    WAITER = "which thread a wake-up is for: their numbers, in the order in which they began to wait"
    TIMER = "which of the moments that have come is first: its process or thread, 0 for a file's"
    SIGNAL = "which signal is taken first: their numbers"
    TAKER = "which thread takes a signal that is sent to its process: their numbers, the one that Linux takes first"


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice that process ``pid`` (0: nobody) meets at guest time ``clock``; ``default`` is an index into options.

    ``number`` counts the choices of a run, from 0.
    """

    number: int
    kind: ChoiceKind
    clock: int
    pid: int
    options: tuple[int, ...]
    default: int


@dataclass(frozen=True, slots=True)
class Decision:
    """A choice and the index of the option that was taken."""

    choice: Choice
    answer: int


class Chooser(Protocol):
    """Makes the machine's choices."""

    def choose(self, choice: Choice) -> int:
        """Return an index into the options."""


class Undecided(Exception):
    """The caller of the loop wants to make this choice; nothing of the present step has happened."""

    def __init__(self, choice: Choice) -> None:
        super().__init__(choice)
        self.choice = choice


class WrongAnswer(ValueError):
    """An answer names no option of the choice that it is for."""


@dataclass(slots=True)
class Decisions:
    """What was decided in a run so far, and what is decided ahead.

    ``made`` counts the choices. ``deviations`` are those that were not the machine's own. ``answers`` are for the next
    choices, in their order. ``open`` is the choice for which the loop has stopped.
    ``step`` are the answers of the present step. ``told``: choices with lower numbers were told to listeners, those too
    that are taken back.
    """

    _follow: ClassVar[tuple[str, ...]] = ("deviations", "answers", "step")

    made: int = 0
    deviations: list[Decision] = field(default_factory=list)
    answers: deque[int] = field(default_factory=deque)
    open: Choice | None = None
    told: int = 0
    step: list[int] = field(default_factory=list)

    def begin_step(self) -> None:
        """What was decided before is not undone any more."""
        self.step.clear()

    def is_answered(self, choice: Choice) -> bool:
        """Tell whether an answer was given ahead to a choice that is still to be made."""
        return len(self.answers) > choice.number - self.made

    def take_back(self) -> None:
        """The present step did not happen: what was decided in it is decided ahead."""
        self.made -= len(self.step)
        self.answers.extendleft(reversed(self.step))
        while self.deviations and self.deviations[-1].choice.number >= self.made:
            self.deviations.pop()
        self.step.clear()

    def forget(self) -> None:
        """The present step did not happen, and what was decided ahead is not to be."""
        self.take_back()
        self.answers.clear()

    def note(self, choice: Choice, answer: int) -> int:
        """Keep an answer; return it. Raises WrongAnswer for one that names no option."""
        if not 0 <= answer < len(choice.options):
            raise WrongAnswer(f"answer {answer} to choice {choice.number}, which has {len(choice.options)} options")
        self.made += 1
        self.step.append(answer)
        if answer != choice.default:
            self.deviations.append(Decision(choice, answer))
        return answer
