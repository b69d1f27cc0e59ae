"""Deaths, refused calls and processes that were left, as they are told: plain values that pickle, and their text.

The text is short, eighty columns, and readable without colour.
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator
from pathlib import Path

from rich.text import Text

from vm.abi import Errno, signal_name
from vm.isa import ABI_NAMES
from vm.kernel.process.task import REAPER
from vm.observe.deaths.backtrace import Place
from vm.observe.snippets import ASSEMBLY, WIDTH, code, code_line, place, underline
from vm.quantities import plural
from vm.text import Brief, printable
from vm.values import dataclass

MOST_CALLS = 8
"""Calls of a backtrace that are shown: the first ones."""

_HEAD = "forklore: "


@dataclass(frozen=True, slots=True)
class Register:
    """A register that matters: its name, its value, and what that is the address of, if of anything."""

    name: str
    value: int
    meaning: str


@dataclass(frozen=True, slots=True, repr=False)
class FailedCall(Brief):
    """A call that had failed: ``call`` with ``error`` (a name of errno), made at ``place``.

    ``function`` is the library's function that the program had called for it, empty without one; ``before``: how many
    nanoseconds of guest time, instructions of all processes, before the death. ``note``: why the machine refused it.
    """

    call: str
    error: str
    function: str
    place: Place
    before: int
    note: str


@dataclass(frozen=True, slots=True, repr=False)
class Death(Brief):
    """How a process died of a signal.

    ``thread`` took it, whose number is ``pid`` for the first of a process. ``what`` happened, in words; ``advice`` may
    be empty. ``place`` is the innermost known place in the program's own source, ``backtrace`` begins where it died.
    ``registers`` are those that matter, ``all_registers`` x0 to x31. ``failures`` are calls that had failed before, the
    last one first. ``count``: how many processes died like this one, which was the first. ``is_sent``: the signal was
    sent on purpose. As a text it is what `run` says of it.
    """

    pid: int
    thread: int
    parent: int
    name: str
    signal: int
    what: str
    here: str
    advice: str
    place: Place
    backtrace: tuple[Place, ...]
    instruction: str
    registers: tuple[Register, ...]
    all_registers: tuple[int, ...]
    failures: tuple[FailedCall, ...]
    retired: int
    is_sent: bool
    is_program: bool
    problem: str = ""
    count: int = 1

    @property
    def status(self) -> int:
        """What a shell would show: 128 and the signal."""
        return 128 + self.signal

    @property
    def pc(self) -> int:
        """Where it died."""
        return self.backtrace[0].pc

    def __str__(self) -> str:
        return _plain(self)


@dataclass(frozen=True, slots=True, repr=False)
class RefusedCall(Brief):
    """A call that the machine does not make: ``reason`` says whose it is, ``place`` who made it first."""

    pid: int
    number: int
    reason: str
    place: Place

    def __str__(self) -> str:
        return _plain(self)


@dataclass(frozen=True, slots=True, repr=False)
class Whereabouts(Brief):
    """Where a ``thread`` of process ``pid`` was when the machine ended the run.

    ``waits_for`` is empty for one that could run.
    """

    pid: int
    thread: int
    name: str
    place: Place
    waits_for: str


def _plain(entry: Death | RefusedCall) -> str:
    """What `run` says of it, without colour."""
    return "\n".join(printable(line.plain.rstrip()) for line in entry_lines(entry))


def entry_lines(entry: Death | RefusedCall) -> Iterator[Text]:
    """A death or a refused call in lines."""
    if isinstance(entry, RefusedCall):
        at = place_words(entry.place)
        yield from headline(f"{entry.reason} (pid {entry.pid}{', ' + at if at else ''})", "yellow")
    elif entry.is_sent:
        yield from headline(f"pid {entry.pid} ({entry.name}) was killed by {entry.what}")
    else:
        yield from _Account(entry).lines()


def headline(text: str, colour: str = "bold") -> Iterator[Text]:
    """What happened, in lines that say whose they are."""
    for number, line in enumerate(_lines(_HEAD + text, "", " " * len(_HEAD))):
        yield Text.assemble((line[: len(_HEAD)], "bold red" if number == 0 else ""), (line[len(_HEAD) :], colour))


def indented(text: str, first: str, others: str) -> Iterator[Text]:
    """A text in lines, the first of which begins with ``first``."""
    for line in _lines(text, first, others):
        yield Text(line)


def _lines(text: str, first: str, others: str) -> list[str]:
    """A text in lines that break no name: a long path is worth more in one piece."""
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=others, break_on_hyphens=False, break_long_words=False
    )


def place_words(where: Place, with_pc: bool = False) -> str:
    """``in main, loop.c:5``."""
    parts = [f"in {where.function}"] if where.function else []
    if where.line:
        parts.append(_file_and_line(where))
    if with_pc or not where.line:
        parts.append(f"pc {where.pc:#010x}")
    return ", ".join(parts)


def _file_and_line(where: Place) -> str:
    """``loop.c:5``; in the library the file's name is enough."""
    shown = f"{Path(where.file).name}:{where.line}" if where.is_library else place(where.file, where.line, where.path)
    return f"near {shown}" if where.is_near else shown


