"""What a debugger changes in a machine: records that can be applied again when history is run again."""

from __future__ import annotations

from typing import Protocol

from vm.abi import PAGE_SIZE, SI_KERNEL, Protection, Signal
from vm.cpu.state import PC
from vm.kernel.process.task import Task
from vm.kernel.signals import sending
from vm.kernel.signals.state import FIRST_QUEUED, SignalInfo, bit
from vm.memory import AddressSpace, BadAddress, OutOfMemory
from vm.run import Run
from vm.values import dataclass

REGISTERS = 33
"""x0 to x31 and pc."""


class NoChange(Exception):
    """What was to be changed is not there, or cannot be changed; the text says which."""


class Change(Protocol):
    """A change of a machine, between two of its steps."""

    def apply(self, run: Run) -> bool:
        """Make it; False if everything is as before. Raises NoChange, and then nothing is changed."""


@dataclass(frozen=True, slots=True)
class SetRegisters:
    """Thread ``tid`` has these ``values`` in x0 to x31 and pc. x0 stays 0."""

    tid: int
    values: tuple[int, ...]

    def apply(self, run: Run) -> bool:
        """Set them. Raises NoChange for a thread that there is not, and for other than 33 values."""
        if len(self.values) != REGISTERS:
            raise NoChange(f"{len(self.values)} values for {REGISTERS} registers")
        context = _thread(run, self.tid).context
        wanted = [0, *(value & 0xFFFF_FFFF for value in self.values[1:])]
        if [*context[:32].tolist(), int(context[PC])] == wanted:
            return False
        context[1:32] = wanted[1:32]
        context[PC] = wanted[32]
        return True


@dataclass(frozen=True, slots=True)
class WriteMemory:
    """Process ``pid`` has ``data`` at ``address``, whatever its pages permit; a page that others share is copied."""

    pid: int
    address: int
    data: bytes

    def apply(self, run: Run) -> bool:
        """Write it. Raises NoChange where nothing is mapped, and where a page cannot be the process's own."""
        space = _space(run, self.pid)
        if space.peek(self.address, len(self.data)) == self.data:
            return False
        pieces = list(self._pieces(space))
        observer, space.transfer_observer = space.transfer_observer, None
        try:
            for address, data in pieces:
                _write(space, address, data)
        except (BadAddress, OutOfMemory, PermissionError, ValueError) as error:
            raise NoChange(f"memory at {self.address:#x} cannot be written: {error}") from None
        finally:
            space.transfer_observer = observer
        return True

    def _pieces(self, space: AddressSpace) -> list[tuple[int, bytes]]:
        """What goes to each page. Raises NoChange where one is not mapped."""
        pieces, done = [], 0
        while done < len(self.data):
            address = self.address + done
            if address > 0xFFFF_FFFF or space.segments.find(address) is None:
                raise NoChange(f"nothing is mapped at {address:#x}")
            size = PAGE_SIZE - address % PAGE_SIZE
            pieces.append((address, self.data[done : done + size]))
            done += size
        return pieces


def _write(space: AddressSpace, address: int, data: bytes) -> None:
    """Write inside one page; one that may not be written may be for as long as that takes."""
    segment, page = space.segments.find(address), address & -PAGE_SIZE
    assert segment is not None
    before = segment.protection
    if before & Protection.WRITE:
        space.write(address, data)
        return
    space.protect(page, page + PAGE_SIZE, Protection.READ | Protection.WRITE)
    try:
        space.write(address, data)
    finally:
        space.protect(page, page + PAGE_SIZE, before)


@dataclass(frozen=True, slots=True)
class DropSignal:
    """The first ``signal`` that waits for thread ``tid``, or for its process, does not act on it."""

    tid: int
    signal: int

    def apply(self, run: Run) -> bool:
        """Drop it. Raises NoChange for a thread that there is not."""
        return _thread(run, self.tid).signals.take(bit(self.signal)) is not None


@dataclass(frozen=True, slots=True)
class SendSignal:
    """Thread ``tid`` is sent ``signal``, by the kernel."""

    tid: int
    signal: int

    def apply(self, run: Run) -> bool:
        """Send it. Raises NoChange for a thread that there is not, and for what is no signal."""
        thread = _thread(run, self.tid)
        if not 0 < self.signal <= 64:
            raise NoChange(f"{self.signal} is no signal")
        if thread.signals.own.signals & bit(self.signal) and self.signal < FIRST_QUEUED:
            return False
        return sending.send(run.kernel, thread.process, SignalInfo.of(self.signal, SI_KERNEL), thread=thread)


@dataclass(frozen=True, slots=True)
class Kill:
    """Process ``pid`` is sent SIGKILL."""

    pid: int

    def apply(self, run: Run) -> bool:
        """Send it. Raises NoChange for a process that there is not."""
        process = _process(run, self.pid).process
        if process.leader.signals.shared.signals & bit(Signal.SIGKILL):
            return False
        return sending.send(run.kernel, process, SignalInfo.of(Signal.SIGKILL, SI_KERNEL))


@dataclass(frozen=True, slots=True)
class Hold:
    """These threads, and no others, do not run (:meth:`vm.run.Run.hold`)."""

    tids: frozenset[int]

    def apply(self, run: Run) -> bool:
        """Hold them; those that there are not are left out."""
        threads = run.kernel.processes.threads
        before = {task.tid for task in threads if task.is_held}
        run.hold(self.tids)
        return before != {task.tid for task in threads if task.is_held}


def _thread(run: Run, tid: int) -> Task:
    task = run.kernel.processes.thread(tid)
    if task is None:
        raise NoChange(f"there is no thread {tid}")
    return task


def _process(run: Run, pid: int) -> Task:
    for task in run.kernel.processes.threads:
        if task.pid == pid:
            return task
    raise NoChange(f"there is no process {pid}")


def _space(run: Run, pid: int) -> AddressSpace:
    space = _process(run, pid).process.space
    if space is None:
        raise NoChange(f"process {pid} has no memory")
    return space
