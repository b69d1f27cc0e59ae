"""The guest's standard input and outputs, where the machine meets its host.

Input is a function of what was given, not of when it arrived: a regular file or given bytes are read as asked for, and
a pipe a line at a time, as a terminal would deliver it. Whoever asks for it waits with the whole machine, in no time of
the guest's, so that it is always there. Only at a real terminal do other processes run while nobody types.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import stat
import sys
import termios
import time
from collections.abc import Callable
from typing import Any, ClassVar, Protocol

from vm.abi import ICANON, TCGETS, TCSETS, VMIN
from vm.abi.layout import WORD, word
from vm.abi.structures import Termios, Winsize
from vm.kernel.errors import MachineStopped

CHUNK = 65536
IS_LINUX = sys.platform == "linux"
DEFAULT_TERMIOS = Termios.pack(
    c_iflag=0x500, c_oflag=0x5, c_cflag=0x4BF, c_lflag=0x8A3B,
    c_cc=b"\x03\x1c\x7f\x15\x04\0\x01\0\x11\x13\x1a\0\x12\x0f\x17\x16\0\0",
)  # fmt: skip
"""Linux's settings of a fresh terminal (drivers/tty/tty_io.c, tty_std_termios)."""


CAPTURE_LIMIT = 64 << 20
"""Bytes of each output that is kept, at most, unless the machine's own limit says else. The run ends there."""
AT_ONCE = 4096
"""Bytes that a pipe takes without waiting once it is ready for any (PIPE_BUF, pipe(7))."""
LONGEST_WAIT = 1_000_000
"""Seconds after which the host is asked anew: poll(2) cannot wait for more than 2^31 ms."""


class Input(Protocol):
    """Where a guest's standard input comes from.

    ``is_live``: somebody types, and other processes run in the meantime. Otherwise the machine stands still until
    there is input, so that nothing depends on when it arrives. ``pauses``: what was consumed last is where a read ends
    that could take more.
    """

    is_live: bool
    pauses: bool

    def peek(self, size: int) -> bytes | None:
        """Return up to ``size`` bytes, not consumed; empty at the end. Raises OSError when the host refuses.

        None while nobody has typed; where nobody types it waits for an answer, and None is for a signal or the end of
        the machine's time in the meantime.
        """

    def advance(self, size: int) -> None:
        """Consume bytes that :meth:`peek` returned."""

    def wait(self, seconds: float | None) -> None:
        """Let the host wait until something is typed or a signal arrives, at most so long."""


class Output(Protocol):
    """Where a guest's output goes."""

    def write(self, data: bytes) -> None:
        """Write all of ``data``; OSError when that cannot be, BrokenPipeError when nobody reads it."""


def limit_waiting(end: object, deadline: float | None) -> None:
    """Let an end that waits for the host, as its attribute ``deadline`` shows, do so until then at most.

    That is a moment of the host's monotonic clock, or None for ever.
    """
    if hasattr(end, "deadline"):
        end.deadline = deadline


def pass_time(source: object, idle: int | None) -> int | None:
    """Let an input that only follows what the guest writes, as its method ``pass_time`` shows, say what time it takes.

    Everybody in the machine waits, and goes on after ``idle`` nanoseconds of the guest's in any case; with None nobody
    does, so that such an input ends. Returns the nanoseconds that pass; None where the host is to be waited for.
    """
    say: Callable[[int | None], int | None] | None = getattr(source, "pass_time", None)
    return None if say is None else say(idle)


def has_input(source: Input) -> bool:
    """Tell whether a read gets an answer, be it an end or an error; waits as :meth:`Input.peek` does."""
    try:
        return source.peek(1) is not None
    except OSError:
        return True


