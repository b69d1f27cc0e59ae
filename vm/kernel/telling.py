"""Bytes that processes write and read, told where somebody listens."""

from __future__ import annotations

from typing import Protocol

from vm import events
from vm.kernel.errors import MachineStopped
from vm.kernel.files.opened import Wake, WouldBlock
from vm.kernel.files.pipes import PipeEnd
from vm.kernel.files.terminal import ConsoleInput, ConsoleOutput, TerminalFile
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task


class Writer(Protocol):
    """Where bytes go: an open file, or a place in one."""

    def write(self, data: bytes, wake: Wake) -> int | WouldBlock:
        """Write some of ``data`` and return how many bytes were taken. Raises SystemCallError."""


def write(kernel: Kernel, task: Task, writer: Writer, data: bytes) -> int | WouldBlock:
    """Write some of ``data`` for ``task`` and return how many bytes were taken. Raises SystemCallError."""
    if not kernel.events.wants_bytes:
        return writer.write(data, kernel.scheduler.wake)
    before = kernel.system.meter.written
    try:
        taken = writer.write(data, kernel.scheduler.wake)
    except MachineStopped:
        _written(kernel, task, writer, data[: kernel.system.meter.written - before])
        raise
    if not isinstance(taken, WouldBlock):
        _written(kernel, task, writer, data[:taken])
    return taken


def _written(kernel: Kernel, task: Task, writer: Writer, data: bytes) -> None:
    if isinstance(writer, PipeEnd):
        kernel.emit_ahead(events.PipeBytes, task.pid, writer.pipe.number, data, False, task.tid)
    elif isinstance(writer, TerminalFile):
        kernel.emit(events.Output, task.pid, "terminal", data, task.tid)
    elif isinstance(writer, ConsoleOutput):
        stream = "errors" if writer.stream.is_errors else "output"
        kernel.emit(events.Output, task.pid, stream, data, task.tid)


def read(kernel: Kernel, task: Task, reader: object, data: bytes) -> None:
    """Tell that ``task`` has taken ``data`` from where it reads."""
    if isinstance(reader, PipeEnd):
        kernel.emit_ahead(events.PipeBytes, task.pid, reader.pipe.number, data, True, task.tid)
    elif isinstance(reader, TerminalFile | ConsoleInput):
        kernel.emit(events.Input, task.pid, data, task.tid)
