"""Services that print to standard output and read a line from standard input.

As RARS's command line has it, whatever is read is a line: a character is the first of its line. (Sources: RARS's help;
``rars/util/SystemIO.java``.)
"""

from __future__ import annotations

import re

from vm.abi import Errno, Signal
from vm.kernel import telling
from vm.kernel.errors import SystemCallError
from vm.kernel.files.opened import WouldBlock
from vm.kernel.files.terminal import TerminalFile
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task, Wait
from vm.kernel.services.table import Ended, service
from vm.kernel.signals import sending
from vm.kernel.syscalls import Kind
from vm.kernel.syscalls.buffers import CHUNK
from vm.kernel.syscalls.terminals import wait_for_foreground
from vm.kernel.syscalls.transfers import drop_privileges
from vm.text import printable

LONGEST_STRING = 4 << 20
"""Bytes of a string that is printed, its end not counted: as much as RARS's memory for data."""
LONGEST_LINE = 1 << 20
"""Bytes of a line that are read."""


def put(kernel: Kernel, task: Task, data: bytes) -> Wait | None:
    """Write ``data`` to standard output; what a closed one does not take is lost, as for RARS."""
    try:
        file = task.files.writer(1)
        done = task.moved
        while done < len(data):
            taken = telling.write(kernel, task, file, data[done : done + CHUNK])
            if isinstance(taken, WouldBlock):
                task.moved = done
                return Wait((taken.channel,), taken.why)
            done += taken
            drop_privileges(task, file)
            kernel.check_time()
    except SystemCallError as error:
        if error.errno == Errno.EPIPE:
            sending.send_own(kernel, task, Signal.SIGPIPE)
    return None


def take_line(kernel: Kernel, task: Task) -> bytes | Wait:
    """Return a line of standard input with its end, which only the last of a file may lack.

    Empty at the end of the file.

    Ended for one that is too long, and where there is no input.
    """
    assert task.process.personality is not None
    line = task.process.personality.line
    try:
        file = task.files.reader(0)
        if isinstance(file, TerminalFile) and (wait := wait_for_foreground(kernel, task, Signal.SIGTTIN)):
            return wait
        while not line.endswith(b"\n"):
            data = file.peek(CHUNK)
            if isinstance(data, WouldBlock):
                return Wait((data.channel,), data.why)
            if not data:
                break
            piece = data[: data.find(b"\n") + 1] or data
            file.advance(len(piece), kernel.scheduler.wake)
            if kernel.events.wants_bytes:
                telling.read(kernel, task, file, piece)
            line += piece
            if len(line) > LONGEST_LINE:
                raise Ended(f"a line of more than {LONGEST_LINE >> 20} MiB")
            kernel.check_time()
    except SystemCallError as error:
        raise Ended(f"standard input cannot be read: {error.errno.name}") from None
    whole = bytes(line)
    line.clear()
    return whole


def string_at(task: Task, address: int) -> bytes:
    """Return the string of a program at ``address``. Raises BadAddress, Ended."""
    data = task.memory.read_string(address, LONGEST_STRING)
    if data is None:
        raise Ended(f"the string at {address:#x} does not end")
    return data


# --- printing -------------------------------------------------------------------------------------------------------


@service("print_int", "prints the number, with a sign if it is negative", number=Kind.INT)
def print_int(kernel: Kernel, task: Task, number: int) -> Wait | None:
    """RARS's PrintInt, Venus's print_int."""
    return put(kernel, task, b"%d" % number)


@service("print_hex", "prints the number in hexadecimal: 0x and eight digits", number=Kind.SIZE)
def print_hex(kernel: Kernel, task: Task, number: int) -> Wait | None:
    """RARS's PrintIntHex."""
    return put(kernel, task, b"0x%08x" % number)


@service("print_binary", "prints the number in binary, 32 digits", number=Kind.SIZE)
def print_binary(kernel: Kernel, task: Task, number: int) -> Wait | None:
    """RARS's PrintIntBinary."""
    return put(kernel, task, f"{number:032b}".encode())


@service("print_unsigned", "prints the number as one without a sign", number=Kind.SIZE)
def print_unsigned(kernel: Kernel, task: Task, number: int) -> Wait | None:
    """RARS's PrintIntUnsigned."""
    return put(kernel, task, b"%d" % number)


@service("print_string", "prints the bytes before the next 0", string=Kind.PATH)
def print_string(kernel: Kernel, task: Task, string: int) -> Wait | None:
    """RARS's PrintString, Venus's print_string."""
    return put(kernel, task, string_at(task, string))


@service("print_char", "prints the byte", character=Kind.SIZE)
def print_char(kernel: Kernel, task: Task, character: int) -> Wait | None:
    """RARS's PrintChar, Venus's print_character."""
    return put(kernel, task, bytes([character & 0xFF]))


# --- reading --------------------------------------------------------------------------------------------------------

_INTEGER = re.compile(rb"\s*([+-]?)0*([0-9]{1,10})\s*")


@service("read_int", "reads a line that holds a number; ends the program for any other", "the number")
def read_int(kernel: Kernel, task: Task) -> int | Wait:
    """RARS's ReadInt: what Java's Integer.parseInt takes, with space around it."""
    line = take_line(kernel, task)
    if isinstance(line, Wait):
        return line
    if not line:
        raise Ended("standard input has ended")
    found = _INTEGER.fullmatch(line)
    if not found or not -(1 << 31) <= (number := int(found[1] + found[2])) < 1 << 31:
        raise Ended(f"{shown(line)} is no number of 32 bits")
    return number


def shown(line: bytes) -> str:
    """Return a line as messages show it."""
    text = printable(line.strip().decode("utf-8", "surrogateescape"))
    return f"'{text[:40]}…'" if len(text) > 40 else f"'{text}'"


@service(
    "read_string",
    "reads a line into the buffer, up to length - 1 bytes of it, and a 0; the rest of the line is lost. A shorter one "
    "has its end of line",
    buffer=Kind.RECEIVED,
    length=Kind.INT,
)
def read_string(kernel: Kernel, task: Task, buffer: int, length: int) -> Wait | None:
    """RARS's ReadString, like fgets(3)."""
    line = take_line(kernel, task)
    if isinstance(line, Wait):
        return line
    if length > 0:
        text = line.removesuffix(b"\n") + b"\n"
        task.memory.write(buffer, text[: length - 1] + b"\0")
    return None


@service("read_char", "reads a line; ends the program at the end of the input", "its first byte")
def read_char(kernel: Kernel, task: Task) -> int | Wait:
    """RARS's ReadChar as its command line has it."""
    line = take_line(kernel, task)
    if isinstance(line, Wait):
        return line
    if not line:
        raise Ended("standard input has ended")
    return line[0]
