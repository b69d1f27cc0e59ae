"""Errors and warnings: what is wrong, where, and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vm.values import dataclass

SUGGESTION_LIMIT = 100
"""Errors after which nothing is suggested any more: it takes time."""

ERROR_LIMIT = 1000
"""Errors after which assembling stops: a source with more is not an assembly source."""

WARNING_LIMIT = 1000
"""Warnings of a source that are kept."""

_LONGEST_LINE = 240


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One error, warning, or note of the source's own.

    ``line``, ``column`` and ``end_column`` count from 1; the columns ``column`` up to but not including ``end_column``
    are marked. ``source_line`` is the text they count in, as the assembler saw it (a macro's line with its arguments
    put in). ``line`` is 0 when the message concerns no line. ``notes`` are further lines of explanation.
    """

    file: str
    line: int
    column: int
    end_column: int
    message: str
    source_line: str
    notes: tuple[str, ...] = ()
    severity: str = "error"

    def __str__(self) -> str:
        if not self.line:
            lines = [f"{self.file}: {self.severity}: {self.message}"]
        else:
            gutter = f"{self.line:5} | "
            margin = " " * (len(gutter) - 2) + "| "
            text, underline = self.excerpt()
            lines = [
                f"{self.file}:{self.line}:{self.column}: {self.severity}: {self.message}",
                gutter + text,
                margin + underline,
            ]
        return "\n".join(lines + [f"      = {note}" for note in self.notes])

    def excerpt(self) -> tuple[str, str]:
        """The source line, and the line under it with a caret and tildes under the marked columns.

        Tabs are kept in both, so that they line up. Of a very long line only the surroundings are shown.
        """
        start, end = self.column - 1, min(self.end_column - 1, len(self.source_line) + 1)
        text = self.source_line
        if len(text) > _LONGEST_LINE:
            begin = max(0, start - _LONGEST_LINE // 2)
            text = text[begin : begin + _LONGEST_LINE]
            start, end = start - begin, min(end - begin, len(text))
        before = "".join("\t" if character == "\t" else " " for character in text[:start])
        return text, before + "^" + "~" * (end - start - 1)


SHOWN = 20
"""Errors, and likewise warnings, that are shown; the rest are counted: later ones often follow from earlier ones."""


def shown(diagnostics: Iterable[Diagnostic], most: int = SHOWN) -> list[Diagnostic]:
    """The diagnostics that people are shown: of each severity the first ``most``."""
    left: dict[str, int] = {}
    found = []
    for diagnostic in diagnostics:
        left[diagnostic.severity] = left.get(diagnostic.severity, most) - 1
        if left[diagnostic.severity] >= 0:
            found.append(diagnostic)
    return found


def render(diagnostics: Iterable[Diagnostic], most: int = SHOWN) -> str:
    """The diagnostics that are shown, one after the other, and a last line that counts all."""
    every = list(diagnostics)
    return "\n".join([str(diagnostic) for diagnostic in shown(every, most)] + [tally(every, most)])


def tally(diagnostics: Iterable[Diagnostic], most: int = SHOWN) -> str:
    """``2 errors``, ``1 error, 1 warning``, ``90 errors; the first 20 are shown``, or nothing when there is nothing."""
    counts = {"error": 0, "warning": 0}
    for diagnostic in diagnostics:
        if diagnostic.severity in counts:
            counts[diagnostic.severity] += 1
    said = ", ".join(f"{count} {what}{'s' * (count != 1)}" for what, count in counts.items() if count)
    if counts["error"] >= ERROR_LIMIT:
        said += ", where reading stopped"
    return f"{said}; the first {most} are shown" if max(counts.values()) > most else said


class AssemblyError(Exception):
    """The sources cannot be assembled; ``diagnostics`` holds every error and warning, in order of their lines.

    ``guess`` says which dialect they were taken for, and by what sign, where nobody had said.
    """

    def __init__(self, diagnostics: Sequence[Diagnostic], guess: str = "") -> None:
        super().__init__(diagnostics, guess)
        self.diagnostics = tuple(diagnostics)
        self.guess = guess

    def __str__(self) -> str:
        return "\n".join([*([self.guess] if self.guess else []), render(self.diagnostics)])


class Problem(Exception):
    """Something wrong with the statement at hand: raised where it is noticed, given its place by the statement loop.

    ``first`` and ``last`` are indices of the tokens concerned, in the statement's line; without them the whole
    statement is meant. ``notes`` are lines of explanation. ``meant`` is a name as written and the names that would
    have been right: the nearest is suggested, which is looked for only when the problem is reported.
    """

    def __init__(
        self,
        message: str,
        first: int | None = None,
        last: int | None = None,
        *notes: str,
        meant: tuple[str, Iterable[str]] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.first = first
        self.last = first if last is None else last
        self.notes = notes
        self.meant = meant


class Abandon(Exception):
    """A limit is reached: the problem is already recorded and nothing more should be read."""
