"""The guest's standard input and outputs, and its terminal, as open files."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import Any

from vm.abi import Errno, OpenFlag, Poll
from vm.kernel.console import HostTerminal, Input, Output, OutputMeter
from vm.kernel.errors import SystemCallError
from vm.kernel.files import Channel, OpenFile, Wake, WouldBlock
from vm.kernel.vfs import FileSystem, Inode, User

INPUT_CHANNEL: Channel = ("console",)


class StandardStream(Inode):
    """What is behind a standard stream that is no terminal: to the guest a pipe, whatever the host has."""

    def __init__(self, filesystem: FileSystem, owner: User) -> None:
        super().__init__(filesystem, stat.S_IFIFO | 0o600, owner)

    def open(self) -> OpenFile:
        """An open file of the end that the guest has."""
        raise NotImplementedError


class InputStream(StandardStream):
    """What is behind a standard input."""

    def __init__(self, filesystem: FileSystem, owner: User, source: Input) -> None:
        super().__init__(filesystem, owner)
        self.source = source

    def open(self) -> OpenFile:
        """The end to read from."""
        return ConsoleInput(self, self.source)


class OutputStream(StandardStream):
    """What is behind a standard output or error."""

    def __init__(self, filesystem: FileSystem, owner: User, sink: Output, meter: OutputMeter) -> None:
        super().__init__(filesystem, owner)
        self.sink = sink
        self.meter = meter

    def open(self) -> OpenFile:
        """The end to write to."""
        return ConsoleOutput(self, self.sink, self.meter)


class ConsoleInput(OpenFile):
    """A standard input that is no terminal."""

    def __init__(self, inode: Inode, source: Input) -> None:
        super().__init__(inode, OpenFlag.O_RDONLY, b"pipe:[%d]" % inode.number)
        self.source = source

    def peek(self, size: int) -> bytes | WouldBlock:
        """Input that has arrived."""
        data = self.source.peek(size)
        return WouldBlock(INPUT_CHANNEL, "input") if data is None else data

    def advance(self, size: int, wake: Wake) -> None:
        """Consume input."""
        self.source.advance(size)

    def poll(self) -> int:
        """Readable when a read would not wait."""
        return 0 if self.source.peek(1) is None else Poll.POLLIN | Poll.POLLRDNORM

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Input."""
        return (INPUT_CHANNEL,)


class ConsoleOutput(OpenFile):
    """A standard output or error that is no terminal."""

    def __init__(self, inode: Inode, sink: Output, meter: OutputMeter) -> None:
        super().__init__(inode, OpenFlag.O_WRONLY, b"pipe:[%d]" % inode.number)
        self.sink = sink
        self.meter = meter

    def write(self, data: bytes, wake: Wake) -> int:
        """Write everything."""
        return write_out(self.sink, self.meter, data)

    def poll(self) -> int:
        """Always writable."""
        return Poll.POLLOUT | Poll.POLLWRNORM


def write_out(sink: Output, meter: OutputMeter, data: bytes) -> int:
    """Write all of ``data`` to the host; its length. SystemCallError."""
    try:
        meter.write(sink, data)
    except BrokenPipeError:
        raise SystemCallError(Errno.EPIPE) from None
    except OSError:
        raise SystemCallError(Errno.EIO) from None
    return len(data)


class Terminal:
    """The terminal a machine runs on: the controlling terminal of ``session``."""

    def __init__(self, host: HostTerminal, source: Input, meter: OutputMeter, session: int) -> None:
        self.host = host
        self.source = source
        self.meter = meter
        self.session = session

    @property
    def waiting(self) -> int:
        """Bytes that a read would get at once."""
        return int(getattr(self.source, "held", 0)) + self.host.waiting()

    def flush(self, queue: int) -> None:
        """Throw away input (0), output (1) or both (2); OSError."""
        forget: Any = getattr(self.source, "forget", None)
        if queue != 1 and forget is not None:
            forget()
        self.host.flush(queue)


class TerminalFile(OpenFile):
    """The terminal, opened."""

    def __init__(self, inode: Inode, terminal: Terminal, flags: int, path: bytes) -> None:
        super().__init__(inode, flags, path)
        self.terminal = terminal

    def peek(self, size: int) -> bytes | WouldBlock:
        """What was typed; empty at an end of file, which ends this read alone."""
        source: Any = self.terminal.source
        data: bytes | None = source.peek(size)
        if data == b"" and hasattr(source, "pass_end"):
            source.pass_end()
        if data is None and not self.terminal.host.waits_for_keys:
            return b""
        return WouldBlock(INPUT_CHANNEL, "input") if data is None else data

    def advance(self, size: int, wake: Wake) -> None:
        """Consume input."""
        self.terminal.source.advance(size)

    def write(self, data: bytes, wake: Wake) -> int:
        """Write everything."""
        return write_out(self.terminal.host, self.terminal.meter, data)

    def poll(self) -> int:
        """Readable when somebody has typed."""
        bits = Poll.POLLOUT | Poll.POLLWRNORM
        return bits if self.terminal.source.peek(1) is None else bits | Poll.POLLIN | Poll.POLLRDNORM

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Input."""
        return (INPUT_CHANNEL,)


@dataclass(slots=True)
class Console:
    """Where the guest's descriptors 0, 1 and 2 come from and go to."""

    input: Input
    output: Output
    errors: Output


def find_terminal(console: Console, meter: OutputMeter, session: int) -> Terminal | None:
    """The host's terminal, if one of the standard streams is one, as that of ``session``."""
    for end in (console.input, console.output, console.errors):
        host = getattr(end, "terminal", None)
        if host is not None:
            return Terminal(host, console.input, meter, session)
    return None


def standard_streams(
    console: Console, pipes: FileSystem, device: Inode, owner: User, terminal: Terminal | None, meter: OutputMeter
) -> list[OpenFile]:
    """Descriptors 0, 1 and 2: each the terminal, which is ``device``, where it is one on the host; a pipe otherwise."""
    streams: list[tuple[Input | Output, StandardStream]] = [
        (console.input, InputStream(pipes, owner, console.input)),
        (console.output, OutputStream(pipes, owner, console.output, meter)),
        (console.errors, OutputStream(pipes, owner, console.errors, meter)),
    ]
    files: list[OpenFile] = []
    for end, stream in streams:
        if terminal is not None and getattr(end, "terminal", None) is not None:
            files.append(TerminalFile(device, terminal, OpenFlag.O_RDWR, b"/dev/console"))
        else:
            files.append(stream.open())
    return files
