"""Recording what a film shows: a run as ``forklore run`` has it, or several under the settings that are compared."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vm.cli import fail
from vm.cli.booting import boot
from vm.cli.compiler import Warnings
from vm.cli.deaths import Deaths
from vm.cli.debugging import gdb_command
from vm.cli.film_comparing import Compared
from vm.cli.schedules import Scheduling
from vm.cli.streams import shared_input
from vm.cli.terminal import TerminalSignals, given_back, terminal_signals
from vm.values import dataclass

if TYPE_CHECKING:
    from vm.cli.reports import Report
    from vm.film import Reel, Window
    from vm.kernel.ports import Input
    from vm.records import Result
    from vm.run import Run


@dataclass(frozen=True, slots=True)
class Take:
    """A program to record, with the ``options`` of its machine, and the part of its run that is kept.

    ``has_output`` and ``has_errors``: what it writes there goes to our own standard output and error. ``is_told``: how
    processes die and what compilers warn of is told. ``input``: what it reads, if not our standard input.
    ``films``: so many share a page.
    """

    program: str
    arguments: Sequence[str]
    options: dict[str, Any]
    window: Window
    has_output: bool = True
    has_errors: bool = True
    is_told: bool = True
    input: bytes | None = None
    films: int = 1

    def silent(self, **options: Any) -> Take:
        """Return the same with other options, of which nothing is seen but the film."""
        return replace(self, options=self.options | options, has_output=False, has_errors=False, is_told=False)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was recorded, and how the run ended."""

    reel: Reel
    result: Result
    signals: TerminalSignals

    def end(self) -> int:
        """Die as the guest's program did if the interrupt key has killed it; else return the exit status."""
        self.signals.end_as(self.result.signal)
        return self.result.status


def record_take(take: Take, given: Input | None = None) -> Recorded:
    """Run a program on this terminal and record it; exits with a message where that is not possible.

    It reads what is ``given``, if anything is.
    """
    options = dict(take.options)
    scheduling, reports = Scheduling(options), _reports(take)
    with terminal_signals() as signals, _outputs(take) as outputs:
        booted = boot(
            take.program, tuple(take.arguments), options, scheduling,
            given_input=take.input if given is None else given, waker=signals.waker, **outputs,
        )  # fmt: skip
        if isinstance(booted, int):
            sys.exit(booted)
        for report in reports:
            report.observe(booted)
        if scheduling.schedule is None:
            signals.send_to(booted.kernel)
        with given_back(booted.kernel), scheduling, _progress(take) as progress:
            reel, result = _record(booted, take, progress)
    for report in reports:
        report.tell(result)
    return Recorded(reel, result, signals)


def record_compared(take: Take, settings: Sequence[Compared]) -> list[Recorded]:
    """Record a program under each of these settings. All of them read the same, and nothing of them is seen.

    For a program finds out whether it writes to a terminal, and does otherwise then.
    """
    from vm.kernel.ports import BytesInput

    given = take.input
    take = replace(take, films=len(settings))
    new_input = shared_input() if given is None else lambda: BytesInput(given)
    return [
        record_take(take.silent(fork=each.fork, vfork_as_fork=each.vfork_as_fork), new_input()) for each in settings
    ]


def _record(run: Run, take: Take, progress: Callable[[int], None]) -> tuple[Reel, Result]:
    from vm.film import record
    from vm.film.recording import USUAL
    from vm.text import printable

    head = {"program": printable(take.program), "arguments": [printable(word) for word in take.arguments]}
    try:
        reel = record(
            run.kernel, run.advance, take.window, limits=USUAL.among(take.films), head=head, progress=progress
        )
    except ValueError as error:
        fail(f"there is no film: {error}")
    return reel, run.finish()


def _reports(take: Take) -> list[Report]:
    if not take.is_told:
        return []
    return [Warnings(), Deaths(lambda has_read: gdb_command(take.program, take.arguments, has_read))]


@contextmanager
def _outputs(take: Take) -> Iterator[dict[str, Any]]:
    """Where the guest's standard outputs go, as arguments of :func:`boot`."""
    nowhere = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    try:
        yield {"output": 1 if take.has_output else nowhere, "errors": 2 if take.has_errors else nowhere}
    finally:
        os.close(nowhere)


@contextmanager
def _progress(take: Take) -> Iterator[Callable[[int], None]]:
    """What is told how many moments there are; a terminal shows it, unless the guest writes to one."""
    if (take.has_output and os.isatty(1)) or not sys.stderr.isatty():
        yield lambda moments: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("recording", total=None)
        yield lambda moments: bar.update(task, description=f"recording: {moments:,} moments")
