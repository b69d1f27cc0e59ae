"""The table of ``monitor`` commands, and how one is found, called and explained."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from vm.debug.monitor import (
    calls,
    catching,
    checking,
    descriptors,
    frames,
    going,
    moments,
    processes,
    schedules,
    segments,
    waits,
    whence,
)
from vm.debug.monitor.addresses import FORMS
from vm.debug.monitor.asking import Complaint, History, Question, View
from vm.debug.monitor.lasts import KINDS
from vm.debug.monitor.tables import GAP, WIDTH, bounded, paragraph
from vm.schedules.schedule import Diverged
from vm.spelling import suggestion
from vm.text import brief, printable, shortened
from vm.values import dataclass

LONGEST = 4096
"""Letters of a command that are read."""
MOST_LINES = 400
"""Lines of an answer."""


@dataclass(frozen=True, slots=True)
class Command:
    """A row of the table: ``usage`` is what may stand behind the name, ``most`` words of it.

    ``summary`` is a line in the list of commands, ``details`` is told behind it to those who ask for help.
    """

    name: str
    usage: str
    most: int
    summary: str
    details: str
    answer: Callable[[Question], Iterator[str]]

    @property
    def form(self) -> str:
        """How it is written."""
        return f"{self.name} {self.usage}".rstrip()


_ROWS = (
    Command(
        "ps", "", 0, "who there is, what each does or waits for, and who shares memory",
        "A line for each thread, * before the one that runs. Numbers are as gdb has them: 3.5 is thread 5 of process "
        "3. The place is the innermost one in the program's own source.",
        processes.ps,
    ),
    Command(
        "when", "", 0, "the present moment, and where in the history it is",
        "The clock counts instructions retired by all processes, and time that passed while all of them waited. Its "
        "step counts what the machine has done at that clock beside executing instructions.",
        moments.when,
    ),
    Command(
        "goto", "CLOCK|+N|-N|begin|end|last EVENT", 3, "go to another moment with the next continue",
        "CLOCK may have commas, as `when` shows it; beyond the known end the program runs on. `last` is where the last "
        f"{', '.join(KINDS)} before now is about to happen; behind `syscall` a name or more, as for strace's -e. "
        "Nothing moves before `continue` or `reverse-continue`.",
        going.goto,
    ),
    Command(
        "catch", "[syscall [NAMES]|fork|vfork|exec|exit|off]", 2, "stop at what gdb cannot catch",
        "gdb 13 does not catch system calls on RISC-V: NAMES are as for strace's -e, all without. fork, vfork, exec "
        "and exit are for the way back, on which gdb is not told of them; its own `catch fork` is for the way "
        "forwards. `catch off` stops at none; `catch` alone tells what is caught.",
        catching.catch,
    ),
    Command(
        "segments", "[PID]", 1, "the segments of a process, and how much of each has frames",
        "Of its pages so many have a frame: private where nobody else uses it, shared where others do. The letter "
        "behind the permissions is p, or s for memory that is everybody's who maps it. Of a path the end is shown.",
        segments.segments,
    ),
    Command(
        "frames", "[PID]", 1, "physical memory: who uses which frames, and for what",
        "Page tables are told apart from pages. Frames in a row that are used alike have one line. Users are page "
        "table entries, of which one page table that is shared as a whole has one for all its processes.",
        frames.frames,
    ),
    Command(
        "check", "[notes]", 1, "what vfork children did to their parents so far",
        "The report of `forklore run --check-vfork`, of the run up to the present moment: it is run again from the "
        "beginning for it. With `notes` it has what is harmless in most programs, too.",
        checking.check,
    ),
    Command(
        "calls", "[N [PID]]", 2, "the last N system calls of a thread, as strace shows them",
        "N is 10 unless it is given, the thread is the present one; one that has ended may be asked for by its number. "
        "The number before a line is the clock. The run is run again from the beginning for it.",
        calls.calls,
    ),
    Command(
        "fds", "[PID]", 1, "what a process has open, and who holds the other ends",
        "Of a pipe it is told how full it is and who can write to it or read from it, with their descriptors; of a "
        "socket who has the other end. cloex: closed by exec.",
        descriptors.fds,
    ),
    Command(
        "waits", "", 0, "who waits for whom, and who waits in vain",
        "For each thread that waits: for what, and who can bring it about. Those who wait for nobody but each other "
        "are a deadlock.",
        waits.waits,
    ),
    Command(
        "whence", "ADDRESS [PID]", 2, "which frame an address has, shared with whom, made by what, written by whom",
        f"An address is {FORMS}. The letters of the page table entry are V R W X U G A D, as Sv32 has them. What "
        "became of the page is told with the clock before it; then who wrote the word last, but for those who share "
        "the frame in address spaces of their own. The run is run again from the beginning for that.",
        whence.whence,
    ),
    Command(
        "schedule", "FILE", 1, "save the choices and inputs of the run, by which it repeats",
        "`forklore run --schedule FILE PROGRAM` repeats the run, `forklore gdb --schedule FILE PROGRAM` debugs it. "
        "FILE must not be there yet.",
        schedules.schedule,
    ),
)  # fmt: skip


def answer(history: History, view: View, command: str) -> Iterator[str]:
    """Yield the lines that answer a ``monitor`` command: plain text, at most 80 columns and :data:`MOST_LINES` lines.

    What is wrong with the command is a line, too. What they tell was read when they are asked for, one by one.
    """
    for line in bounded(_answer(history, view, command), MOST_LINES):
        yield shortened(printable(line), WIDTH)


def _answer(history: History, view: View, command: str) -> Iterator[str]:
    try:
        name, words = _split(command)
        if name is None:
            yield from overview()
            return
        found = find(name)
        if found is None:
            yield from _help(words)
            return
        if len(words) > found.most:
            raise Complaint(f"{brief(words[found.most])} is too much: {found.form}")
        yield from found.answer(Question(history, view, words))
    except Complaint as complaint:
        yield from paragraph(str(complaint))
    except Diverged as error:
        yield from paragraph(f"history does not repeat: {printable(str(error))}")


def _split(command: str) -> tuple[str | None, tuple[str, ...]]:
    """Return the name of a command, None for none, and the words behind it."""
    if len(command) > LONGEST:
        raise Complaint(f"a command of {len(command):,} letters is too long")
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise Complaint(f"{brief(command)}: {error}") from None
    return (words[0], tuple(words[1:])) if words else (None, ())


def names() -> list[str]:
    """Return the names of all commands."""
    return sorted([*(row.name for row in _ROWS), "help"])


def find(word: str) -> Command | None:
    """Return the command of that name, or whose name alone begins so; None for help. Raises Complaint."""
    found = [name for name in names() if name.startswith(word)]
    if word in found:
        found = [word]
    if not found:
        raise Complaint(f"no command {brief(word)}{suggestion(word, names())}; there are {', '.join(names())}")
    if len(found) > 1:
        raise Complaint(f"{brief(word)} may be {' or '.join(found)}")
    return next((row for row in _ROWS if row.name == found[0]), None)


def overview() -> Iterator[str]:
    """Yield what there is, a line for each command."""
    width = max(len(row.name) for row in _ROWS)
    yield "monitor commands, which may be abbreviated:"
    for row in sorted(_ROWS, key=lambda row: row.name):
        yield from paragraph(row.summary, f"  {row.name:<{width}}{GAP}", " " * (width + 2 + len(GAP)))
    yield "`monitor help COMMAND` tells more of one"


def _help(words: Iterable[str]) -> Iterator[str]:
    """Yield what one command does, or all of them."""
    asked = list(islice(words, 2))
    if len(asked) > 1:
        raise Complaint(f"{brief(asked[1])} is too much: help COMMAND")
    row = find(asked[0]) if asked else None
    if row is None:
        yield from overview()
        return
    yield f"monitor {row.form}"
    yield from paragraph(f"{row.summary[0].upper()}{row.summary[1:]}. {row.details}", "  ")
