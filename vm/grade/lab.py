"""A lab: its programs, and the tests that what is handed in has to pass. Plain data, which can be sent elsewhere.

It comes from a file in TOML, which :mod:`vm.grade.reading` reads; vm/manual/tests.md describes that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any

from vm.enums import quick
from vm.settings import Settings
from vm.values import dataclass

SCHEMA_VERSION = 1
"""What ``forklore = 1`` at the top of a file with tests means."""

INSTRUCTIONS, CALLS, OUTPUT, MEMORY, PROCESSES, SECONDS = 50_000_000, 20_000, 1 << 20, 64 << 20, 64, 60.0
"""What a run of a test may take unless told otherwise: instructions, system calls, bytes of output, of memory,
slots of the process table, seconds of this computer's time (of all runs of a test together)."""
RUNS = 2_000
"""Runs that a test of every schedule makes at most, unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file with tests, from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@quick
class Visibility(StrEnum):
    """Who is told of a test, in Gradescope's words: the student at once, or later, or the teacher alone."""

    VISIBLE = "visible"
    AFTER_DUE_DATE = "after_due_date"
    AFTER_PUBLISHED = "after_published"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program that tests run, at ``path`` in the guest: one of ``sources``, the first that is there.

    A source is a path below the submission, or below the lab's folder for a program of the lab's own (``is_labs``):
    C, assembly, or an image. ``others`` are sources in C that are compiled along with one in C. ``flags`` are the
    compiler's. A submission need not have it, but for the tests that run it.
    """

    name: str
    path: str
    sources: tuple[str, ...]
    others: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    is_labs: bool = False
    place: Place


@quick
class How(StrEnum):
    """How a text is held against what is expected of it.

    EXACT: it is the only one of ``texts``, to the byte. ONE_OF: it is one of them. PATTERN: it follows a pattern with
    braces (:class:`vm.outcomes.patterns.Pattern`). REGEX: all of it matches a regular expression
    (:mod:`vm.grade.regexes`), in which a dot is no newline, and ``^`` and ``$`` are the ends of lines. CONTAINS:
    ``texts`` come in it, one behind the other, with anything before, between and after. LACKS: none of them comes in
    it. REFERENCE: it is one that the lab's reference solution can have.
    """

    EXACT = "exact"
    ONE_OF = "one-of"
    PATTERN = "pattern"
    REGEX = "regex"
    CONTAINS = "contains"
    LACKS = "lacks"
    REFERENCE = "reference"


@quick
class Space(StrEnum):
    """Which white space counts: all; not that at the ends of lines, nor empty lines at the end; its amount does not;
    none.
    """

    EXACT = "exact"
    TRAILING = "trailing"
    AMOUNT = "amount"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What is expected of a text: of an output, or of a file."""

    how: How
    texts: tuple[bytes, ...] = ()
    space: Space = Space.EXACT
    ignores_case: bool = False
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is expected of a run. What is None, or empty, may be anything.

    ``output`` and ``errors`` are what went to the two, ``terminal`` what a test with a terminal shows: all that is
    said of one has to be true. ``files`` are expectations of files by the guest's path. ``status`` are the exit
    statuses that are right, ``signal`` is the name of the signal that ends it (SIGSEGV); at most one of the two is not
    None.
    """

    output: tuple[Text, ...] = ()
    errors: tuple[Text, ...] = ()
    terminal: tuple[Text, ...] = ()
    files: Mapping[str, tuple[Text, ...]] = field(default_factory=dict)
    status: tuple[int, ...] | None = (0,)
    signal: str | None = None

    @property
    def asks_reference(self) -> bool:
        """True if something has to be as the reference solution can have it."""
        return any(text.how is How.REFERENCE for text in (*self.output, *self.errors, *self.terminal))


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A turn of a dialogue: wait until the program has written ``expect`` (a regular expression, searched in what has
    come since the last turn; empty: do not wait), then type ``send``; ``ends``: close the input then.
    """

    expect: str = ""
    send: bytes = b""
    ends: bool = False
    place: Place


@quick
class Schedules(StrEnum):
    """Under which schedules a test runs: the machine's own; ``count`` that the seed draws; every one there is."""

    ONE = "one"
    SOME = "some"
    EVERY = "every"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of behaviour: ``name`` is one of :data:`vm.grade.rules.table.RULES`, ``values`` are its parameters."""

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """A test: how a program is run, and what has to come of it.

    ``settings`` are the machine's, limits among them; ``seconds`` are for all runs of the test together. ``files`` are
    bytes by the guest's path. ``hint`` is told to who fails. ``stops``: nothing behind it is tested if it fails.
    """

    __test__ = False

    name: str
    program: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    input: bytes = b""
    dialogue: tuple[Turn, ...] = ()
    terminal: bool = False
    files: Mapping[str, bytes] = field(default_factory=dict)
    settings: Settings
    seconds: float = SECONDS
    schedules: Schedules = Schedules.ONE
    count: int = 0
    runs: int = RUNS
    expected: Expected
    rules: tuple[Rule, ...] = ()
    points: float = 1.0
    visibility: Visibility = Visibility.VISIBLE
    hint: str = ""
    stops: bool = False
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """A lab. ``digest`` names all that its tests depend on: the file itself, and what it names.

    ``sources`` are the bytes of the lab's own files, by their paths below its folder: what its own programs are made
    of.
    ``given`` are files by their paths below a submission, which replace what a submission has there (a header, say).
    ``reference`` is the folder of the reference solution, below the lab's; empty for none.
    """

    name: str
    file: str
    digest: str
    seed: int = 0
    programs: Mapping[str, Program]
    tests: tuple[Test, ...]
    sources: Mapping[str, bytes] = field(default_factory=dict)
    given: Mapping[str, bytes] = field(default_factory=dict)
    reference: str = ""

    @property
    def points(self) -> float:
        """The points of all tests together."""
        return sum(test.points for test in self.tests)
