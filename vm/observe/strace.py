"""System calls, signals and ends of processes as strace(1) writes them, a line each."""

from __future__ import annotations

import os
from collections.abc import Callable

from vm import events
from vm.abi import CALL_NAMES, ERESTARTSYS, Errno, signal_name
from vm.kernel.kernel import Kernel
from vm.kernel.syscalls import TABLE, Kind, Row
from vm.text import message, printable

SHOWN = 32
"""Bytes of a buffer that are shown, as strace's -s."""
_ADDRESS_RESULTS = frozenset({"brk"})
_NEVER_RETURN = frozenset({"exit", "exit_group"})


def quote(data: bytes, size: int) -> str:
    """Bytes as a C string literal, cut at :data:`SHOWN` of ``size``."""
    named = {0: "\\0", 9: "\\t", 10: "\\n", 13: "\\r", 34: '\\"', 92: "\\\\"}
    text = "".join(named.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}") for byte in data[:SHOWN])
    return f'"{text}"' + ("..." if size > SHOWN else "")


class Tracer:
    """Writes a line for each thing that happens to a process of ``kernel`` to ``write``."""

    def __init__(self, kernel: Kernel, write: Callable[[str], None]) -> None:
        self._kernel = kernel
        self._write = write
        self._entered: dict[int, list[str]] = {}
        self._unknown: set[int] = set()
        stream = kernel.events
        stream.subscribe(events.CallEntered, self._enter)
        stream.subscribe(events.CallReturned, self._return)
        stream.subscribe(events.Signalled, self._signal)
        stream.subscribe(events.Faulted, self._fault)
        stream.subscribe(events.Exited, self._exit)
        stream.subscribe(events.Rejected, self._rejected)

    def _say(self, pid: int, text: str) -> None:
        self._write(message(f"[pid {pid}] {text}"))

    def _enter(self, event: events.CallEntered) -> None:
        row = TABLE.get(event.number)
        shown = self._arguments(event.pid, row, event.arguments) if row else []
        if row is not None and row.name in _NEVER_RETURN:
            self._say(event.pid, f"{row.name}({', '.join(shown)}) = ?")
        self._entered[event.pid] = shown

    def _return(self, event: events.CallReturned) -> None:
        row = TABLE.get(event.number)
        shown = self._entered.pop(event.pid, [])
        if row is None:
            self._say_unknown(event.pid, event.number)
            return
        if row.name in _NEVER_RETURN:
            return
        for index, (_, kind) in enumerate(row.arguments):
            if kind is Kind.RECEIVED and event.result is not None:
                shown[index] = self._buffer(event.pid, event.arguments[index], max(0, event.result))
        self._say(event.pid, f"{row.name}({', '.join(shown)}) = {self._result(row, event.result)}")

    def _say_unknown(self, pid: int, number: int) -> None:
        if number not in self._unknown:
            self._unknown.add(number)
            name = CALL_NAMES.get(number, f"system call {number}")
            self._say(pid, f"{name}(...) = -1 ENOSYS (number {number} is not implemented; said once)")

    def _result(self, row: Row, result: int | None) -> str:
        if result is None:
            return "0"
        if result == -ERESTARTSYS:
            return "? ERESTARTSYS (made again after the handler)"
        if -4096 < result < 0:
            return f"-1 {Errno(-result).name} ({os.strerror(-result)})"
        return f"{result:#x}" if row.name in _ADDRESS_RESULTS else str(result)

    def _arguments(self, pid: int, row: Row, values: tuple[int, ...]) -> list[str]:
        shown = []
        for index, (_, kind) in enumerate(row.arguments):
            value = values[index]
            if kind.is_signed:
                shown.append(str(value - ((value & 0x8000_0000) << 1)))
            elif kind is Kind.SIZE:
                shown.append(str(value))
            elif kind is Kind.PATH:
                shown.append(self._string(pid, value))
            elif kind is Kind.STRINGS:
                shown.append(self._strings(pid, value))
            elif kind is Kind.SENT:
                shown.append(self._buffer(pid, value, values[index + 1]))
            else:
                shown.append(f"{value:#x}" if value else "0")
        return shown

    def _peek(self, pid: int, address: int, size: int) -> bytes:
        task = self._kernel.processes.get(pid)
        return task.space.peek(address, size) if task and task.space else b""

    def _buffer(self, pid: int, address: int, size: int) -> str:
        data = self._peek(pid, address, min(size, SHOWN))
        return quote(data, size) if data or not size else f"{address:#x}"

    def _string(self, pid: int, address: int) -> str:
        data = self._peek(pid, address, 256)
        return (
            quote(data.split(b"\0")[0], data.find(b"\0") if b"\0" in data else len(data)) if data else f"{address:#x}"
        )

    def _strings(self, pid: int, address: int) -> str:
        strings: list[str] = []
        while address and len(strings) < SHOWN:
            word = self._peek(pid, address + 4 * len(strings), 4)
            pointer = int.from_bytes(word, "little")
            if not pointer:
                break
            strings.append(self._string(pid, pointer))
        return f"[{', '.join(strings)}]" if address else "0"

    def _signal(self, event: events.Signalled) -> None:
        sender = f" from pid {event.sender}" if event.sender else ""
        self._say(event.pid, f"--- {signal_name(event.signal)}{sender} ---")

    def _fault(self, event: events.Faulted) -> None:
        reason = event.reason.lower().replace("_", " ")
        self._say(event.pid, f"--- {reason} at pc {event.pc:#010x}, address {event.address:#010x} ---")

    def _rejected(self, event: events.Rejected) -> None:
        self._say(event.pid, f"--- {printable(event.path)}: {event.reason} ---")

    def _exit(self, event: events.Exited) -> None:
        how = f"exited with {event.exit_code}" if event.signal is None else f"killed by {signal_name(event.signal)}"
        self._say(event.pid, f"+++ {how} +++")
