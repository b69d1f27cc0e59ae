"""The guest's standard input and outputs, where the machine meets its host.

Input is a function of what was given, not of when it arrived: a regular file or given bytes are read as asked for, and
a pipe a line at a time, as a terminal would deliver it, with the machine waiting for the line. Only at a real terminal
do other processes run while nobody types.
"""

from __future__ import annotations

import fcntl
import os
import select
import stat
import sys
import termios
from typing import Any, Protocol

from vm.kernel.errors import MachineStopped

CHUNK = 65536
IS_LINUX = sys.platform == "linux"
TCGETS = 0x5401
TERMIOS_SIZE = 36
ICANON, VMIN_AT = 0x2, 17 + 6
"""The bit of c_lflag, and the place of c_cc[VMIN] in struct termios."""
DEFAULT_TERMIOS = (
    b"".join(word.to_bytes(4, "little") for word in (0x500, 0x5, 0x4BF, 0x8A3B))
    + b"\0\x03\x1c\x7f\x15\x04\0\x01\0\x11\x13\x1a\0\x12\x0f\x17\x16\0\0"
).ljust(TERMIOS_SIZE, b"\0")
"""Linux's settings of a fresh terminal (drivers/tty/tty_io.c, tty_std_termios)."""


class Input(Protocol):
    """Where a guest's standard input comes from.

    ``is_live``: somebody types, and other processes run in the meantime. Otherwise the machine stands still until
    there is input, so that nothing depends on when it arrives.
    """

    is_live: bool

    def peek(self, size: int) -> bytes | None:
        """Up to ``size`` bytes, not consumed; empty at the end, None when nothing can be said yet."""

    def advance(self, size: int) -> None:
        """Consume bytes that :meth:`peek` returned."""

    def wait(self, seconds: float | None) -> None:
        """Let the host wait until :meth:`peek` has an answer or a signal arrives, at most so long."""


class Output(Protocol):
    """Where a guest's output goes."""

    def write(self, data: bytes) -> None:
        """Write all of ``data``; BrokenPipeError when nobody reads it."""


class BytesInput:
    """Input from given bytes."""

    is_live = False

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._offset = 0

    def peek(self, size: int) -> bytes:
        """The next bytes; empty at the end."""
        return self._data[self._offset : self._offset + size]

    def advance(self, size: int) -> None:
        """Consume ``size`` bytes."""
        self._offset += size

    def wait(self, seconds: float | None) -> None:
        """Never needed: bytes are always there."""


class HostInput:
    """Input from a host file descriptor. ``waker``: another one, from which something can be read after a signal."""

    def __init__(self, descriptor: int, waker: int | None = None) -> None:
        self._descriptor = descriptor
        self._waker = waker
        self._held = b""
        self._ended = False
        self.terminal = HostTerminal(descriptor) if os.isatty(descriptor) else None
        self.is_terminal = self.is_live = self.terminal is not None
        self._by_line = not stat.S_ISREG(os.fstat(descriptor).st_mode)

    def _is_ready(self, seconds: float | None) -> bool:
        watched = [self._descriptor] if self._waker is None else [self._descriptor, self._waker]
        ready = select.select(watched, [], [], seconds)[0]
        if self._waker in ready:
            os.read(self._waker, CHUNK)
        return self._descriptor in ready

    def peek(self, size: int) -> bytes | None:
        """The next bytes; of a pipe or terminal at most one line, None until it has arrived."""
        while not self._ended and len(self._held) < size and not (self._by_line and b"\n" in self._held):
            if self._by_line and not self._is_ready(0):
                if self.is_terminal and self._held:
                    break
                return None
            data = os.read(self._descriptor, CHUNK if self._by_line else size - len(self._held))
            self._held += data
            self._ended = not data
            if self.is_terminal:
                break
        line = self._held.find(b"\n") + 1 if self._by_line else 0
        return self._held[: min(size, line or size)]

    def advance(self, size: int) -> None:
        """Consume ``size`` bytes."""
        self._held = self._held[size:]

    def pass_end(self) -> None:
        """A read has seen the end of file: at a terminal it ends one read, not all."""
        self._ended = self._ended and not self.is_terminal

    def forget(self) -> None:
        """Throw away what has been read and not been consumed."""
        self._held = b""

    @property
    def held(self) -> int:
        """Bytes read and not consumed."""
        return len(self._held)

    def wait(self, seconds: float | None) -> None:
        """Wait until the host can read."""
        self._is_ready(seconds)


class Capture:
    """Output kept in memory."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes) -> None:
        """Keep ``data``."""
        self.data += data


class HostOutput:
    """Output to a host file descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @property
    def terminal(self) -> HostTerminal | None:
        """The terminal it goes to, if it does."""
        return HostTerminal(self._descriptor) if os.isatty(self._descriptor) else None

    def write(self, data: bytes) -> None:
        """Write all of ``data``."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]


class OutputMeter:
    """Counts what the guest writes to its outputs together, against a limit in bytes; None is no limit."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._written = 0

    def write(self, sink: Output, data: bytes) -> None:
        """Write ``data`` to ``sink``, up to the limit, and raise MachineStopped beyond it."""
        room = len(data) if self._limit is None else min(len(data), self._limit - self._written)
        self._written += room
        sink.write(data[:room])
        if room < len(data):
            raise MachineStopped(f"output limit of {self._limit:,} bytes")


class HostTerminal:
    """A terminal of the host, whose settings a guest may ask for and change; :meth:`restore` undoes all changes.

    Settings travel as struct termios of the generic Linux ABI, which riscv32 shares with the hosts that have these
    calls; on a host with another ABI the terminal shows Linux's defaults and cannot be changed.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._before: list[Any] | None = None

    def attributes(self) -> bytes:
        """Its settings, a struct termios of 36 bytes."""
        return self._ask(TCGETS, bytes(TERMIOS_SIZE)) if IS_LINUX else DEFAULT_TERMIOS

    def set_attributes(self, request: int, data: bytes) -> None:
        """Change its settings: ``request`` is TCSETS, TCSETSW or TCSETSF. OSError."""
        if self._before is None:
            self._before = termios.tcgetattr(self._descriptor)
        if IS_LINUX:
            self._ask(request, data)

    @property
    def waits_for_keys(self) -> bool:
        """False where a read returns although nobody has typed: not in lines, and with no least number of bytes."""
        data = self.attributes()
        return bool(int.from_bytes(data[12:16], "little") & ICANON) or data[VMIN_AT] > 0

    def window(self) -> bytes:
        """Rows and columns, a struct winsize of 8 bytes."""
        return self._ask(termios.TIOCGWINSZ, bytes(8))

    def waiting(self) -> int:
        """Bytes that can be read."""
        return int.from_bytes(self._ask(termios.FIONREAD, bytes(4)), "little")

    def flush(self, queue: int) -> None:
        """Throw away what was typed, or written, or both (tcflush(3)): 0, 1 or 2. OSError."""
        termios.tcflush(self._descriptor, (termios.TCIFLUSH, termios.TCOFLUSH, termios.TCIOFLUSH)[queue])

    def write(self, data: bytes) -> None:
        """Write all of ``data``."""
        HostOutput(self._descriptor).write(data)

    def restore(self) -> None:
        """Give the terminal back as it was found."""
        if self._before is not None:
            before, self._before = self._before, None
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, before)

    def _ask(self, request: int, data: bytes) -> bytes:
        return fcntl.ioctl(self._descriptor, request, data)