class TerminalPort(Protocol):
    """A terminal that a machine runs at: the host's, or what a copied machine has in its place."""

    def attributes(self) -> bytes:
        """Return its settings, a struct termios of 36 bytes."""

    def set_attributes(self, request: int, data: bytes) -> None:
        """Change its settings: ``request`` is TCSETS, TCSETSW or TCSETSF. OSError."""

    @property
    def waits_for_keys(self) -> bool:
        """False where a read returns although nobody has typed."""

    @property
    def output(self) -> Output:
        """Its screen."""

    def window(self) -> bytes:
        """Rows and columns, a struct winsize of 8 bytes."""

    def waiting(self) -> int:
        """Return how many bytes can be read."""

    def flush(self, queue: int) -> None:
        """Throw away what was typed, or written, or both (tcflush(3)): 0, 1 or 2. OSError."""

    def restore(self) -> None:
        """Give it back as it was found."""

    def suspend(self) -> None:
        """Lend it, as it was found, to whoever goes on while the machine is stopped."""

    def resume(self) -> None:
        """Let it be as the guest had it again."""

    def twin(self) -> TerminalPort:
        """Return what a copied machine has in its place."""


def twin_of_input(source: Input) -> Input:
    """Make the input of a copied machine: one that goes on where this is, without the host."""
    twin: Callable[[], Input] | None = getattr(source, "twin", None)
    return BytesInput(b"") if twin is None else twin()


def twin_of_output(sink: Output) -> Output:
    """Make the output of a copied machine: with what this one has kept, if it keeps anything."""
    twin: Callable[[], Output] | None = getattr(sink, "twin", None)
    return Capture(CAPTURE_LIMIT) if twin is None else twin()


class Closed:
    """A standard stream that is not open: the guest has no such descriptor."""

    is_live = pauses = False

    def peek(self, size: int) -> bytes:
        """EBADF."""
        raise _bad_descriptor()

    def advance(self, size: int) -> None:
        """Nothing was read."""

    def wait(self, seconds: float | None) -> None:
        """Nothing will come."""

    def write(self, data: bytes) -> None:
        """EBADF."""
        raise _bad_descriptor()

    def twin(self) -> Closed:
        """Return what is not open is not open in a copy."""
        return self


def _bad_descriptor() -> OSError:
    return OSError(errno.EBADF, os.strerror(errno.EBADF))


def _access(descriptor: int) -> int:
    return fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE


def _is_unconnected(descriptor: int) -> bool:
    """Return true for a socket of a stream without a peer, which poll(2) waits for and read(2) refuses."""
    if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
        return False
    import socket  # for this alone

    with socket.socket(fileno=os.dup(descriptor)) as end:
        try:
            end.getpeername()
        except OSError as error:
            return end.type == socket.SOCK_STREAM and error.errno == errno.ENOTCONN
    return False


def left_until(moment: float | None) -> float | None:
    """Seconds until a moment of the host's monotonic clock, at least 0; None, for ever, for None."""
    return None if moment is None else max(0.0, moment - time.monotonic())


def wait_for(descriptor: int, events: int, seconds: float | None, waker: int | None = None) -> bool:
    """Wait, at most so long, until ``descriptor`` has one of poll(2)'s ``events`` or has failed; False if it has not.

    What can be read from ``waker``, which ends the wait, is read. Descriptors may be of any number, unlike select(2)'s.
    """
    poll = select.poll()
    poll.register(descriptor, events)
    if waker is not None:
        poll.register(waker, select.POLLIN)
    found = dict(poll.poll(None if seconds is None else 1000 * min(seconds, LONGEST_WAIT)))
    if waker in found:
        os.read(waker, CHUNK)
    return descriptor in found


class BytesInput:
    """Input from given bytes."""

    is_live = pauses = False

    def __init__(self, data: bytes, consumed: int = 0) -> None:
        self._data = data
        self._offset = 0
        self._before = consumed

    @property
    def consumed(self) -> int:
        """Bytes consumed in all, with those that another input had before this one."""
        return self._before + self._offset

    def peek(self, size: int) -> bytes:
        """Return the next bytes; empty at the end."""
        return self._data[self._offset : self._offset + size]

    def advance(self, size: int) -> None:
        """Consume ``size`` bytes."""
        self._offset += size

    def wait(self, seconds: float | None) -> None:
        """Never needed: bytes are always there."""

    def twin(self) -> BytesInput:
        """Return the same bytes, at the same place."""
        twin = BytesInput(self._data, self._before)
        twin._offset = self._offset
        return twin


