"""Registers and memory as a client reads and writes them (gdb manual, "Packets": g, G, p, P, m, M, x, X)."""

from __future__ import annotations

import struct
from collections.abc import Callable

from vm.abi.errors import Errno
from vm.debug.documents import REGISTERS
from vm.debug.packets import MOST_DATA, escape
from vm.debug.parsing import SPACE, binary, data, halves, malformed, number, numbers
from vm.debug.selection import Selection
from vm.debug.target import Refused

_REGISTERS = struct.Struct(f"<{len(REGISTERS)}I")


def _read_registers(selection: Selection, _: bytes) -> bytes:
    return _REGISTERS.pack(*selection.target.registers(selection.thread().tid)).hex().encode()


def _write_registers(selection: Selection, argument: bytes) -> bytes:
    values = data(argument)
    if len(values) != _REGISTERS.size:
        raise malformed("not the registers")
    selection.target.set_registers(selection.thread().tid, _REGISTERS.unpack(values))
    return b"OK"


def _read_register(selection: Selection, argument: bytes) -> bytes:
    value = selection.target.registers(selection.thread().tid)[_register(argument)]
    return value.to_bytes(4, "little").hex().encode()


def _write_register(selection: Selection, argument: bytes) -> bytes:
    which, digits = halves(argument, b"=")
    value = data(digits)
    if len(value) != 4:
        raise malformed("not a register")
    change_register(selection, selection.thread().tid, _register(which), int.from_bytes(value, "little"))
    return b"OK"


def change_register(selection: Selection, tid: int, which: int, value: int) -> None:
    """Change one register of a thread."""
    values = list(selection.target.registers(tid))
    values[which] = value
    selection.target.set_registers(tid, values)


def _register(text: bytes) -> int:
    which = number(text)
    if which >= len(REGISTERS):
        raise malformed("no register")
    return which


def _read(selection: Selection, argument: bytes) -> bytes:
    """Bytes of memory, as many as there are and fit a packet."""
    address, size = numbers(argument, b",", 2)
    if address >= SPACE:
        raise Refused(Errno.EFAULT)
    size = min(size, MOST_DATA, SPACE - address)
    return selection.target.read(selection.thread().pid, address, size) if size else b""


def _read_as_digits(selection: Selection, argument: bytes) -> bytes:
    return _read(selection, argument).hex().encode()


def _read_as_it_is(selection: Selection, argument: bytes) -> bytes:
    return b"b" + escape(_read(selection, argument))


def _write_digits(selection: Selection, argument: bytes) -> bytes:
    where, digits = halves(argument, b":")
    return _write(selection, where, data(digits))


def _write_as_it_is(selection: Selection, argument: bytes) -> bytes:
    where, escaped = halves(argument, b":")
    return _write(selection, where, binary(escaped))


def _write(selection: Selection, where: bytes, content: bytes) -> bytes:
    address, size = numbers(where, b",", 2)
    if size != len(content):
        raise malformed("another size")
    if address + size > SPACE:
        raise Refused(Errno.EFAULT)
    if content:
        selection.target.write(selection.thread().pid, address, content)
    return b"OK"


PACKETS: dict[bytes, Callable[[Selection, bytes], bytes]] = {
    b"g": _read_registers, b"G": _write_registers, b"p": _read_register, b"P": _write_register,
    b"m": _read_as_digits, b"M": _write_digits, b"x": _read_as_it_is, b"X": _write_as_it_is,
}  # fmt: skip
"""What is answered here, by name."""