class _Account:
    """One death in lines."""

    def __init__(self, death: Death) -> None:
        self.death = death

    def lines(self) -> Iterator[Text]:
        """What happened, where with the source line, registers, backtrace, what failed before, and the status."""
        death = self.death
        which = f" in thread {death.thread}" if death.thread != death.pid else ""
        end = f"died of {signal_name(death.signal)}{which}"
        yield from headline(f"pid {death.pid} ({death.name}) {end}: {death.what}")
        yield from self._place()
        yield from self._registers()
        yield from self._backtrace()
        if "0x" in death.here and not code(death.place.path, death.place.line):
            yield from _note(death.here)  # the address, for which there is no caret
        if death.advice:
            yield from _note(death.advice)
        # One that the program made itself, and the machine refused, has had a line of its own.
        untold = [failed for failed in death.failures if failed.function or not failed.note]
        for failed in untold:
            yield from _failed(failed)
        if death.problem:
            yield from _note(f"debugging information is left out: {death.problem}")
        status = f"exit status {death.status}, which is 128 + {death.signal}"
        whose = "an orphan" if death.parent == REAPER else f"a child of pid {death.parent}"
        yield from indented(status if death.is_program else f"{whose}; {status}", "  ", "  ")

    def _place(self) -> Iterator[Text]:
        death, own = self.death, self.death.place
        inner = death.backtrace[0]
        if own.pc != inner.pc and death.registers:
            yield from indented(f"{place_words(inner, with_pc=True)}, called", "  ", "      ")
        elif not own.line:
            yield from indented(place_words(own), "  ", "      ")
            return
        if not own.line:
            return
        where, within = f"  {_file_and_line(own)}:", f" in {own.function}, pc {own.pc:#010x}"
        if len(where) + len(within) <= WIDTH:
            yield Text.assemble((where, "bold"), within)
        else:
            yield Text(where, "bold")
            yield Text(f"     {within}")
        text = code(own.path, own.line)
        if text:
            yield from _beside(own, own.line - 1)
            yield code_line(own.line, text)
            yield from underline(text, own.file, death.here if own.pc == inner.pc or death.here else "called here")
            yield from _beside(own, own.line + 1)

    def _registers(self) -> Iterator[Text]:
        """The instruction and the registers that matter; who reads assembly wants the others, too."""
        death = self.death
        shown = [
            f"{register.name} {register.value:08x}" + (f" {register.meaning}" if register.meaning else "")
            for register in death.registers
        ]
        if death.instruction:
            shown.insert(0, death.instruction)
        yield from _in_columns(shown)
        inner = death.backtrace[0]
        is_assembly = Path(inner.file).suffix in ASSEMBLY and not inner.is_library
        if death.registers and (is_assembly or not inner.line):
            known = {register.name for register in death.registers}
            named = zip(ABI_NAMES, death.all_registers, strict=True)
            yield from _in_columns([f"{name} {value:08x}" for name, value in named if value and name not in known])

    def _backtrace(self) -> Iterator[Text]:
        folded = list(_folded(self.death.backtrace))
        if len(folded) < 2:
            return
        for number, where, again in folded[:MOST_CALLS]:
            doubt = "" if where.is_sure else ", perhaps"
            is_last = number + again == len(self.death.backtrace)
            times = f", {again} times{' or more' if is_last else ''}" if again > 1 else ""
            yield from indented(
                f"#{number:<2} {place_words(where, with_pc=not where.line)}{times}{doubt}", "  ", "      "
            )
        if len(folded) > MOST_CALLS:
            yield Text(f"  … and {len(self.death.backtrace) - folded[MOST_CALLS][0]} more")


def _in_columns(items: list[str]) -> Iterator[Text]:
    """As many of these in a line as have room there."""
    line = ""
    for item in items:
        if line and len(line) + len(item) + 5 > WIDTH:
            yield Text(f"  {line}")
            line = ""
        line += f"   {item}" if line else item
    if line:
        yield Text(f"  {line}")


def _beside(where: Place, line: int) -> Iterator[Text]:
    """A line of the source that stands beside that of a place, if it is not empty."""
    if text := code(where.path, line):
        yield code_line(line, text)


def _folded(places: tuple[Place, ...]) -> Iterator[tuple[int, Place, int]]:
    """(number, place, how often) of the calls, where the same one follows upon itself put together."""
    number = 0
    while number < len(places):
        end = number + 1
        while end < len(places) and places[end].pc == places[number].pc:
            end += 1
        yield number, places[number], end - number
        number = end


def _failed(failed: FailedCall) -> Iterator[Text]:
    """A call that had failed before, and whose result the program may not have looked at."""
    who, how = (failed.function, f"{failed.call} gave ") if failed.function else (failed.call, "it gave ")
    when = f"{plural(failed.before, 'instruction')} before" if failed.before else "right before"
    yield from _note(
        f"{when}, {who} failed {place_words(failed.place)}: {how}{failed.error}, {error_words(failed.error)}"
    )


def _note(text: str) -> Iterator[Text]:
    for line in _lines(text, "      = ", "        "):
        yield Text(line, "cyan")


def error_words(name: str) -> str:
    """``No such file or directory`` for ENOENT."""
    return os.strerror(Errno[name]) if name in Errno.__members__ else name
