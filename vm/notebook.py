"""What notebooks show of a run: in sections of lines, which are HTML there, and text where there is no HTML.

Notebooks ask an object for ``_repr_html_`` and ``_repr_pretty_`` (IPython, "Integrating your objects with IPython").
Nothing that is shown is without bounds, and nothing of a guest's in it is more than text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from itertools import islice
from stat import filemode
from typing import Protocol

from vm import lines
from vm.abi import PAGE_SIZE
from vm.events import Created, Event, Executed
from vm.isa import ABI_NAMES
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import State, Task
from vm.lines import FAINT, STRONG, Line, Part, line
from vm.observe.costs import costs_told, describe_copies
from vm.observe.deaths.closing import closing_lines
from vm.observe.deaths.entries import entry_lines
from vm.observe.deaths.report import Report
from vm.observe.family import Family
from vm.observe.totals import Totals
from vm.observe.trimmed import as_lines
from vm.quantities import plural, size
from vm.statuses import describe_end
from vm.text import printable, shortened
from vm.values import dataclass

FIRST_LINES, LAST_LINES = 30, 10
"""Lines that are shown of what was written, if there are more."""
MOST_WRITTEN = 16_384
"""Bytes at the beginning and at the end of what was written that are looked at."""
MOST_COSTS = 20
"""Creations, execs and ends whose costs are shown."""
MOST_ROWS = 40
"""Lines that are shown of the costs of one of them."""
MOST_OPEN = 50
"""Lines of a section that is unfolded from the beginning."""
MOST_FOLDED = 20
"""Lines that text has of a section that is not."""
MOST_WAITS = 20
"""Lines of those who waited when a run was over."""
MOST_THREADS = 200
"""Threads that are listed beside their processes."""
REGISTERS_A_ROW = 4
"""Registers that stand side by side."""
MOST_SEGMENTS = 100
"""Segments of a process that are listed."""
MOST_FILES = 10
"""Files that are listed."""
NAME = 100
"""Letters of a program with its arguments that are shown."""


@dataclass(frozen=True, slots=True)
class Section:
    """Lines below a ``title``, which folds them away where it can; without one they are always there."""

    title: str
    lines: tuple[Line, ...]
    is_open: bool = True


class Printer(Protocol):
    """Who asks for text: IPython's printer. ``stack`` has an entry for each object that is being printed."""

    stack: Sequence[int]

    def text(self, text: str, /) -> None:
        """Print a text."""


# --- all sections together -------------------------------------------------------------------------------------------


def html(sections: Iterable[Section]) -> str:
    """Return sections as an element of HTML, without scripts and without colours: it has those of its notebook."""
    return f"<div>{''.join(map(_element, sections))}</div>"


def _element(section: Section) -> str:
    shown = lines.html(section.lines)
    if not section.title:
        return shown
    title = f'<summary style="cursor:pointer">{escape(printable(section.title))}</summary>'
    return f"<details{' open' if section.is_open else ''}>{title}{shown}</details>"


def text(sections: Iterable[Section]) -> str:
    """Return sections as text, the lines of those with a title two columns further in."""
    shown = []
    for section in sections:
        rows = section.lines if section.is_open else section.lines[:MOST_FOLDED]
        told = lines.plain([*rows, *_more(len(section.lines) - len(rows), "line")])
        if section.title:
            shown.append(f"{printable(section.title)}\n")
            told = "".join(f"  {row}".rstrip(" ") + "\n" for row in told.split("\n")[:-1])
        shown.append(told)
    return "".join(shown).rstrip("\n")


def _more(count: int, what: str) -> Iterator[Line]:
    """Say that there are more than are shown, if there are."""
    if count > 0:
        yield line(Part(f"… {plural(count, what)} more", FAINT))


def _section(title: str, rows: Sequence[Line]) -> Section:
    return Section(title, tuple(rows), is_open=len(rows) <= MOST_OPEN)


def _listed(title: str, rows: Sequence[Line], most: int, what: str) -> Section:
    """Make a section of the first ``most`` rows, a row for each of ``what``."""
    return _section(title, [*rows[:most], *_more(len(rows) - most, what)])


def pretty(thing: object, printer: Printer, sections: Callable[[], Iterable[Section]]) -> None:
    """Print ``thing`` as its sections, and briefly where it is one of several things, as in a list."""
    printer.text(text(sections()) if len(printer.stack) <= 1 else repr(thing))


# --- what there is to tell of a run ----------------------------------------------------------------------------------