class FileInput:
    """Input from a regular file of the host's: from its present position on, which stays where it is.

    So several runs read the same; :class:`HostInput` moves it, as a program of the host's would.
    """

    is_live = pauses = False

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._start = self._offset = os.lseek(descriptor, 0, os.SEEK_CUR)

    @property
    def consumed(self) -> int:
        """Bytes consumed."""
        return self._offset - self._start

    def peek(self, size: int) -> bytes:
        """Return the next bytes; empty at the end. Raises OSError."""
        return os.pread(self._descriptor, size, self._offset)

    def advance(self, size: int) -> None:
        """Consume ``size`` bytes."""
        self._offset += size

    def wait(self, seconds: float | None) -> None:
        """Never needed: a file does not wait."""

    def twin(self) -> FileInput:
        """Return the same file, at the same place."""
        twin = FileInput(self._descriptor)
        twin._start, twin._offset = self._start, self._offset
        return twin


class HostInput:
    """Input from a host file descriptor. ``waker``: another one, from which something can be read after a signal.

    ``deadline``: the moment of the host's monotonic clock from which on nothing is read that is not typed.
    ``consumed`` counts bytes. ``is_hurried`` is asked before waiting: True where a signal is to be taken first, or
    others are to run.
    """

    is_hurried: Callable[[], bool] = staticmethod(lambda: False)

    def __init__(self, descriptor: int, waker: int | None = None) -> None:
        self._descriptor = descriptor
        self._waker = waker
        self._held = b""
        self.consumed = 0
        self._ended = False
        self.pauses = False
        self._is_readable = _access(descriptor) != os.O_WRONLY
        self.deadline: float | None = None
        self.terminal = HostTerminal(descriptor) if os.isatty(descriptor) else None
        self.is_terminal = self.is_live = self.terminal is not None
        self._by_line = not stat.S_ISREG(os.fstat(descriptor).st_mode)
        self._fails_at_once = _is_unconnected(descriptor)

    def _is_ready(self, seconds: float | None) -> bool:
        return self._fails_at_once or wait_for(self._descriptor, select.POLLIN, seconds, self._waker)

    def _is_enough(self, size: int) -> bool:
        """Tell whether what is held answers a read of ``size`` bytes, whatever may come."""
        return self._ended or len(self._held) >= size or (self._by_line and b"\n" in self._held)

    def peek(self, size: int) -> bytes | None:
        """Return the next bytes; of a pipe or terminal at most one line, for which a pipe's reader waits.

        A terminal's line may be a part of one: what was typed when it is not in lines.
        """
        if not self._is_readable:
            raise _bad_descriptor()
        while not self._is_enough(size):
            left = 0 if self.is_terminal else left_until(self.deadline)
            if left == 0 and not self.is_terminal:
                return None
            if self._by_line and not self._is_ready(0 if self.is_hurried() else left):
                if self.is_terminal and self._held:
                    break
                return None
            try:
                data = os.read(self._descriptor, CHUNK if self._by_line else size - len(self._held))
            except BlockingIOError:  # somebody else was quicker
                continue
            self._held += data
            self._ended = not data
            if self.is_terminal:
                break
        line = self._held.find(b"\n") + 1 if self._by_line else 0
        return self._held[: min(size, line or size)]

    def advance(self, size: int) -> None:
        """Consume ``size`` bytes; behind a line there is a pause."""
        self.pauses = self._by_line and self._held[size - 1 : size] == b"\n"
        self._held = self._held[size:]
        self.consumed += size

    def pass_end(self) -> None:
        """Note that a read has seen the end of file: at a terminal it ends one read, not all."""
        self._ended = self._ended and not self.is_terminal

    def forget(self) -> None:
        """Throw away what has been read and not been consumed."""
        self.consumed += len(self._held)
        self._held = b""

    @property
    def held(self) -> int:
        """Bytes read and not consumed."""
        return len(self._held)

    def wait(self, seconds: float | None) -> None:
        """Wait until the host can read."""
        self._is_ready(seconds)

    def twin(self) -> BytesInput:
        """Return what was read and not consumed; the host's own end is not touched."""
        return BytesInput(self._held, self.consumed)


