"""A machine that pretends: memory, registers and threads that a test gives it, and stops that it was told to make."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from asm import Source, assemble
from vm.debug.target import Action, Move, Refused, Stop, ThreadLine, Why

SOURCE = ".data\nnumber: .word 0x11223344\nmore: .byte 0x23, 0x24, 0x2a, 0x7d\n.text\n_start: ecall\n ecall\n"
IMAGE = assemble([Source("small.s", SOURCE)]).image
ENOENT, ESRCH, EFAULT, EIO, EINVAL = 2, 3, 14, 5, 22
STACK = 0x7FFF_0000
STACK_SIZE = 0x1_0000


class Process:
    """Memory as a list of (address, bytes), and the registers of each thread."""

    def __init__(self, image: bytes, path: bytes, tid: int) -> None:
        self.path = path
        self.memory = [*loads(image), (STACK, bytearray(STACK_SIZE))]
        registers = [0] * 33
        registers[2] = STACK + STACK_SIZE - 64
        registers[32] = struct.unpack_from("<I", image, 24)[0]
        self.threads = {tid: registers}

    def part(self, address: int) -> tuple[bytearray, int]:
        for start, content in self.memory:
            if start <= address < start + len(content):
                return content, address - start
        raise Refused(EFAULT)


def loads(image: bytes) -> Iterator[tuple[int, bytearray]]:
    """The segments of an ELF32 image."""
    table, size, count = struct.unpack_from("<28xI10xHH", image)
    for at in range(table, table + size * count, size):
        kind, offset, address, _, filesz, memsz = struct.unpack_from("<6I", image, at)
        if kind == 1:
            yield address, bytearray(image[offset : offset + filesz].ljust(memsz, b"\0"))


class FakeTarget:
    """Processes by pid, the guest's files by path, and the ``script``: the next stops.

    Without a script a step adds 4 to the pc, and whoever goes on runs to the next breakpoint above or exits.
    ``done`` is what was asked for that changes something.
    """

    def __init__(self, image: bytes, files: dict[bytes, bytes] | None = None) -> None:
        self.files = {b"/bin/prog": image, **(files or {})}
        self.links = {b"/proc/2/exe": b"/bin/prog", b"/proc/2/cwd": b"/#"}
        self.processes = {2: Process(image, b"/bin/prog", 2)}
        self.script: deque[Stop | Callable[[FakeTarget], Stop]] = deque()
        self.points: set[tuple[int, int, int, int]] = set()
        self.done: list[Any] = []
        self.names = {2: "prog"}

    def process(self, pid: int) -> Process:
        if pid not in self.processes:
            raise Refused(ESRCH)
        return self.processes[pid]

    def of(self, tid: int) -> tuple[int, list[int]]:
        for pid, process in self.processes.items():
            if tid in process.threads:
                return pid, process.threads[tid]
        raise Refused(ESRCH)

    def threads(self) -> Sequence[ThreadLine]:
        return [
            ThreadLine(pid, tid, self.names.get(tid, "prog"), "runs")
            for pid, process in self.processes.items()
            for tid in process.threads
        ]

    def registers(self, tid: int) -> Sequence[int]:
        return tuple(self.of(tid)[1])

    def read(self, pid: int, address: int, size: int) -> bytes:
        assert size > 0
        assert 0 <= address <= (1 << 32) - size
        content, offset = self.process(pid).part(address)
        return bytes(content[offset : offset + size])

    def executable(self, pid: int) -> bytes:
        return self.process(pid).path

    def auxiliary_vector(self, pid: int) -> bytes:
        self.process(pid)
        return struct.pack("<6I", 6, 4096, 9, self.process(pid).memory[0][0], 0, 0)

    def signal_information(self, tid: int) -> bytes:
        self.of(tid)
        return struct.pack("<iii", 11, 0, 1) + struct.pack("<I", 0x1234) + bytes(112)

    def read_file(self, pid: int, path: bytes) -> bytes:
        assert pid >= 0
        if path not in self.files:
            raise Refused(ENOENT)
        return self.files[path]

    def read_link(self, pid: int, path: bytes) -> bytes:
        assert pid >= 0
        if path not in self.links:
            raise Refused(EINVAL if path in self.files else ENOENT)
        return self.links[path]

    def wants(self, events: frozenset[Why]) -> None:
        self.done.append(("wants", events))

    def set_registers(self, tid: int, values: Sequence[int]) -> None:
        assert len(values) == 33
        assert all(0 <= value < 1 << 32 for value in values)
        registers = self.of(tid)[1]
        registers[:] = [0, *values[1:]]

    def write(self, pid: int, address: int, data: bytes) -> None:
        assert 0 <= address < address + len(data) <= 1 << 32
        content, offset = self.process(pid).part(address)
        if offset + len(data) > len(content):
            raise Refused(EFAULT)
        content[offset : offset + len(data)] = data

    def insert(self, pid: int, kind: int, address: int, size: int) -> None:
        assert kind in range(5)
        assert 0 < size <= (1 << 32) - address
        self.process(pid)
        self.points.add((pid, kind, address, size))
        self.done.append(("insert", pid, kind, address, size))

    def remove(self, pid: int, kind: int, address: int, size: int) -> None:
        self.points.discard((pid, kind, address, size))
        self.done.append(("remove", pid, kind, address, size))

    def pass_signals(self, signals: Iterable[int]) -> None:
        self.done.append(("pass", sorted(signals)))

    def catch_calls(self, numbers: frozenset[int] | None, *, wanted: bool) -> None:
        self.done.append(("catch", numbers, wanted))

    def resume(self, actions: Sequence[Action]) -> Stop:
        self.done.append(("resume", *actions))
        if self.script:
            return self.next_stop()
        for action in actions:
            for line in self.threads():
                if action.pid in (None, line.pid) and action.tid in (None, line.tid):
                    return self.go(line.pid, line.tid, action.move)
        raise Refused(ESRCH)

    def go(self, pid: int, tid: int, move: Move) -> Stop:
        _, registers = self.of(tid)
        above = sorted(address for owner, kind, address, _ in self.points if (owner, kind) == (pid, 0))
        if move is Move.STEP:
            registers[32] = (registers[32] + 4) % (1 << 32)
            return Stop(Why.SIGNAL, pid, tid)
        for address in above:
            if address > registers[32]:
                registers[32] = address
                return Stop(Why.BREAKPOINT, pid, tid)
        return self.exit(pid, tid)

    def exit(self, pid: int, tid: int) -> Stop:
        del self.processes[pid]
        return Stop(Why.EXITED, pid, tid, number=7)

    def next_stop(self) -> Stop:
        entry = self.script.popleft()
        stop = entry if isinstance(entry, Stop) else entry(self)
        if stop.why in (Why.EXITED, Why.KILLED):
            self.processes.pop(stop.pid, None)
        return stop

    def go_back(self, pid: int | None, tid: int | None, *, step: bool, alone: bool = False) -> Stop:
        if not self.processes:
            return Stop(Why.NOBODY, 0, 0)
        assert tid is not None or not step
        self.done.append(("back", pid, tid, step))
        if self.script:
            return self.next_stop()
        line = self.threads()[0]
        if not step:
            return Stop(Why.BEGIN, line.pid, line.tid)
        assert tid is not None
        owner, registers = self.of(tid)
        registers[32] = (registers[32] - 4) % (1 << 32)
        return Stop(Why.SIGNAL, owner, tid)

    def takes(self, pid: int) -> None:
        """Every process is known."""

    def lists(self) -> None:
        """Every process is known."""

    def has_to_tell(self, pid: int) -> bool:
        """No process is gone."""
        return False

    def prepare(self, interrupted: Callable[[], bool]) -> None:
        """Nothing is to be made ready."""

    def interrupt(self) -> None:
        self.done.append("interrupt")

    def kill(self, pid: int) -> None:
        self.process(pid)
        self.done.append(("kill", pid))
        del self.processes[pid]

    def detach(self, pid: int) -> None:
        self.process(pid)
        self.done.append(("detach", pid))
        del self.processes[pid]

    def monitor(self, command: str, tid: int) -> Iterator[str]:
        if command == "fail":
            raise Refused(EIO)
        if command == "refuse":
            raise Refused(EIO, "that cannot be")
        yield f"you said {command}"
        yield "and \x1b[31mred"
