"""Every key that a file with tests can have: a row for each, by the table where it may stand.

All follows from them: what is read, what is said of what is wrong, and the manual's page.
"""

from __future__ import annotations

from vm.grade.lab import RUNS, SCHEMA_VERSION, SECONDS, Visibility
from vm.grade.reading.contents import CONTENT, EXPECTED, Bytes, Content, Expectation
from vm.grade.reading.dialogues import TURN, Dialogue
from vm.grade.reading.folder import is_below
from vm.grade.reading.kinds import Flag, Key, Named, Number, OneOf, Path, Several, Table, Whole, Words
from vm.grade.reading.values import (
    GuestPath,
    Rules,
    ScheduleCount,
    Setting,
    SignalName,
    Status,
    counted,
    guest_problem,
    program_problem,
    variable_problem,
)
from vm.settings import LIMITS as GROUP_OF_LIMITS
from vm.settings import descriptions

MOST_TESTS = 1000
"""Tests of a file."""
MOST_RUNS, MOST_SECONDS, MOST_POINTS = 10_000_000, 86_400, 1_000_000

_ELSEWHERE = ("seed", "engine", "real_time", "seconds")
"""Settings that are the lab's, or that a verdict must not depend on."""


def _settings(are_limits: bool) -> tuple[Key, ...]:
    """The keys of settings, those that are limits or the others."""
    rows = []
    for name, about in descriptions().items():
        if name not in _ELSEWHERE and (about.group == GROUP_OF_LIMITS and not about.is_flag) is are_limits:
            kind = Setting(name)
            rows.append(Key(name=name.replace("_", "-"), kind=kind, help=kind.help, default=kind.default))
    return tuple(rows)


LIMITS = Table(
    "limits",
    (
        *_settings(are_limits=True),
        Key(
            name="seconds",
            kind=Number(0, MOST_SECONDS, above=True),
            help="This computer's time for all runs of the test together.",
            default=f"{SECONDS:g}",
        ),
        Key(
            name="runs",
            kind=Whole(1, MOST_RUNS),
            help="Runs that a test under every schedule makes at most.",
            default=counted(RUNS),
        ),
    ),
    instead={"timeout": "it is called seconds", "time": "it is called seconds"},
)
MACHINE = Table("machine", _settings(are_limits=False))

_FILES = Named(Content(), "path in the guest", guest_problem)
_MISSED = {
    **dict.fromkeys(LIMITS.keys, "it stands in limits = { … }"),
    **dict.fromkeys(MACHINE.keys, "it stands in machine = { … }"),
    "args": "it is called arguments", "argv": "it is called arguments", "env": "it is called environment",
    "stdin": "it is called input", "stdout": "it is called output", "stderr": "it is called errors",
    "expected": "it is called output", "exit-code": "it is called status", "exit": "it is called status",
    "timeout": "it stands in limits, as seconds",
}  # fmt: skip

_SETUP = (
    Key(
        name="program",
        kind=Words("the name of a program"),
        help="The program that is run.",
        default="the only one that is not the lab's",
    ),
    Key(
        name="arguments",
        kind=Several(Words("a text"), "texts"),
        help="Its arguments, without its name.",
        default="[]",
    ),
    Key(
        name="environment",
        kind=Named(Words("a text"), "variable", variable_problem),
        help="Variables of its environment, beside those of any run.",
        merges=True,
    ),
    Key(name="input", kind=Bytes(), help="Its standard input.", default='""'),
    Key(
        name="dialogue",
        kind=Dialogue(),
        help="What is typed as it answers, instead of `input`.",
    ),
    Key(
        name="terminal",
        kind=Flag(),
        help="Whether input, output and errors are one terminal.",
        default="false",
    ),
    Key(name="files", kind=_FILES, help="Files that it finds, by their paths.", merges=True),
    Key(
        name="schedules",
        kind=ScheduleCount(),
        help="Run it under the machine's own schedule, under so many that the seed draws, or under every one.",
        default='"one"',
    ),
)
_EXPECTATIONS = (
    Key(name="output", kind=Expectation(), help="What it writes to standard output."),
    Key(name="errors", kind=Expectation(), help="What it writes to standard error."),
    Key(name="shows", kind=Expectation(), help="What the terminal shows, where there is one."),
    Key(
        name="creates",
        kind=Named(Expectation(), "path in the guest", guest_problem),
        help="What is in files that the run leaves, by their paths.",
        merges=True,
    ),
    Key(name="status", kind=Status(), help="Its exit status; any is also a death by a signal.", default="0"),
    Key(name="signal", kind=SignalName(), help="The signal that ends it, instead of a status."),
    Key(name="rules", kind=Rules(), help="How its processes behave.", merges=True),
)
_GRADING = (
    Key(name="limits", kind=LIMITS, help="What a run may take.", merges=True),
    Key(name="machine", kind=MACHINE, help="What the machine is like.", merges=True),
    Key(name="points", kind=Number(0, MOST_POINTS), help="What the test is worth.", default="1"),
    Key(
        name="visibility",
        kind=OneOf({each.value: each for each in Visibility}),
        help="Who is told of it: the student at once, after the due date, when grades are published, or nobody but "
        "the teacher.",
        default='"visible"',
    ),
    Key(name="hidden", kind=Flag(), help='True is short for `visibility = "hidden"`.', default="false"),
    Key(name="hint", kind=Words(), help="What is told to who fails it."),
    Key(
        name="stop-on-failure",
        kind=Flag(),
        help="Whether no test behind it is run when it fails.",
        default="false",
    ),
)
_NAME = Key(name="name", kind=Words(empty=False, line=True), help="What it is called, like no other.", is_required=True)