def program_words(told: Iterable[Event]) -> str:
    """Name the program that was executed first, with its arguments; "the program" where that is not among ``told``."""
    first = next((event for event in told if isinstance(event, Executed)), None)
    if first is None:
        return "the program"
    words = [first.path.rsplit("/", 1)[-1]]
    words += [argument[:NAME].decode(errors="surrogateescape") for argument in first.arguments[1 : NAME // 2]]
    return shortened(printable(" ".join(words)), NAME)


def end_words(exit_code: int | None, signal: int | None, status: int, message: str) -> str:
    """Say how the program ended, and that the machine ended the run, if it did: ``message`` is why."""
    own = "" if exit_code is None and signal is None else describe_end(exit_code, signal)
    if not message:
        return own if signal is None else f"{own}, status {status}"
    reason = message.partition("\n")[0]
    return f"{own}; then the machine ended the run, status {status}: {reason}" if own else f"{reason}, status {status}"


def headline(program: str, state: str, *details: str) -> Section:
    """Make the first section: a program, what has become of it, and details in lines of their own."""
    return Section("", (line(Part(f"{program}: {state}", STRONG)), *(line(Part(each, FAINT)) for each in details)))


def size_words(kernel: Kernel) -> str:
    """Say in a line how much a machine has done, and how much of its memory is in use."""
    memory = kernel.memory
    frames = f"{memory.used:,} of {memory.count:,} frames in use ({size(memory.used * PAGE_SIZE)})"
    return f"{plural(kernel.retired, 'instruction')}; {frames}"


def trouble(message: str, report: Report) -> Iterator[Section]:
    """Tell how processes died, which calls were refused, and who waited where when the machine ended the run."""
    told = [] if report.whereabouts else message.split("\n")[1:]
    rows = [*map(line, told[:MOST_WAITS]), *_more(len(told) - MOST_WAITS, "line")]
    for number in range(len(report)):
        for entry in entry_lines(report.entry(number)):
            rows += as_lines(entry)
    for closing in closing_lines(report):
        rows += as_lines(closing)
    if rows:
        yield Section("", tuple(rows))


def written(name: str, data: bytes) -> Iterator[Section]:
    """Show the beginning and the end of what was written, if anything was."""
    if data:
        yield Section(f"{name}, {plural(len(data), 'byte')}", tuple(_excerpt(data)))


def _excerpt(data: bytes) -> Iterator[Line]:
    first = data[:MOST_WRITTEN].removesuffix(b"\n").split(b"\n")
    if len(data) <= MOST_WRITTEN and len(first) <= FIRST_LINES + LAST_LINES:
        yield from map(_row, first)
        return
    first = first[:FIRST_LINES]
    rest = data[sum(len(row) + 1 for row in first) :]
    last = rest[-MOST_WRITTEN:].removesuffix(b"\n").split(b"\n")[-LAST_LINES:]
    yield from map(_row, first)
    left_out = len(rest.removesuffix(b"\n")) - len(b"\n".join(last))
    yield from _more(left_out, "byte")
    yield from map(_row, last)


def _row(data: bytes) -> Line:
    return line(shortened(data.decode(errors="surrogateescape").expandtabs()))


def tree(family: Family, is_whole: bool = True) -> Section:
    """Show who made whom, what each ran, how long it lived and how it ended; of a run that was told until its end."""
    rows = [line(row) for row in family.lines()]
    if not is_whole:
        rows.append(line(Part("this is as far as events were kept", FAINT)))
    return _section("processes", rows)


def threads(kernel: Kernel) -> Iterator[Section]:
    """Show what each thread is doing of those processes that have several."""
    several = [task for process in kernel.processes if len(process.threads) > 1 for task in process.threads]
    if several:
        rows = [line(f"pid {task.pid}, thread {task.tid} {doing(kernel, task)}") for task in several]
        yield _listed("threads", rows, MOST_THREADS, "thread")


def present_state(kernel: Kernel, pid: int) -> str:
    """Say what a process is doing, and what it waits for."""
    process = kernel.processes.get(pid)
    if process is None or not process.threads:
        return "not ended"
    count = len(process.threads)
    return doing(kernel, process.threads[0]) if count == 1 else plural(count, "thread")


def doing(kernel: Kernel, task: Task) -> str:
    """Say what a thread is doing, and what it waits for."""
    if task.process.stopped:
        return "stopped until SIGCONT"
    if task.state is State.BLOCKED and task.wait is not None:
        until = "" if task.wait.deadline is None else f", until {task.wait.deadline:,} ns"
        return f"waits for {printable(task.wait.why)}{until}"
    return "runs" if task is kernel.running else "ready"


def costs(told: Sequence[Event]) -> Iterator[Section]:
    """Show what making and replacing processes has cost."""
    shown = list(islice(costs_told(told), MOST_COSTS + 1))
    if not shown:
        return
    totals, rows = Totals(), []
    for event in told:
        totals.add(event)
    for each in shown[:MOST_COSTS]:
        block = list(as_lines(each))
        rows += [*block[:MOST_ROWS], *_more(len(block) - MOST_ROWS, "line")]
    if len(shown) > MOST_COSTS:
        rows.append(line(Part("… and more, which are among the events", FAINT)))
    calls = sum(isinstance(event, Created | Executed) for event in told)
    title = f"costs of {plural(calls, 'call')}"
    if totals.creations:
        title += f"; {describe_copies(totals)}"
    yield _section(title, rows)


def registers(values: Sequence[int]) -> Iterator[Section]:
    """Show the values of x0 to x31, if there are any, by the names that programs have for them."""
    cells = [f"{name:<4} {value:08x}" for name, value in zip(ABI_NAMES, values, strict=False)]
    rows = [line("   ".join(cells[at : at + REGISTERS_A_ROW])) for at in range(0, len(cells), REGISTERS_A_ROW)]
    if rows:
        yield _section("registers", rows)


def segments(found: Sequence[tuple[str, int, int, str]]) -> Iterator[Section]:
    """Show the segments of an address space, if there are any: names, ends and protections."""
    if found:
        rows = [line(f"{shortened(name):<9} {start:08x}-{end:08x}  {how}") for name, start, end, how in found]
        yield _listed(plural(len(found), "segment"), rows, MOST_SEGMENTS, "segment")


def files(found: Sequence[tuple[str, int, int]]) -> Iterator[Section]:
    """Show what was written to files: of each its path, its mode as in stat(2), and its size in bytes."""
    if found:
        rows = [line(f"{filemode(mode)}  {size(count):>10}  {shortened(path)}") for path, mode, count in found]
        yield _listed(plural(len(found), "file"), rows, MOST_FILES, "file")
