"""Processes of the machine whose every system call is decided by a Python generator (calls.py).

The guest program is a loop of four instructions, ``ecall; sw t1, (t0); lw t3, (t2); j``, entered behind the ecall;
whenever a call returns, the registers for what the generator wants next are put in place. So the kernel's own run
loop, scheduler and handlers do all the work, on real system calls of real processes. The image is written here by
hand from the ELF specification.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.accounting import snapshot
from tests.kernel.calls import Behaviour, Call, Process, exit_
from vm import events
from vm.abi import CALL_NUMBERS
from vm.kernel.choice import Chooser
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task
from vm.kernel.signals.state import Action
from vm.machine import Machine
from vm.memory import AddressSpace
from vm.records import Result
from vm.run import Run

CODE, DATA = 0x0001_0000, 0x0002_0000
DATA_PAGES = 4
SCRATCH = 0x0100_0000
"""Where a process's call arguments lie: a region of its own for each pid, in one mapped segment."""
SCRATCH_SIZE, SCRATCH_SLOTS = 0x2_0000, 32
INSTRUCTIONS = (
    0x0000_0073,  # ecall
    0x0062_A023,  # sw   t1, 0(t0)
    0x0003_AE03,  # lw   t3, 0(t2)
    0xFF5F_F06F,  # j    -12
)
A0, A7, T0, T1, T2, T3, PC = 10, 17, 5, 6, 7, 28, 33


def image(
    *,
    data: bytes = b"",
    data_pages: int = DATA_PAGES,
    scratch_pages: int = 0,
    code: Sequence[int] = INSTRUCTIONS,
    entry: int = CODE + 4,
) -> bytes:
    """An ELF executable: the code, ``data_pages`` pages of data at DATA, and zeros for call arguments at SCRATCH."""
    words = struct.pack(f"<{len(code)}I", *code)
    loads = [(CODE, 0x1000, words, len(words), 5), (DATA, 0x2000, data, data_pages * 4096, 6)]
    if scratch_pages:
        loads.append((SCRATCH, 0x1000, b"", scratch_pages * 4096, 6))
    header = b"\x7fELF\x01\x01\x01".ljust(16, b"\0")
    header += struct.pack("<HHIIIIIHHHHHH", 2, 243, 1, entry, 52, 0, 0, 52, 32, len(loads), 40, 0, 0)
    for address, offset, content, size, flags in loads:
        header += struct.pack("<8I", 1, offset, address, address, len(content), size, flags, 0x1000)
    return header.ljust(0x1000, b"\0") + words.ljust(0x1000, b"\0") + data


