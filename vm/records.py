"""What became of a run, as plain values: the result, its processes, its files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from vm.abi import PAGE_SIZE
from vm.events import Event, Exited, ThreadCreated
from vm.observe.deaths.report import Report
from vm.quantities import plural
from vm.statuses import describe_end, shell_status
from vm.text import Brief, printable
from vm.values import dataclass

if TYPE_CHECKING:  # from below: imported when it is needed, so that a run starts sooner
    from vm.notebook import Printer, Section
    from vm.observe.deaths.entries import Death


@dataclass(frozen=True, slots=True, repr=False)
class FileRecord(Brief):
    """A file, directory or symbolic link that programs wrote. ``mode`` as in stat(2), ``target`` a link's.

    ``content``: all ``size`` bytes of a file, or none if they are more than may still be kept of all files.
    """

    mode: int
    size: int
    content: bytes
    target: str


@dataclass(frozen=True, slots=True, repr=False)
class ProcessRecord(Brief):
    """A process as it ended, or as it was when the run did.

    It ended by itself with ``exit_code``, or by ``signal``; the other is None, and both are while it lives.
    ``retired``: instructions executed. ``registers``: x0 to x31. ``segments``: (name, start, end, protection) of its
    address space. Of the last of very many processes both are empty. ``pages``: its memory, for :meth:`read`.
    """

    pid: int
    parent: int
    name: str
    state: str
    exit_code: int | None
    signal: int | None
    retired: int
    pc: int
    registers: tuple[int, ...]
    segments: tuple[tuple[str, int, int, str], ...]
    pages: Mapping[int, bytes] | None = field(default=None, repr=False, compare=False)

    def read(self, address: int, size: int) -> bytes:
        """``size`` bytes of its memory, as it left them.

        Raises ValueError for what none of its segments has, and LookupError if its memory was not kept.
        """
        if self.pages is None:
            raise LookupError(f"the memory of pid {self.pid} was not kept")
        data, here = bytearray(), address
        for _, start, end, _ in self.segments:
            while start <= here < min(end, address + size):
                page = self.pages.get(here & -PAGE_SIZE, bytes(PAGE_SIZE))
                data += page[here % PAGE_SIZE :][: address + size - here]
                here = address + len(data)
        if size < 0 or len(data) < size:
            raise ValueError(f"pid {self.pid} has no memory from {here:#x} to {address + size:#x}")
        return bytes(data)

    @property
    def status(self) -> int | None:
        """What a shell would show: the exit code, or 128 and the signal. None while it lives."""
        return shell_status(self.exit_code, self.signal)

    @property
    def _words(self) -> str:
        """How it ended, or what it was doing."""
        if self.status is not None:
            return describe_end(self.exit_code, self.signal)
        return "waits" if self.state == "blocked" else "runs"

    def _sections(self) -> Iterator[Section]:
        from vm import notebook

        who = f"pid {self.pid} ({printable(self.name)}), child of {self.parent}"
        yield notebook.headline(who, self._words, f"{plural(self.retired, 'instruction')}; pc {self.pc:#010x}")
        yield from notebook.registers(self.registers)
        yield from notebook.segments(self.segments)

    def _repr_html_(self) -> str:
        from vm import notebook

        return notebook.html(self._sections())

    def _repr_pretty_(self, printer: Printer, is_cycle: bool) -> None:
        from vm import notebook

        notebook.pretty(self, printer, self._sections)


@dataclass(frozen=True, slots=True)
class MemoryRecord:
    """Physical memory at the end of a run, in frames of 4096 bytes."""

    frames: int
    used: int
    committed: int
    peak: int


@dataclass(frozen=True, slots=True, repr=False)
class Result(Brief):
    """What became of a run.

    ``status`` is what a shell would show: the program's exit code, 128 and its signal, or 124 when the machine ended
    the run; ``message`` then says why. ``exit_code`` and ``signal`` are the program's own, whatever ended the run: one
    of them is None, and both are if the program had not ended. ``retired`` counts the instructions of all processes.
    ``files``: what programs wrote and did not remove, by the guest's paths.
    ``report`` has what the status does not tell; it is put into words when it is first looked at.
    """

    status: int
    message: str
    exit_code: int | None
    signal: int | None
    output: bytes
    errors: bytes
    retired: int
    events: tuple[Event, ...]
    processes: tuple[ProcessRecord, ...]
    memory: MemoryRecord
    files: Mapping[str, FileRecord] = field(default_factory=dict, hash=False)
    report: Report = field(default_factory=Report, compare=False, repr=False)

    @property
    def deaths(self) -> tuple[Death, ...]:
        """How processes died of signals, those that differ: what happened, where, and the calls that led there."""
        return self.report.deaths

    def process(self, pid: int) -> ProcessRecord:
        """The record of process ``pid``, the last one that had the number. Raises KeyError where there was none."""
        for record in reversed(self.processes):
            if record.pid == pid:
                return record
        raise KeyError(f"no process had pid {pid}")

    # --- shown by notebooks -------------------------------------------------------------------------------------------

    def _sections(self) -> Iterator[Section]:
        from vm import notebook
        from vm.kernel.process.task import REAPER
        from vm.observe.costs import describe_run
        from vm.observe.family import Family

        end = notebook.end_words(self.exit_code, self.signal, self.status, self.message)
        count = len(self.processes)
        threads = count + sum(isinstance(event, ThreadCreated) for event in self.events)
        size = describe_run(self.retired, count, threads, self.memory.peak, self.memory.frames)
        yield notebook.headline(notebook.program_words(self.events), end, size)
        yield from notebook.trouble(self.message, self.report)
        yield from notebook.written("output", self.output)
        yield from notebook.written("errors", self.errors)
        family = Family(REAPER + 1, "", 0, lambda: self.events[-1].clock if self.events else 0, self._state_of)
        ended = sum(isinstance(event, Exited) for event in self.events)
        is_whole = ended >= sum(each.status is not None for each in self.processes)
        yield notebook.tree(family.read(self.events), is_whole)
        yield from notebook.files([(path, each.mode, each.size) for path, each in self.files.items()])
        yield from notebook.costs(self.events)

    def _state_of(self, pid: int) -> str:
        """What a process whose end is not among the events was doing at the end of the run."""
        try:
            return self.process(pid)._words
        except KeyError:
            return "not ended"

    def _repr_html_(self) -> str:
        from vm import notebook

        return notebook.html(self._sections())

    def _repr_pretty_(self, printer: Printer, is_cycle: bool) -> None:
        from vm import notebook

        notebook.pretty(self, printer, self._sections)
