"""The guest's standard input and outputs, and its terminal, as open files."""

from __future__ import annotations

import stat
from dataclasses import field
from typing import Any, ClassVar

from vm.abi import Errno, OpenFlag, Poll
from vm.kernel.errors import SystemCallError
from vm.kernel.files.opened import Channel, OpenFile, Wake, WouldBlock
from vm.kernel.files.vfs import FileSystem, Inode, User
from vm.kernel.ports import (
    CHUNK,
    Closed,
    Input,
    Output,
    OutputMeter,
    TerminalPort,
    has_input,
    twin_of_input,
    twin_of_output,
)
from vm.values import dataclass

INPUT_CHANNEL: Channel = ("console",)
READABLE = Poll.POLLIN | Poll.POLLRDNORM
WRITABLE = Poll.POLLOUT | Poll.POLLWRNORM

_ERRNOS = {int(number): number for number in Errno}


def host_error(error: OSError) -> SystemCallError:
    """Return what a program sees of an error of its host's."""
    return SystemCallError(_ERRNOS.get(error.errno or 0, Errno.EIO))


def look_at(source: Input, size: int) -> bytes | WouldBlock:
    """Input that has arrived; SystemCallError."""
    try:
        data = source.peek(size)
    except OSError as error:
        raise host_error(error) from None
    return WouldBlock(INPUT_CHANNEL, "input") if data is None else data


def size_of_next(source: Input) -> int:
    """Return how many bytes the next read gets at most. Raises SystemCallError."""
    data = look_at(source, CHUNK)
    return 0 if isinstance(data, WouldBlock) else len(data)


def readiness(source: Input) -> int:
    """Readable when a read would take no time of the guest's: always, where nobody types."""
    return READABLE if not source.is_live or has_input(source) else 0


def announced(source: Input, events: int) -> tuple[Channel, ...]:
    """Return where one of ``events`` is announced: reading what is typed is the only one that may be to come."""
    return (INPUT_CHANNEL,) if source.is_live and events & READABLE else ()


@dataclass(slots=True, eq=False)
class Console:
    """The ends of the streams that lead out of a machine: where its descriptors 0, 1 and 2 come from and go to.

    :class:`~vm.kernel.ports.Closed` is nowhere. ``terminal`` is the host's, if one of them is one.
    """

    input: Input
    output: Output
    errors: Output
    terminal: TerminalPort | None = field(init=False)
    _screen: Output | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        found = [getattr(end, "terminal", None) for end in (self.input, self.output, self.errors)]
        self.terminal = next((terminal for terminal in found if terminal is not None), None)

    @property
    def screen(self) -> Output:
        """Where what is written to the terminal goes."""
        if self._screen is not None:
            return self._screen
        for end in (self.output, self.errors):
            if getattr(end, "terminal", None) is not None:
                return end
        assert self.terminal is not None, "a screen without a terminal"
        return self.terminal.output

    def twin(self, given: Console | None = None) -> Console:
        """Make the console of a copied machine: it reads what this would without the host, and keeps what it writes.

        Of an end of the host's it has what was read already and not consumed, and then the end. Or it is the one
        ``given``. A terminal that this has, and that has none, is one without a host; what it shows goes where the
        output goes that was this one's screen.
        """
        twin = given or Console(twin_of_input(self.input), twin_of_output(self.output), twin_of_output(self.errors))
        if self.terminal is not None and twin.terminal is None:
            twin.terminal, screen = self.terminal.twin(), self.screen
            twin._screen = twin.output if screen is self.output else twin.errors if screen is self.errors else None
        return twin


class StandardStream(Inode):
    """What is behind a standard stream that is no terminal: to the guest a pipe, whatever the host has."""

    def __init__(self, filesystem: FileSystem, owner: User) -> None:
        super().__init__(filesystem, stat.S_IFIFO | 0o600, owner)

    def open(self) -> OpenFile:
        """Return an open file of the end that the guest has."""
        raise NotImplementedError


class InputStream(StandardStream):
    """What is behind a standard input."""

    _follow: ClassVar[tuple[str, ...]] = ("console",)

    def __init__(self, filesystem: FileSystem, owner: User, console: Console) -> None:
        super().__init__(filesystem, owner)
        self.console = console

    def open(self) -> OpenFile:
        """Return the end to read from."""
        return ConsoleInput(self, self.console)


class OutputStream(StandardStream):
    """What is behind a standard output, or with ``is_errors`` a standard error."""

    _follow: ClassVar[tuple[str, ...]] = ("console", "meter")

    def __init__(
        self, filesystem: FileSystem, owner: User, console: Console, meter: OutputMeter, *, is_errors: bool
    ) -> None:
        super().__init__(filesystem, owner)
        self.console = console
        self.meter = meter
        self.is_errors = is_errors

    def open(self) -> OpenFile:
        """Return the end to write to."""
        return ConsoleOutput(self)


