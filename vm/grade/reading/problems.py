"""What is wrong with a file with tests: all of it at once, each with its line and with what to do."""

from __future__ import annotations

from vm.grade.lab import Place
from vm.text import printable, shortened
from vm.values import dataclass

MOST = 100
"""Problems that are told one by one."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a place, and what to do: sentences without full stops. ``column`` is from 1, 0 for none."""

    place: Place
    message: str
    advice: str = ""
    column: int = 0

    def __str__(self) -> str:
        where = f"{self.place}:{self.column}" if self.column else str(self.place)
        return f"{printable(where)}: {self.message}{f'; {self.advice}' if self.advice else ''}"


class WrongLab(ValueError):
    """A file with tests that makes no lab: ``problems`` sorted by line, and how many ``more`` there are.

    Its text is a line for each, ``file:line: message; advice``.
    """

    def __init__(self, problems: tuple[Problem, ...], more: int = 0) -> None:
        super().__init__(problems, more)
        self.problems = problems
        self.more = more

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems]
        return "\n".join([*lines, f"… and {self.more:,} more"] if self.more else lines)


class Refused(ValueError):
    """A value, or a part of a document, that is not accepted; ``line`` is 0 where the caller knows it."""

    def __init__(self, message: str, advice: str = "", line: int = 0, column: int = 0) -> None:
        super().__init__(message, advice, line, column)
        self.message = message
        self.advice = advice
        self.line = line
        self.column = column


class Problems:
    """The problems of a file so far; one that is met twice counts once."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: dict[Problem, None] = {}

    def add(self, line: int, message: str, advice: str = "", column: int = 0) -> None:
        """Note a problem at a line; what is too long to be read is cut off."""
        message, advice = (shortened(printable(text)) for text in (message, advice))
        self._found[Problem(Place(self.file, line), message, advice, column)] = None

    def refuse(self, refused: Refused, line: int) -> None:
        """Note why something was refused, at its own line or else at ``line``."""
        self.add(refused.line or line, refused.message, refused.advice, refused.column)

    def check(self) -> None:
        """Raise WrongLab if there are any."""
        if self._found:
            found = sorted(self._found, key=lambda problem: (problem.place.line, problem.column))
            raise WrongLab(tuple(found[:MOST]), max(0, len(found) - MOST))
