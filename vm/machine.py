"""The machine as Python sees it: describe one, run a program in it, look at what became of it.

>>> from forklore import Machine
>>> result = Machine(quantum=100).run("programs/vfork_global.s")
>>> result.status, result.output
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vm import events, userland
from vm.abi import Errno
from vm.cpu.jit import is_cached, often
from vm.cpu.state import PC
from vm.events import Event
from vm.keeping import MemoryKeeper, files_written
from vm.kernel import boot as switching_on
from vm.kernel.choice import Chooser
from vm.kernel.errors import SystemCallError
from vm.kernel.files.terminal import Console
from vm.kernel.files.world import Files, Folder
from vm.kernel.kernel import Kernel
from vm.kernel.loop import advance
from vm.kernel.pausing import Ending
from vm.kernel.ports import CAPTURE_LIMIT, BytesInput, Capture, Input, Output
from vm.kernel.process.task import REAPER, State, Task
from vm.memory.segments import Segment
from vm.observe.deaths.observer import DeathObserver
from vm.records import MemoryRecord, ProcessRecord, Result
from vm.settings import Settings
from vm.sources import Compiler, builders
from vm.statuses import STATUS_CANNOT_RUN, STATUS_LIMIT, STATUS_NOT_FOUND, shell_status
from vm.text import brief, printable
from vm.warming import warm_up

ENVIRONMENT: Mapping[str, str] = {"HOME": "/", "PATH": "/:/bin:/usr/bin"}
"""The environment of a program unless told otherwise."""

_log = logging.getLogger("forklore")
"""Tells what takes long before it does."""

EVENT_LIMIT = 100_000
"""Events a result keeps at most: the first ones."""

PART_LIMIT = 400_000
"""Costs of single segments in the events of a result, where 100 bytes of arguments are as much as one; as many
registers and segments of its processes."""

SEGMENT_RECORD_LIMIT = 1000
"""Segments told of one process: its first ones."""


class CannotRun(Exception):
    """The program could not be started. ``status`` is what a shell would report: 127 not found, 126 not runnable."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status

    def __reduce__(self) -> tuple[type[CannotRun], tuple[str, int]]:
        return CannotRun, (str(self), self.status)


class EventList:
    """The first events of a run, as many as are kept: until they are too many, or tell of too many segments.

    ``kept`` are they. 100 bytes that an event holds are as much as a segment.
    """

    def __init__(self, stream: events.Stream) -> None:
        self.kept: list[Event] = []
        self._parts = 0
        for kind in events.LIFECYCLE:
            stream.subscribe(kind, self._collect)
        stream.subscribe(events.Created, self._count_created)
        stream.subscribe(events.Executed, self._count_executed)
        stream.subscribe(events.Rejected, self._count_rejected)

    def _collect(self, event: Event) -> None:
        if self._parts < PART_LIMIT and len(self.kept) < EVENT_LIMIT:
            self.kept.append(event)

    def _count_created(self, event: events.Created) -> None:
        self._parts += len(event.costs.segments)

    def _count_executed(self, event: events.Executed) -> None:
        size = len(event.path) + sum(len(argument) + 50 for argument in event.arguments)
        self._parts += len(event.costs.segments) + size // 100

    def _count_rejected(self, event: events.Rejected) -> None:
        self._parts += (len(event.path) + len(event.reason)) // 100


