"""What a source may use: time, memory, patience."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from vm.spelling import suggestion

from .diagnostics import Problem

_AT_ONCE = 20_000
"""Work that is done, in a tenth of a second at most, before somebody may say that it is enough."""
_COMPARISON = 10
"""What it costs to compare two names."""


class Limits:
    """What all sources of an image may use together. A source that asks for more is refused, quickly.

    ``pulse`` is called again and again as time passes; what it raises ends the work.
    """

    TEXT = 16 << 20
    STATEMENTS = 1_000_000
    LINES = 250_000
    CHARACTERS = 4 << 20
    BYTES = 64 << 20
    DEPTH = 100
    STEPS = 1_000_000
    SUGGESTIONS = 200_000

    def __init__(self, pulse: Callable[[], None] | None = None) -> None:
        self._pulse = pulse
        self._rest = _AT_ONCE
        self.text = self.TEXT
        self.statements = self.STATEMENTS
        self.lines = self.LINES
        self.characters = self.CHARACTERS
        self.bytes = self.BYTES
        self.steps = self.STEPS
        self.suggestions = self.SUGGESTIONS

    def renewed(self) -> Limits:
        """Make limits of which nothing is used up yet, for sources that are read again."""
        return type(self)(self._pulse)

    def work(self, amount: int = 1) -> None:
        """Count work that is about to be done: so many characters are read, symbols found or bytes filled in."""
        self._rest -= amount
        if self._rest < 0:
            self._rest = _AT_ONCE
            if self._pulse is not None:
                self._pulse()

    def open(self, text: str) -> None:
        """Count a source's characters, before anything is made of them. Raises :class:`Problem` for too many."""
        self.text -= len(text)
        if self.text < 0:
            raise Problem(f"the sources have more than {self.TEXT >> 20} MiB of text")

    def read(self, statements: int) -> None:
        """Count the statements of a source. Raises :class:`Problem` when they are too many."""
        self.statements -= statements
        if self.statements < 0:
            raise Problem(f"the sources have more than {self.STATEMENTS:,} statements")

    def step(self) -> None:
        """Count a look at a symbol's value. Raises :class:`Problem` when there were too many."""
        self.work()
        self.steps -= 1
        if self.steps < 0:
            raise Problem(f"values of symbols are looked up more than {self.STEPS:,} times")

    def suggest(self, name: str, known: Iterable[str]) -> str:
        """What may have been meant by ``name``; nothing once too many names were compared, which takes time."""
        names = list(known)
        self.suggestions -= len(names)
        if self.suggestions < 0:
            return ""
        self.work(_COMPARISON * len(names))
        return suggestion(name, names)

    def expand(self, lines: int, characters: int) -> None:
        """Count lines that a macro, a repeat or an include adds. Raises :class:`Problem` when they are too many."""
        self.lines -= lines
        self.characters -= characters
        if self.lines < 0:
            raise Problem(f"macros, repeats and includes add more than {self.LINES} lines")
        if self.characters < 0:
            raise Problem(f"macros, repeats and includes add more than {self.CHARACTERS >> 10:,} KiB of text")

    def reserve(self, size: int) -> None:
        """Count bytes that a directive adds to the image. Raises :class:`Problem` when they are too many."""
        if size > self.bytes:
            raise Problem(f"the image would hold more than {self.BYTES >> 20} MiB of data")
        self.bytes -= size


class SmallLimits(Limits):
    """What is enough for a source that a program has written, and takes neither a second nor much memory."""

    LINES = 50_000
    CHARACTERS = 1 << 19
    BYTES = 16 << 20
    STEPS = 200_000
    SUGGESTIONS = 50_000