class ConsoleInput(OpenFile):
    """A standard input that is no terminal."""

    _follow: ClassVar[tuple[str, ...]] = ("console",)

    def __init__(self, inode: Inode, console: Console) -> None:
        super().__init__(inode, OpenFlag.O_RDONLY, b"pipe:[%d]" % inode.number)
        self.console = console

    @property
    def source(self) -> Input:
        """Where input comes from."""
        return self.console.input

    def peek(self, size: int) -> bytes | WouldBlock:
        """Input that has arrived."""
        return look_at(self.source, size)

    def advance(self, size: int, wake: Wake) -> None:
        """Consume input."""
        self.source.advance(size)

    @property
    def pauses(self) -> bool:
        """Behind a line."""
        return self.source.pauses

    def poll(self) -> int:
        """Readable when a read would take no time."""
        return readiness(self.source)

    def channels(self, events: int) -> tuple[Channel, ...]:
        """Input."""
        return announced(self.source, events)

    @property
    def waiting(self) -> int:
        """Bytes that the next read gets at most."""
        return size_of_next(self.source)


class ConsoleOutput(OpenFile):
    """A standard output or error that is no terminal."""

    _follow: ClassVar[tuple[str, ...]] = ("stream",)

    def __init__(self, stream: OutputStream) -> None:
        super().__init__(stream, OpenFlag.O_WRONLY, b"pipe:[%d]" % stream.number)
        self.stream = stream

    def write(self, data: bytes, wake: Wake) -> int:
        """Write everything."""
        console = self.stream.console
        return write_out(console.errors if self.stream.is_errors else console.output, self.stream.meter, data)

    def poll(self) -> int:
        """Always writable."""
        return WRITABLE


def write_out(sink: Output, meter: OutputMeter, data: bytes) -> int:
    """Write all of ``data`` to the host; its length. SystemCallError."""
    try:
        meter.write(sink, data)
    except OSError as error:
        raise SystemCallError(Errno.EPIPE) if isinstance(error, BrokenPipeError) else host_error(error) from None
    return len(data)


class Terminal:
    """The terminal a machine runs on: the controlling terminal of ``session``, of ``console``.

    ``settings`` are those that a process has given it last, a struct termios; empty while none has.
    """

    _follow: ClassVar[tuple[str, ...]] = ("console", "meter")

    def __init__(self, console: Console, meter: OutputMeter, session: int) -> None:
        self.console = console
        self.meter = meter
        self.session = session
        self.settings = b""

    @property
    def host(self) -> TerminalPort:
        """The host's terminal."""
        assert self.console.terminal is not None
        return self.console.terminal

    @property
    def source(self) -> Input:
        """Where what is typed comes from."""
        return self.console.input

    @property
    def waiting(self) -> int:
        """Bytes that a read would get at once. OSError and SystemCallError."""
        if not self.source.is_live:
            return size_of_next(self.source)
        return int(getattr(self.source, "held", 0)) + self.host.waiting()

    def flush(self, queue: int) -> None:
        """Throw away input (0), output (1) or both (2); OSError."""
        forget: Any = getattr(self.source, "forget", None)
        if queue != 1 and forget is not None:
            forget()
        self.host.flush(queue)


class TerminalFile(OpenFile):
    """The terminal, opened."""

    _follow: ClassVar[tuple[str, ...]] = ("terminal",)

    def __init__(self, inode: Inode, terminal: Terminal, flags: int, path: bytes) -> None:
        super().__init__(inode, flags, path)
        self.terminal = terminal

    def peek(self, size: int) -> bytes | WouldBlock:
        """Return what was typed; empty at an end of file, which ends this read alone."""
        source: Any = self.terminal.source
        data = look_at(source, size)
        if data == b"" and hasattr(source, "pass_end"):
            source.pass_end()
        try:
            is_over = isinstance(data, WouldBlock) and not self.terminal.host.waits_for_keys
        except OSError:  # it was hung up
            is_over = True
        return b"" if is_over else data

    def advance(self, size: int, wake: Wake) -> None:
        """Consume input."""
        self.terminal.source.advance(size)

    @property
    def pauses(self) -> bool:
        """Behind a line."""
        return self.terminal.source.pauses

    def write(self, data: bytes, wake: Wake) -> int:
        """Write everything."""
        return write_out(self.terminal.console.screen, self.terminal.meter, data)

    def poll(self) -> int:
        """Readable when somebody has typed."""
        return WRITABLE | readiness(self.terminal.source)

    def channels(self, events: int) -> tuple[Channel, ...]:
        """Input."""
        return announced(self.terminal.source, events)


def standard_streams(
    console: Console, pipes: FileSystem, device: Inode, owner: User, terminal: Terminal | None, meter: OutputMeter
) -> list[OpenFile | None]:
    """Descriptors 0, 1 and 2: each the terminal, which is ``device``, where it is one on the host; a pipe otherwise.

    None for one that is closed.
    """
    streams: list[tuple[Input | Output, StandardStream]] = [
        (console.input, InputStream(pipes, owner, console)),
        (console.output, OutputStream(pipes, owner, console, meter, is_errors=False)),
        (console.errors, OutputStream(pipes, owner, console, meter, is_errors=True)),
    ]
    files: list[OpenFile | None] = []
    for end, stream in streams:
        if isinstance(end, Closed):
            files.append(None)
        elif terminal is not None and getattr(end, "terminal", None) is not None:
            files.append(TerminalFile(device, terminal, OpenFlag.O_RDWR, b"/dev/console"))
        else:
            files.append(stream.open())
    return files
