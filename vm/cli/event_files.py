"""The options of ``forklore run`` that write all that happens to a file, and the file while it grows."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from io import FileIO
from typing import TYPE_CHECKING, Any

import click

from vm import __version__
from vm.cli import fail, say
from vm.cli.completion import files
from vm.cli.groups import REPORTS, F, option
from vm.statuses import STATUS_OWN_ERROR

if TYPE_CHECKING:
    from vm.events import Event
    from vm.observe.perfetto.trace import PerfettoTrace
    from vm.run import Run

BUFFER = 1 << 16
"""Bytes that are written at once."""
STANDARD_ERROR = "-"


class Kinds(click.ParamType["tuple[type[Event], ...]"]):
    """Kinds of events, with commas between them."""

    name = "KIND,…"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[type[Event], ...]:  # fmt: skip
        """The kinds, if there are such."""
        from vm.observe.event_lines import WrongKind, kinds_of

        try:
            return kinds_of(str(value).split(","))
        except WrongKind as error:
            self.fail(str(error), param, ctx)


_OPTIONS = (
    option(
        "--events", group=REPORTS, type=click.Path(dir_okay=False, allow_dash=True), metavar="FILE",
        shell_complete=files, help="Write every event to FILE, a line of JSON each; - is standard error.",
    ),
    option(
        "--events-only", group=REPORTS, type=Kinds(), metavar="KIND,…",
        help="Write these kinds of events only, as Created,Exited; lifecycle is all those of which there are few.",
    ),
    option(
        "--perfetto", group=REPORTS, type=click.Path(dir_okay=False), metavar="FILE", shell_complete=files,
        help="Write a trace for ui.perfetto.dev to FILE: states, calls, signals, memory of each process.",
    ),
)  # fmt: skip


_NAMES = ("events", "events_only", "perfetto")


def refuse_events(options: dict[str, Any]) -> None:
    """Take the options out for a run that a debugger leads, which goes back and forth. Raises UsageError."""
    if [name for name in _NAMES if options.pop(name) is not None]:
        raise click.UsageError(
            "what happens in a run that is debugged is not written: in gdb, `monitor schedule FILE` writes its "
            "schedule, and `forklore run --schedule FILE` repeats it"
        )


def event_options(command: F) -> F:
    """Attach the options to a command."""
    for attach in reversed(_OPTIONS):
        command = attach(command)
    return command


def _check_perfetto(path: str, other: str | None) -> None:
    """Find out before anything runs that a trace could not be written; say what has to be installed."""
    from vm.observe.perfetto import INSTALL, is_installed

    if path == STANDARD_ERROR:
        raise click.UsageError("--perfetto - is no file: a trace is bytes, which no terminal shows")
    if path == other:
        raise click.UsageError("--events and --perfetto name one file")
    if not is_installed():
        fail(INSTALL)


class GrowingFile:
    """A file that is written while a program runs. The first error is said, and ends the writing; the run goes on.

    ``what`` the file is stands in messages. A file named "-" is standard error, where each part is written at once.
    """

    def __init__(self, what: str, path: str) -> None:
        self._what, self._path = what, path
        self.has_failed = False
        self._file: FileIO | None = None
        self._waiting = bytearray()
        self._room = 0 if path == STANDARD_ERROR else BUFFER
        try:
            self._file = FileIO(2, "w", closefd=False) if path == STANDARD_ERROR else FileIO(path, "w")
        except OSError as error:
            self._fail(error)

    def write(self, data: bytes) -> None:
        """Write ``data`` behind all that was written before."""
        self._waiting += data
        if len(self._waiting) > self._room:
            self._flush()

    def _flush(self) -> None:
        file = self._file
        if file is not None:
            try:
                done = 0
                while done < len(self._waiting):
                    done += file.write(memoryview(self._waiting)[done:]) or 0
            except OSError as error:
                self._fail(error)
        self._waiting = bytearray()

    def _fail(self, error: OSError) -> None:
        self.has_failed = True
        self._give_up()
        say(f"cannot write {self._what} to {self._path}: {error.strerror}")

    def close(self) -> None:
        """Write what has not been written yet."""
        self._flush()
        if self._file is not None:
            try:
                self._file.close()
            except OSError as error:
                self._fail(error)
        self._give_up()

    def _give_up(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                file.close()


class EventFiles:
    """The files of events that the options of a command ask for; the options are taken out.

    They are written as long as the context lasts that this is; however that ends, all that was told is in them.
    """

    def __init__(self, program: str, arguments: Sequence[str], options: dict[str, Any]) -> None:
        self._program, self._arguments = program, arguments
        self._path: str | None = options.pop("events")
        self._kinds: tuple[type[Event], ...] | None = options.pop("events_only")
        if self._kinds is not None and self._path is None:
            raise click.UsageError("--events-only selects what --events FILE writes, which is not asked for")
        self._perfetto: str | None = options.pop("perfetto")
        if self._perfetto is not None:
            _check_perfetto(self._perfetto, self._path)
        self._files: list[GrowingFile] = []
        self._trace: PerfettoTrace | None = None

    def __enter__(self) -> EventFiles:
        return self

    def observe(self, run: Run) -> None:
        """Begin to write what happens in a machine that has not started; exit where a file cannot be written."""
        if self._path is not None:
            from vm.events import KINDS
            from vm.observe.event_lines import EventLines

            file = self._open("the events", self._path)
            lines = EventLines(run.kernel.events, file.write, KINDS if self._kinds is None else self._kinds)
            lines.begin(__version__, self._program, self._arguments, run.kernel.settings)
        if self._perfetto is not None:
            from vm.observe.perfetto.trace import PerfettoTrace

            self._trace = PerfettoTrace(run.kernel, self._open("the trace for Perfetto", self._perfetto).write)

    def _open(self, what: str, path: str) -> GrowingFile:
        file = GrowingFile(what, path)
        if file.has_failed:
            sys.exit(STATUS_OWN_ERROR)
        self._files.append(file)
        return file

    @property
    def has_failed(self) -> bool:
        """True once something could not be written."""
        return any(file.has_failed for file in self._files)

    def __exit__(self, *_error: object) -> None:
        if self._trace is not None:
            self._trace.close()
        for file in self._files:
            file.close()