class Run:
    """A booted machine with its first program: subscribe to events, then :meth:`finish`."""

    def __init__(
        self, kernel: Kernel, task: Task, collected: list[Event], deaths: DeathObserver, keeper: MemoryKeeper | None
    ) -> None:
        self.kernel = kernel
        self.program = task
        self.deaths = deaths
        self._collected = collected
        self._keeper = keeper
        self._ended: list[ProcessRecord] = []
        self._parts = 0
        self._end: events.Exited | None = None
        kernel.events.subscribe(events.Exited, self._record_exit)

    @property
    def warnings(self) -> list[events.Warned]:
        """What was said of sources so far."""
        return [event for event in self._collected if isinstance(event, events.Warned)]

    def __repr__(self) -> str:
        return f"<Run of {brief(self.program.name)}, {self.kernel.retired:,} instructions so far>"

    def _record_exit(self, event: events.Exited) -> None:
        if event.pid == self.program.pid and self._end is None:
            self._end = event
        if len(self._ended) < EVENT_LIMIT:
            record = self._record(self.kernel.processes[event.pid], event, self._parts < PART_LIMIT)
            self._ended.append(record)
            self._parts += 32 + len(record.segments)

    def finish(self) -> Result:
        """Run to the end."""
        kernel = self.kernel
        ending = advance(kernel)
        assert isinstance(ending, Ending)
        kernel.engine.save()
        message = describe_ending(ending)
        exit_code, signal = (self._end.exit_code, self._end.signal) if self._end is not None else (None, None)
        status = STATUS_LIMIT if message else shell_status(exit_code, signal) or 0
        living = [task for task in kernel.processes if task.pid != REAPER and task.state is not State.ZOMBIE]
        records = [*self._ended, *(self._record(task, None) for task in living)]
        output, errors = (getattr(sink, "data", b"") for sink in (kernel.console.output, kernel.console.errors))
        memory = kernel.memory
        return Result(
            status, message, exit_code, signal, bytes(output), bytes(errors), kernel.retired, tuple(self._collected),
            tuple(sorted(records, key=lambda record: record.pid)),
            MemoryRecord(memory.count, memory.used, memory.committed, memory.peak),
            files_written(kernel) if self._keeper is not None else {}, self.deaths.report,
        )  # fmt: skip

    def _record(self, task: Task, end: events.Exited | None, in_full: bool = True) -> ProcessRecord:
        pages = self._keeper.take(task) if self._keeper is not None and in_full else None
        return _record(task, end, pages, in_full)


def _record(task: Task, end: events.Exited | None, pages: Mapping[int, bytes] | None, in_full: bool) -> ProcessRecord:
    segments: list[Segment] = task.space.segments if task.space is not None and in_full else []
    if len(segments) > SEGMENT_RECORD_LIMIT:
        segments = segments[:SEGMENT_RECORD_LIMIT]
    exit_code, signal = (end.exit_code, end.signal) if end is not None else (None, None)
    state = "ended" if end is not None else task.state.value
    registers = task.context.tolist()
    return ProcessRecord(
        task.pid, task.parent, task.name, state, exit_code, signal, task.retired, registers[PC],
        tuple(registers[:32] if in_full else []),
        tuple([(segment.name, segment.start, segment.end, str(segment.protection)) for segment in segments]),
        pages,
    )  # fmt: skip


def describe_ending(ending: Ending) -> str:
    """Why the machine ended a run, in a line a process; empty when the processes did themselves."""
    if ending.limit:
        return f"the {ending.limit} was reached"
    if ending.waits:
        lines = [f"  pid {pid} waits for {printable(why)}" for pid, why in ending.waits]
        return "\n".join(["every process is blocked for ever", *lines])
    return ""