TEST = Table("a test", (_NAME, *_SETUP, *_EXPECTATIONS, *_GRADING), instead=_MISSED)
DEFAULTS = Table("defaults", (*_SETUP, *_EXPECTATIONS, *_GRADING), instead=_MISSED)

PROGRAM = Table(
    "a program",
    (
        Key(
            name="source",
            kind=Several(Path(), "paths", single=True, least=1),
            help="What it is made of, in C, assembly, or an image: the first of these that was handed in.",
            is_required=True,
        ),
        Key(
            name="others",
            kind=Several(Path(), "paths"),
            help="Further sources, in C, that are compiled with one in C.",
            default="[]",
        ),
        Key(name="flags", kind=Several(Words("a text"), "texts"), help="The compiler's flags.", default="[]"),
        Key(name="path", kind=GuestPath(), help="Where it lies in the guest.", default='"/NAME"'),
        Key(
            name="from",
            kind=OneOf({"submission": False, "lab": True}),
            help="Whose it is: its sources are handed in, or lie beside this file.",
            default='"submission"',
        ),
    ),
    instead={"sources": "it is called source", "main": "it is called source", "cflags": "it is called flags"},
)


def _given_problem(path: str) -> str:
    return "" if is_below(path) else "a path below the folder of a submission has no .., and no slash at an end"


LAB = Table(
    "a lab",
    (
        Key(
            name="forklore",
            kind=Whole(1),
            help=f"The version of this description: {SCHEMA_VERSION}.",
            is_required=True,
        ),
        Key(
            name="name",
            kind=Words(empty=False, line=True),
            help="What the lab is called.",
            default="the file's",
        ),
        Key(
            name="seed",
            kind=Setting("seed"),
            help="What random bytes, and the schedules that are drawn, come from.",
            default="0",
        ),
        Key(
            name="reference",
            kind=Path(),
            help="The folder of the reference solution, beside this file; it may be missing where no test asks for it.",
        ),
        Key(
            name="programs",
            kind=Named(PROGRAM, "name", program_problem),
            help="The programs that tests run.",
            is_required=True,
        ),
        Key(
            name="given",
            kind=Named(Content(), "path below a submission", _given_problem),
            help="Files that each submission gets before it is compiled, in place of its own.",
        ),
        Key(name="files", kind=_FILES, help="Files that the guest of every test finds, by their paths."),
        Key(name="defaults", kind=DEFAULTS, help="What every test says unless it says otherwise."),
        Key(
            name="tests",
            kind=Several(TEST, "tables [[tests]]", least=1, most=MOST_TESTS),
            help="The tests, in the order in which they are run.",
            is_required=True,
        ),
    ),
    instead={"test": "each test begins with [[tests]]", "program": "a program begins with [programs.NAME]"},
)

TABLES = {
    "lab": LAB, "program": PROGRAM, "test": TEST, "limits": LIMITS, "machine": MACHINE, "turn": TURN,
    "file": CONTENT, "expectation": EXPECTED,
}  # fmt: skip
"""Every table of keys, by what it describes."""
EXCLUSIVE = (("status", "signal"), ("input", "dialogue"), ("visibility", "hidden"))
"""Keys of which a test says one."""
AT_TERMINAL, ELSEWHERE = ("shows",), ("output", "errors")
"""Keys of tests that have a terminal, and of those that have none."""