class Capture:
    """Output kept in memory, at most ``limit`` bytes of it."""

    def __init__(self, limit: int) -> None:
        self.data = bytearray()
        self._limit = limit

    def write(self, data: bytes) -> None:
        """Keep ``data``, and raise MachineStopped when it is too much."""
        room = self._limit - len(self.data)
        self.data += data[:room]
        if room < len(data):
            raise MachineStopped(f"limit of {self._limit:,} bytes of an output that is kept")

    def twin(self) -> Capture:
        """Return what was kept, to go on from."""
        twin = Capture(self._limit)
        twin.data += self.data
        return twin


class HostOutput:
    """Output to a host file descriptor.

    ``deadline``: the moment of the host's monotonic clock from which on nothing is written, and what is left is lost:
    the machine's time is up. ``taken`` are the bytes of the last write that the host took. ``may_wait``: it does where
    nobody reads.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._is_writable = _access(descriptor) != os.O_RDONLY
        self.may_wait = not stat.S_ISREG(os.fstat(descriptor).st_mode)
        self.deadline: float | None = None
        self.taken = 0

    @property
    def terminal(self) -> HostTerminal | None:
        """The terminal it goes to, if it does."""
        return HostTerminal(self._descriptor) if os.isatty(self._descriptor) else None

    def is_ready(self, seconds: float) -> bool:
        """Wait until the host takes something, or has failed, at most so long."""
        return wait_for(self._descriptor, select.POLLOUT, seconds)

    def write(self, data: bytes) -> None:
        """Write all of ``data``; OSError."""
        if not self._is_writable:
            raise _bad_descriptor()
        view = memoryview(data)
        self.taken = 0
        is_timed = self.may_wait and self.deadline is not None
        while view:
            left = left_until(self.deadline)
            if left == 0:
                return
            if is_timed and not wait_for(self._descriptor, select.POLLOUT, left):
                continue
            try:
                count = os.write(self._descriptor, view[:AT_ONCE] if is_timed else view)
            except BlockingIOError:  # it does not wait by itself, or somebody else was quicker
                wait_for(self._descriptor, select.POLLOUT, left)
                continue
            self.taken += count
            view = view[count:]


class OutputMeter:
    """Counts what the guest has ``written`` to its outputs together, against a limit in bytes; None is no limit."""

    _follow: ClassVar[tuple[str, ...]] = ()

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self.written = 0

    @property
    def left(self) -> int | None:
        """Bytes that may still be written; None for any number."""
        return None if self._limit is None else self._limit - self.written

    def write(self, sink: Output, data: bytes) -> None:
        """Write ``data`` to ``sink``, up to the limit, and raise MachineStopped beyond it."""
        left = self.left
        room = len(data) if left is None else min(len(data), left)
        self.written += room
        sink.write(data[:room])
        if room < len(data):
            raise MachineStopped(f"output limit of {self._limit:,} bytes")


class KeptTerminal:
    """A terminal without a host: it keeps what it is told, shows nothing, and nobody types at it."""

    waits_for_keys = True

    def __init__(self, attributes: bytes, window: bytes) -> None:
        self._attributes = attributes
        self._window = window

    def attributes(self) -> bytes:
        """Return its settings, a struct termios of 36 bytes."""
        return self._attributes

    def set_attributes(self, request: int, data: bytes) -> None:
        """Change its settings."""
        self._attributes = data

    @property
    def output(self) -> Capture:
        """A screen that keeps what is written to it."""
        return Capture(CAPTURE_LIMIT)

    def window(self) -> bytes:
        """Rows and columns, a struct winsize of 8 bytes."""
        return self._window

    def waiting(self) -> int:
        """No bytes."""
        return 0

    def flush(self, queue: int) -> None:
        """There is nothing to throw away."""

    def restore(self) -> None:
        """Nobody has lent it."""

    suspend = resume = restore

    def twin(self) -> KeptTerminal:
        """Return a terminal with the same settings."""
        return KeptTerminal(self._attributes, self._window)


class HostTerminal:
    """A terminal of the host, whose settings a guest may ask for and change; :meth:`restore` undoes all changes.

    Settings travel as struct termios of the generic Linux ABI, which riscv32 shares with the hosts that have these
    calls; on a host with another ABI the terminal shows Linux's defaults and cannot be changed.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._before: list[Any] | None = None
        self._wanted = b""
        self._is_suspended = False

    def attributes(self) -> bytes:
        """Return its settings, a struct termios of 36 bytes."""
        return self._ask(TCGETS, bytes(Termios.SIZE)) if IS_LINUX else DEFAULT_TERMIOS

    def set_attributes(self, request: int, data: bytes) -> None:
        """Change its settings: ``request`` is TCSETS, TCSETSW or TCSETSF. OSError."""
        if self._before is None:
            self._before = termios.tcgetattr(self._descriptor)
        if IS_LINUX:
            self._ask(request, data)
            self._wanted = data

    @property
    def waits_for_keys(self) -> bool:
        """False where a read returns although nobody has typed: not in lines, and with no least number of bytes."""
        settings = Termios.unpack(self.attributes())
        return bool(settings.c_lflag & ICANON) or settings.c_cc[VMIN] > 0

    @property
    def output(self) -> HostOutput:
        """Its screen, by the same descriptor."""
        return HostOutput(self._descriptor)

    def window(self) -> bytes:
        """Rows and columns, a struct winsize of 8 bytes."""
        return self._ask(termios.TIOCGWINSZ, bytes(Winsize.SIZE))

    def waiting(self) -> int:
        """Return how many bytes can be read."""
        return word(self._ask(termios.FIONREAD, bytes(WORD.size)))

    def flush(self, queue: int) -> None:
        """Throw away what was typed, or written, or both (tcflush(3)): 0, 1 or 2. OSError."""
        termios.tcflush(self._descriptor, (termios.TCIFLUSH, termios.TCOFLUSH, termios.TCIOFLUSH)[queue])

    def twin(self) -> KeptTerminal:
        """Return a terminal with the present settings that is not the host's."""
        try:
            return KeptTerminal(self.attributes(), self.window())
        except OSError:  # it was hung up
            return KeptTerminal(DEFAULT_TERMIOS, bytes(8))

    def restore(self) -> None:
        """Give the terminal back as it was found, at once, unless it is another job's by now or is gone."""
        if self._before is not None and not self._is_anothers:
            before, self._before = self._before, None
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._descriptor, termios.TCSANOW, before)

    def suspend(self) -> None:
        """Lend the terminal, as it was found, to whoever goes on while the machine is stopped."""
        if self._before is not None and not self._is_anothers:
            self._is_suspended = True
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._descriptor, termios.TCSANOW, self._before)

    def resume(self) -> None:
        """Let it be as the guest had it again, if it did and the terminal is not another job's."""
        if self._before is None or not self._wanted or self._is_anothers:
            return
        with contextlib.suppress(termios.error, OSError):
            if self._is_suspended:
                self._before = termios.tcgetattr(self._descriptor)
            self._is_suspended = False
            self._ask(TCSETS, self._wanted)

    @property
    def _is_anothers(self) -> bool:
        try:
            return os.tcgetpgrp(self._descriptor) != os.getpgrp()
        except OSError:  # it is not the one that controls us, and has no jobs of ours
            return False

    def _ask(self, request: int, data: bytes) -> bytes:
        return fcntl.ioctl(self._descriptor, request, data)