@dataclass(frozen=True, kw_only=True, repr=False)
class Machine(Settings):
    """The description of a machine: its :class:`~vm.settings.Settings`, and the folders of the host it has.

    ``root``: the folder that is the guest's ``/``; without one, the folder of the program that is run. ``bind``: pairs
    of a further folder and the guest's path where it appears. The guest may change all of it, and none of that reaches
    the host. ``include_root``: the folders that C is compiled from, wherever links lead; without any those of the
    guest, and for the program that is run, if it is named by its path on the host, whatever the user can read.
    ``cc_flags``: the compiler's for these sources; relative names in them are meant from a source's folder on.
    Nothing is allocated until a program runs, and every run has a machine of its own.
    """

    root: str | os.PathLike[str] | None = None
    bind: Sequence[tuple[str | os.PathLike[str], str]] = ()
    include_root: Sequence[str | os.PathLike[str]] = ()
    cc_flags: Sequence[str] = ()

    def __post_init__(self) -> None:
        Settings.__post_init__(self)
        for name in ("bind", "include_root", "cc_flags"):
            if isinstance(getattr(self, name), str | bytes | os.PathLike):
                raise TypeError(f"{name} is a list, not {getattr(self, name)!r}")

    def boot(
        self,
        program: str | os.PathLike[str],
        arguments: Sequence[str | bytes] = (),
        *,
        environment: Mapping[str, str] = ENVIRONMENT,
        input: bytes | Input = b"",
        output: Output | None = None,
        errors: Output | None = None,
        chooser: Chooser | None = None,
        keep: bool = True,
    ) -> Run:
        """Load ``program``, an image or a source in assembly or C, without running it.

        The program is a path of the host, or with a ``root`` a path inside it. ``input`` is its standard input;
        outputs are captured unless a sink is given, up to the machine's limit or CAPTURE_LIMIT. A stream that is
        :class:`~vm.kernel.ports.Closed` is not open in the guest. With ``keep`` the result has the memory that
        processes left, and the files that they wrote. Raises :class:`CannotRun`, and WrongSetting, a
        ValueError, for what makes no machine.
        """
        if not is_cached("machine"):
            _log.warning("compiling the machine, which happens %s and takes up to a minute", often())
            warm_up()
        root, path = self._locate(program)
        source = BytesInput(input) if isinstance(input, bytes) else input
        limit = CAPTURE_LIMIT if self.output is None else self.output
        console = Console(source, output or Capture(limit), errors or Capture(limit))
        files = Files(root, self._folders(), userland.programs())
        compiler = Compiler(*self._readable(root, path), self.cc_flags, self.dialect, path)
        kernel = switching_on.boot(self, files, console, builders(compiler), chooser)
        task = switching_on.new_program(kernel)
        collected, deaths = EventList(kernel.events).kept, DeathObserver(kernel)
        try:
            vector = (os.fsencode(path), *(os.fsencode(argument) for argument in arguments))
            variables = tuple(os.fsencode(f"{name}={value}") for name, value in environment.items())
            switching_on.start(kernel, task, os.fsencode(path), vector, variables)
        except SystemCallError as error:
            raise self._cannot_run(program, error.errno, collected) from None
        return Run(kernel, task, collected, deaths, MemoryKeeper(task.pid) if keep else None)

    def run(
        self,
        program: str | os.PathLike[str],
        arguments: Sequence[str | bytes] = (),
        *,
        environment: Mapping[str, str] = ENVIRONMENT,
        input: bytes | Input = b"",
        output: Output | None = None,
        errors: Output | None = None,
        chooser: Chooser | None = None,
        keep: bool = True,
    ) -> Result:
        """Run ``program`` to its end, as :meth:`boot` and :meth:`Run.finish` do."""
        booted = self.boot(
            program, arguments, environment=environment, input=input, output=output, errors=errors, chooser=chooser,
            keep=keep,
        )  # fmt: skip
        return booted.finish()

    def _folders(self) -> list[Folder]:
        return [Folder(Path(host), guest) for host, guest in self.bind]

    def _locate(self, program: str | os.PathLike[str]) -> tuple[Path, str]:
        """The root, and the program's path inside it."""
        if not os.fspath(program):
            raise CannotRun("the name of the program is empty", STATUS_NOT_FOUND)
        if self.root is not None:
            return Path(self.root), os.fspath(program)
        path = Path(program)
        try:
            path.stat()
            path = path.resolve()
        except (FileNotFoundError, NotADirectoryError):
            raise CannotRun(f"{path}: no such file", STATUS_NOT_FOUND) from None
        except OSError as error:
            raise CannotRun(f"{path}: {error.strerror}", STATUS_CANNOT_RUN) from None
        return path.parent, "/" + path.name

    def _readable(self, root: Path, path: str) -> tuple[list[Path], Path | None]:
        """The host's folders that C is compiled from, and the source that may include anything: see ``builders``."""
        if self.include_root:
            folders = [Path(folder).resolve() for folder in self.include_root]
            if self.root is None and not any(root.is_relative_to(folder) for folder in folders):
                raise CannotRun(f"{root / path[1:]}: outside the folders that may be read", STATUS_CANNOT_RUN)
            return folders, None
        own = root / path.lstrip("/") if self.root is None else None
        return [root, *(folder.host for folder in self._folders())], own

    def _cannot_run(self, program: str | os.PathLike[str], errno: Errno, collected: list[Event]) -> CannotRun:
        name = os.fspath(program)
        reasons = [event.reason for event in collected if isinstance(event, events.Rejected)]
        if reasons:
            return CannotRun(f"{name}: {reasons[-1]}", STATUS_CANNOT_RUN)
        if errno in (Errno.ENOENT, Errno.ENOTDIR):
            return CannotRun(f"{name}: no such file in the guest's root", STATUS_NOT_FOUND)
        return CannotRun(f"{name}: {os.strerror(errno)} ({errno.name})", STATUS_CANNOT_RUN)
