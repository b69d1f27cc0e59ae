"""What gdb shows of a machine, held against the machine: processes, threads, registers, memory, calls on the stack."""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any

from tests.debug.walks.gdb import Broken, Gdb
from tests.debug.walks.judging import living, read, registers_of
from vm.isa import SP
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task
from vm.observe.symbols import Symbols

REGISTERS = " ".join(map(str, range(33)))
_THREAD = re.compile(r"Thread (?:p?(\d+)\.)?(\d+)")


@dataclass(frozen=True, slots=True)
class Shown:
    """A thread as gdb has it: its number there, the inferior's, and the machine's numbers."""

    id: str
    group: str
    pid: int
    tid: int


def groups(gdb: Gdb) -> dict[str, int]:
    """The pid of each inferior that has one, by its name (i1)."""
    return {group["id"]: int(group["pid"]) for group in listed(gdb) if "pid" in group}


def listed(gdb: Gdb, options: str = "") -> list[dict[str, Any]]:
    """The inferiors as gdb lists them. Raises Broken where it does not."""
    answer = gdb.ask(f"-list-thread-groups {options}")
    if "groups" not in answer.values:
        raise Broken(f"the inferiors are not listed: {answer}")
    found: list[dict[str, Any]] = answer.values["groups"]
    return found


def threads(gdb: Gdb) -> list[Shown]:
    """Every thread that gdb lists, of every inferior."""
    shown = []
    for group in listed(gdb, "--recurse 1"):
        for thread in group.get("threads", ()):
            found = _THREAD.search(thread["target-id"])
            assert found is not None, thread
            pid = int(found[1] or group["pid"])
            assert pid == int(group["pid"]), f"thread {thread} in {group}"
            shown.append(Shown(thread["id"], group["id"], pid, int(found[2])))
    return shown


def compare(gdb: Gdb, kernel: Kernel, undone: Container[int], may_be_unlisted: Callable[[int], bool]) -> list[str]:
    """Where gdb shows another machine than there is, a line each. Asks for nothing that changes its selection.

    Of the processes ``undone`` it has not been told yet that there are none, and some ``may_be_unlisted``.
    """
    lines = []
    tasks = {task.tid: task for task in living(kernel)}
    shown = [one for one in threads(gdb) if one.pid not in undone]
    seen = {one.tid for one in shown}
    pids = {pid for pid in groups(gdb).values() if pid not in undone}
    alive = {task.pid for task in tasks.values()}
    lines += [f"gdb has process {pid}, which does not live" for pid in pids - alive]
    lines += [f"gdb does not have process {pid}" for pid in alive - pids if not may_be_unlisted(pid)]
    for task in tasks.values():
        if task.pid in pids and task.tid not in seen:
            lines.append(f"gdb does not list thread {task.tid} of process {task.pid}")
    for one in shown:
        if one.tid not in tasks or tasks[one.tid].pid != one.pid:
            lines.append(f"gdb lists thread {one.tid} of process {one.pid}, which is not there")
        else:
            lines += _compare_thread(gdb, kernel, one, tasks[one.tid])
    return lines


def _compare_thread(gdb: Gdb, kernel: Kernel, shown: Shown, task: Task) -> list[str]:
    lines = []
    theirs = _registers(gdb, shown)
    for number, (mine, gdbs) in enumerate(zip(registers_of(task), theirs, strict=True)):
        if mine != gdbs:
            name = "pc" if number == 32 else f"x{number}"
            lines.append(f"thread {task.tid}: {name} is {mine:#x}, gdb shows {gdbs:#x}")
    pointer = registers_of(task)[SP]
    there = read(kernel, task.process, pointer, 64)
    gdbs_bytes = _memory(gdb, shown, pointer, 64)
    if there != gdbs_bytes:
        lines.append(f"thread {task.tid}: at sp {pointer:#x} is {there.hex()}, gdb shows {gdbs_bytes.hex()}")
    return lines + _compare_calls(gdb, kernel, shown, task)


def _registers(gdb: Gdb, shown: Shown) -> list[int]:
    answer = gdb.ask(f"-data-list-register-values --thread {shown.id} --frame 0 x {REGISTERS}")
    if answer.error:
        return [-1] * 33
    return [int(value["value"], 16) & 0xFFFF_FFFF for value in answer.values["register-values"]]


def _memory(gdb: Gdb, shown: Shown, address: int, size: int) -> bytes:
    answer = gdb.ask(f"-data-read-memory-bytes --thread {shown.id} --frame 0 {address:#x} {size}")
    parts = answer.values.get("memory", ())
    if not parts or int(parts[0]["begin"], 16) != address:
        return b""
    return bytes.fromhex(parts[0]["contents"])


def _frames(gdb: Gdb, shown: Shown) -> list[dict[str, Any]]:
    answer = gdb.ask(f"-stack-list-frames --thread {shown.id} 0 20")
    frames: list[dict[str, Any]] = answer.values.get("stack", [])
    return frames


def _compare_calls(gdb: Gdb, kernel: Kernel, shown: Shown, task: Task) -> list[str]:
    """The innermost frame is where the thread is, in the function that its image has there; so are its callers, where
    call frame information tells of them."""
    frames = _frames(gdb, shown)
    pc = registers_of(task)[32]
    if not frames or int(frames[0]["addr"], 16) != pc:
        return [f"thread {task.tid}: pc is {pc:#x}, gdb's frames are {frames}"]
    symbols = symbols_of(kernel, task)
    if symbols is None:
        return []
    if not symbols.has_description(pc):
        expected = [symbols.names_at(symbols.start_of(pc))] if symbols.function(pc) else []
    else:
        activations = symbols.activations(pc, registers_of(task)[:32], _words(kernel, task))
        described = [one.pc for one in activations if symbols.has_description(one.pc)]
        expected = [symbols.names_at(symbols.start_of(place)) for place in described]
    names = [str(frame.get("func")) for frame in frames]
    left = iter(names)  # gdb shows the functions that were put into their callers, too
    if all(not wanted or any(name in wanted for name in left) for wanted in expected):
        return []
    return [f"thread {task.tid}: the calls are {[sorted(one) for one in expected]}, gdb shows {names}"]


def _words(kernel: Kernel, task: Task) -> Any:
    def word(address: int) -> int | None:
        data = read(kernel, task.process, address, 4)
        return int.from_bytes(data, "little") if len(data) == 4 else None

    return word


_known: dict[bytes, Symbols] = {}


def symbols_of(kernel: Kernel, task: Task) -> Symbols | None:
    """The symbols of what the thread executes."""
    image = kernel.loader.image_file(task.process.path)
    if image is None:
        return None
    if image not in _known:
        _known[image] = Symbols(image)
    return _known[image]