PUPPET = image(scratch_pages=SCRATCH_SLOTS * SCRATCH_SIZE // 4096)


def is_about_to_end(task: Task) -> bool:
    """True when a signal ends the process before its program sees what the call returned."""
    ends = (Action.TERMINATE, Action.DUMP)
    return any(task.signals.due & 1 << number - 1 and task.signals.action(number) in ends for number in range(1, 65))


class Puppets:
    """Drives every process of one machine. ``after``, if given, is called after each call: (task, call, result)."""

    def __init__(self, run: Run, behaviour: Behaviour, after: Callable[[Task, Call, Any], None] | None = None) -> None:
        self.kernel: Kernel = run.kernel
        self.booted = run
        self.after = after
        self.records: list[Any] = []
        self.finished: Result | None = None
        self._processes: dict[int, Process] = {}
        self._calls: dict[int, Call] = {}
        self._names = {run.program.pid: "0"}
        self._children: dict[int, int] = {}
        self._failures: list[BaseException] = []
        self._before: dict[int, tuple[str, list[int]]] = {}
        self._failed: list[int] = []
        stream = self.kernel.events
        stream.subscribe(events.Created, self._created)
        stream.subscribe(events.CallReturned, self._returned)
        stream.subscribe(events.Exited, self._exited)
        self._start(run.program, behaviour)

    def watch_failures(self) -> list[int]:
        """From now on every call that fails must leave its caller's memory and registers, but a0 and pc, as they were.

        Returns the list to which the results of those calls are added.
        """
        self.kernel.events.subscribe(events.CallEntered, self._entered)
        return self._failed

    def _state(self, task: Task) -> tuple[str, list[int]]:
        return snapshot(task.memory), [*task.context[:A0].tolist(), *task.context[A0 + 1 : PC].tolist()]

    def _entered(self, event: events.CallEntered) -> None:
        self._before[event.pid] = self._state(self.kernel.processes[event.pid].leader)

    def _check_failure(self, task: Task, result: int) -> None:
        self._failed.append(result)
        assert self._state(task) == self._before[task.pid], f"a call that failed with {result} changed its caller"

    def finish(self) -> Result:
        """Run to the end; raises what a generator raised."""
        result = self.booted.finish()
        if self._failures:
            raise self._failures[0]
        self.finished = result
        return result

    def task(self, name: str) -> Task:
        """The process with a name of descent ("0", "0.1", ...)."""
        return next(self.kernel.processes[pid].leader for pid, known in self._names.items() if known == name)

    # --- what happens to processes ---

    def _start(self, task: Task, behaviour: Behaviour) -> None:
        self._processes[task.pid] = behaviour()
        task.context[T0] = task.context[T2] = self._scratch(task) + SCRATCH_SIZE - 4
        self._advance(task, None)

    def _created(self, event: events.Created) -> None:
        call = self._calls[event.pid]
        self._children[event.pid] = self._children.get(event.pid, 0) + 1
        self._names[event.child] = f"{self._names[event.pid]}.{self._children[event.pid]}"
        assert call.child is not None
        self._start(self.kernel.processes[event.child].leader, call.child)

    def _exited(self, event: events.Exited) -> None:
        if event.pid == self.booted.program.pid:
            word = event.signal if event.exit_code is None else event.exit_code << 8  # as wait(2) shows it
            self.records.append(["0", "ended", word])

    def _returned(self, event: events.CallReturned) -> None:
        task = self.kernel.processes.thread(event.pid)
        if task is None or task.process.space is None or is_about_to_end(task):
            return
        if self._before and event.result is not None and event.result < 0:
            self._guard(self._check_failure, task, event.result)
        call = self._calls[event.pid]
        if event.result is None and call.child is not None:
            self._start(task, call.child)
            return
        result = self._result(task, call, event.result)
        if not call.quiet:
            self.records.append([self._names[event.pid], call.name, self._shown(call, result)])
        if self.after is not None:
            self._guard(self.after, task, call, result)
        self._advance(task, result)

    def _guard(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Keep an assertion of the test apart from the machine: the run goes on, the test fails afterwards."""
        try:
            return function(*arguments)
        except StopIteration as stop:
            return exit_(stop.value or 0)
        except BaseException as error:
            self._failures.append(error)
            return exit_(99)

    def _advance(self, task: Task, result: Any) -> None:
        call = self._guard(self._processes[task.pid].send, result)
        while call.name == "note":
            self.records.append([self._names[task.pid], "note", call.arguments[0]])
            call = self._guard(self._processes[task.pid].send, call.arguments[0])
        self._calls[task.pid] = call
        number, arguments = self._arguments(task, call)
        task.context[A0 : A0 + 6] = [value & 0xFFFF_FFFF for value in (*arguments, 0, 0, 0, 0, 0, 0)][:6]
        task.context[A7] = number

    # --- arguments and results ---

    def _scratch(self, task: Task) -> int:
        return SCRATCH + task.pid % SCRATCH_SLOTS * SCRATCH_SIZE

    def _arguments(self, task: Task, call: Call) -> tuple[int, tuple[int, ...]]:
        """Call number and registers, with what they point to put into the process's scratch memory."""
        at, space, values = self._scratch(task), task.memory, call.arguments
        task.context[T0] = task.context[T2] = at + SCRATCH_SIZE - 4
        name = {"lseek": "_llseek", "store": "getpid", "load": "getpid"}.get(call.name, call.name)
        if call.name == "raw":
            return values[0], values[1:]
        number = CALL_NUMBERS[name]
        match call.name, values:
            case "read", (fd, size):
                return number, (fd, at, size)
            case "write", (fd, data):
                space.write(at, data)
                return number, (fd, at, len(data))
            case "writev", (fd, pieces):
                return number, (fd, self._vector(space, at, [len(piece) for piece in pieces], pieces), len(pieces))
            case "readv", (fd, sizes):
                return number, (fd, self._vector(space, at, sizes, ()), len(sizes))
            case "pipe2", (flags,):
                return number, (at, flags)
            case "wait4", (pid, options):
                space.write(at, bytes(4))
                return number, (pid, at, options)
            case "waitid", (kind, id_, options):
                return number, (kind, id_, at, options)
            case "lseek", (fd, offset, whence):
                return number, (fd, offset >> 32, offset, at, whence)
            case "openat", (directory, path, flags):
                space.write(at, path.encode() + b"\0" if isinstance(path, str) else path + b"\0")
                return number, (directory, at, flags, 0o600)
            case "getcwd", (size,):
                return number, (at, size)
            case "execve", (path, argv, envp):
                space.write(at, path.encode() + b"\0")
                strings = self._strings(space, at + 0x1400, argv)
                return number, (at, strings, self._strings(space, at + 0x10000, envp))
            case "store", (address, word):
                task.context[T0], task.context[T1] = address, word
            case "load", (address,):
                task.context[T2] = address
            case _:
                return number, values
        return number, ()

    def _vector(self, space: AddressSpace, at: int, sizes: Sequence[int], pieces: Sequence[bytes]) -> int:
        place = at + 0x1000
        for index, size in enumerate(sizes):
            space.write(at + 8 * index, struct.pack("<II", place, size))
            if pieces:
                space.write(place, pieces[index])
            place += size
        return at

    def _strings(self, space: AddressSpace, at: int, strings: Sequence[bytes]) -> int:
        place = at + 4 * len(strings) + 4
        for index, string in enumerate(strings):
            space.write(at + 4 * index, struct.pack("<I", place))
            space.write(place, string + b"\0")
            place += len(string) + 1
        space.write(at + 4 * len(strings), bytes(4))
        return at

    def _result(self, task: Task, call: Call, value: int | None) -> Any:
        if call.name == "load":
            return int(task.context[T3])
        if value is None or value < 0:
            return value
        at, space = self._scratch(task), task.memory
        match call.name:
            case "read":
                return space.read(at, value)
            case "readv":
                return space.read(at + 0x1000, value)
            case "getcwd":
                return space.read(at, value - 1)
            case "pipe2":
                return struct.unpack("<II", space.read(at, 8))
            case "wait4":
                return value, struct.unpack("<I", space.read(at, 4))[0]
            case "waitid":
                signo, _, code, pid, _, status = struct.unpack("<6i", space.read(at, 24))
                return pid, 0, signo, status, code
            case "lseek":
                return struct.unpack("<Q", space.read(at, 8))[0]
        return value

    def _shown(self, call: Call, result: Any) -> Any:
        """A result as native.py writes it."""
        if isinstance(result, bytes):
            return result.decode("latin-1")
        if call.name in ("fork", "vfork", "clone", "getpid", "getppid") and result > 0:
            return self._names.get(result, "reaper")
        if call.name in ("wait4", "waitid") and isinstance(result, tuple):
            return [self._names.get(result[0], "reaper") if result[0] else 0, *result[1:]]
        return list(result) if isinstance(result, tuple) else result


def boot(
    root: Path,
    behaviour: Behaviour,
    *,
    program: bytes = PUPPET,
    after: Callable[[Task, Call, Any], None] | None = None,
    chooser: Chooser | None = None,
    input: Any = b"",
    **settings: Any,
) -> Puppets:
    """A machine over ``root`` whose first process does what ``behaviour`` says; the image is installed as /puppet."""
    root.mkdir(exist_ok=True)
    path = root / "puppet"
    if not path.exists():
        path.write_bytes(program)
        path.chmod(0o755)
    settings = {"memory": 128 << 20, "instructions": 2_000_000, **settings}
    run = Machine(root=root, **settings).boot("/puppet", input=input, chooser=chooser, keep=False).start()
    return Puppets(run, behaviour, after)


def play(root: Path, behaviour: Behaviour, **options: Any) -> Puppets:
    """Boot and run to the end."""
    puppets = boot(root, behaviour, **options)
    puppets.finish()
    return puppets


def by_process(records: Sequence[Any]) -> dict[str, list[Any]]:
    """Records sorted by process: between processes only the calls themselves make an order."""
    found: dict[str, list[Any]] = {}
    for name, *rest in json.loads(json.dumps(records)):
        found.setdefault(name, []).append(rest)
    return found
