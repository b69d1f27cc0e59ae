"""The options of ``forklore run`` about the trace, strace's where it has them, and the files that a trace goes to."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vm.cli import say
from vm.cli.groups import REPORTS, option
from vm.statuses import STATUS_OWN_ERROR

if TYPE_CHECKING:
    from vm.observe.strace import Tracer
    from vm.run import Run

F = TypeVar("F", bound=Callable[..., Any])

STRING_LIMIT = 1 << 20
"""The longest part of a string that can be asked for."""
FILES_AT_ONCE = 64
"""Files of processes that are open at a time."""
FILES_IN_ALL = 10_000
"""Processes that have a file of their own; further ones have none."""


class Expression(click.ParamType[str]):
    """An expression of strace's -e."""

    name = "EXPR"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The expression, if it selects something."""
        from vm.observe.strace import Selection, WrongExpression

        try:
            Selection().having(value)
        except WrongExpression as error:
            self.fail(str(error), param, ctx)
        return str(value)


_OPTIONS = (
    option("--trace", group=REPORTS, is_flag=True, help="Show every system call on standard error, as strace -f does."),
    option(
        "-e", "--trace-only", group=REPORTS, type=Expression(), multiple=True,
        help="Trace some calls only, as fork,execve or %process or '!write', or signals: signal=SIGCHLD.",
    ),
    option(
        "-o", "--trace-to", group=REPORTS, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
        help="Trace into a file.",
    ),
    option(
        "-f", "follow", group=REPORTS, count=True, show_default=False,
        help="Follow forks, as a trace does anyway; -ff gives each thread a file of its own, FILE.TID.",
    ),
    option(
        "-s", "--trace-strings", group=REPORTS, type=click.IntRange(0, STRING_LIMIT), metavar="N",
        help="Trace with N bytes of each string.  [default: 32]",
    ),
    option("-t", "--timestamps", group=REPORTS, is_flag=True, help="Trace with the machine's clock, in instructions."),
)  # fmt: skip
_NAMES = ("trace", "trace_only", "trace_to", "follow", "trace_strings", "timestamps")


def trace_options(command: F) -> F:
    """Attach the options of a trace to a command."""
    for attach in reversed(_OPTIONS):
        command = attach(command)
    return command


class TraceFiles:
    """Where lines go: one file, or one a process. The first error is said, and ends the writing; the run goes on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.has_failed = False
        self._open: OrderedDict[int, FileIO] = OrderedDict()
        self._made: set[int] = set()
        self._left_out: set[int] = set()

    def place(self, pid: int = 0) -> Callable[[str], None]:
        """Make the file of a process, that of all where ``pid`` is 0: what writes a line to it."""
        if pid and len(self._made) >= FILES_IN_ALL:
            self._left_out.add(pid)
            return lambda line: None
        self._file(pid)
        return lambda line: self._write(pid, line)

    def _file(self, pid: int) -> FileIO | None:
        file = self._open.pop(pid, None)
        if file is None and not self.has_failed:
            path = f"{self.path}.{pid}" if pid else self.path
            try:
                file = FileIO(path, "a" if pid in self._made else "w")
            except OSError as error:
                self._fail(error)
                return None
            self._made.add(pid)
            if len(self._open) >= FILES_AT_ONCE:
                self._open.popitem(last=False)[1].close()
        if file is not None:
            self._open[pid] = file
        return file

    def _write(self, pid: int, line: str) -> None:
        if self.has_failed:
            return
        file = self._file(pid)
        try:
            if file is not None:
                file.write(f"{line}\n".encode())
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        self.has_failed = True
        say(f"cannot write the trace to {self.path}: {error.strerror}")

    def close(self) -> None:
        """Close all files, and say which processes had none."""
        for file in self._open.values():
            file.close()
        self._open.clear()
        if self._left_out:
            say(f"{len(self._left_out):,} processes are not in the trace: {FILES_IN_ALL:,} have a file of their own")


class Trace:
    """The trace that the options of a command ask for, if they do; they are taken out of ``options``.

    It lasts as long as the context that it is; however that ends, all that has been seen is written.
    """

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = {name: options.pop(name) for name in _NAMES}
        self._files: TraceFiles | None = None
        self._tracer: Tracer | None = None

    def __enter__(self) -> Trace:
        return self

    def observe(self, run: Run) -> None:
        """Begin the trace of a machine that has booted; exit where its file cannot be written."""
        wanted = self._options
        if not self.is_wanted:
            return
        from vm.observe.strace import SHOWN, Form, Selection, Tracer

        selection = Selection()
        for expression in wanted["trace_only"]:
            selection = selection.having(expression)
        strings = SHOWN if wanted["trace_strings"] is None else wanted["trace_strings"]
        form = Form(selection, strings, has_clock=wanted["timestamps"])
        path = wanted["trace_to"]
        if path is None:
            self._tracer = Tracer(run.kernel, lambda line: click.echo(line, err=True), form)
            return
        self._files = TraceFiles(path)
        if wanted["follow"] > 1:
            self._tracer = Tracer(run.kernel, lambda line: None, form, separate=self._files.place)
        else:
            self._tracer = Tracer(run.kernel, self._files.place(), form, prefix="{:<5} ")
        if self.has_failed:
            sys.exit(STATUS_OWN_ERROR)

    @property
    def is_wanted(self) -> bool:
        """True where an option asks for a trace."""
        return any(value or (value == 0 and name == "trace_strings") for name, value in self._options.items())

    @property
    def has_failed(self) -> bool:
        """True once something could not be written."""
        return self._files is not None and self._files.has_failed

    def __exit__(self, *_error: object) -> None:
        if self._tracer is not None:
            self._tracer.flush()
        if self._files is not None:
            self._files.close()
