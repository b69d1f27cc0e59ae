"""A system is plain data, and shares none of it with its copy: machines in the middle of whatever they can do."""

from __future__ import annotations

import functools
import io
import os
import pty
import threading
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import pytest

from tests.accounting import check_kernel
from tests.graphs import can_change, in_common, reachable
from tests.kernel.calls import Call, Process, clone, fork, openat, pipe2, raw, read, store, vfork, write
from tests.kernel.puppet import SCRATCH, boot
from vm import Machine, events
from vm.abi import CALL_NUMBERS, Signal
from vm.kernel.files.vfs.provided import Provided
from vm.kernel.pausing import Ending, Pause
from vm.kernel.ports import HostInput, HostOutput
from vm.kernel.system import System
from vm.run import Run

CREATE, FIFO = 0o102, 0o010600
AT = 0x6000_0000
PLACE = AT + 0x2_1000
CALLABLE = (MethodType, functools.partial)
OF_THE_HOST = (threading.Thread, io.IOBase, type(threading.Lock()))


EXPECTED = {
    "AddressSpace", "Alarm", "Descriptors", "DirectoryFile", "Fifo", "FilePages", "HostFile", "Lock", "MappedBlock",
    "MappedFile", "MemoryDevice", "Pending", "Pipe", "PipeEnd", "RandomStream", "ReportFile", "ReportText",
    "SharedMemory", "Special", "Wait",
}  # fmt: skip
"""Classes whose objects belong to the first machine, among others."""


def ends(system: System) -> list[Any]:
    """Where the state ends: the console's ends, which are the host's, and what is made of constants."""
    console, terminal = system.console, system.terminal
    outside = [console.input, console.output, console.errors, console.terminal, terminal and terminal.host]
    return [end for end in outside if end is not None]


def state(system: System) -> dict[int, tuple[Any, str]]:
    """All that belongs to a system, by id, with the way to it.

    Machines share the table of the programs that are provided. What makes them never changes; their bytes are made
    once, when somebody first asks for them, and are the same for all.
    """
    found = reachable(system, ends(system))
    tables = [thing._sources for thing, _ in found.values() if isinstance(thing, Provided)]
    constants = reachable(tables)
    return {key: entry for key, entry in found.items() if key not in constants}


def is_bound(thing: Any) -> bool:
    """True for what can be called and holds state."""
    if isinstance(thing, FunctionType):
        return bool(thing.__closure__)
    if isinstance(thing, BuiltinFunctionType):
        return not isinstance(thing.__self__, ModuleType | type | None)
    return isinstance(thing, CALLABLE)


def check(run: Run) -> set[type]:
    """The system of ``run`` is plain and its copy is another; both are sound. Returns the types that were met."""
    twin = run.copy()
    ours, theirs = state(run.kernel.system), state(twin.kernel.system)
    for found in (ours, theirs):
        assert [path for thing, path in found.values() if is_bound(thing)] == []
        assert [path for thing, path in found.values() if isinstance(thing, OF_THE_HOST)] == []
    assert in_common(ours, theirs) == []
    kinds = [sorted(str(type(thing)) for thing, _ in found.values() if can_change(thing)) for found in (ours, theirs)]
    assert kinds[0] == kinds[1]
    check_kernel(run.kernel)
    check_kernel(twin.kernel)
    return {type(thing) for thing, _ in ours.values()}


def named(name: str, *arguments: int) -> Call:
    return raw(CALL_NUMBERS[name], *arguments)


def waits_for_ever() -> Process:
    yield named("ppoll_time64", 0, 0, 0, 0, 0)


def reads_a_pipe() -> Process:
    ends = yield pipe2()
    yield fork(waits_for_ever)
    yield write(ends[1], b"left in the pipe")
    yield read(ends[0], 4)
    yield read(ends[0], 100)
    yield read(ends[0], 100)


def opens_a_fifo() -> Process:
    assert (yield openat("/tmp/p", 2)) > 0
    assert (yield openat("/tmp/p", 0)) > 0
    yield store(AT, 1)
    yield named("futex_time64", AT, 0, 1, 0, 0, 0)


def suspends_its_parent() -> Process:
    yield named("futex_time64", AT + 0x1000, 0, 7, 0, 0, 0)


def is_suspended() -> Process:
    yield vfork(suspends_its_parent)


def shares_its_memory() -> Process:
    yield clone(0x111, waits_for_ever, SCRATCH + 0x1F_0000)
    yield named("wait4", -1, 0, 0, 0)


def has_it_all() -> Process:
    """Files mapped privately and shared, locks, reports of /proc open, signals pending, and children that wait."""
    at = yield openat("/tmp/f", CREATE)
    yield write(at, b"content" * 2000)
    for start, flags, fd in ((AT, 0x11, at), (AT + 0x1_0000, 0x12, at), (AT + 0x2_0000, 0x31, -1)):
        assert (yield named("mmap2", start, 0x4000, 3, flags, fd, 0)) == start
    yield store(AT + 0x1000, 7)
    yield store(AT + 0x10000, 7)
    yield named("flock", at, 2)
    for path in ("/proc/self/maps", "/proc/self/status", "/proc/2/stat", "/proc/self/fd", "/tmp", "/dev/zero"):
        opened = yield openat(path)
        assert opened > 0
        yield read(opened, 10)
    yield store(PLACE, int.from_bytes(b"/tmp", "little"))
    yield store(PLACE + 4, int.from_bytes(b"/p", "little"))
    assert (yield named("mknodat", -100, PLACE, FIFO, 0)) == 0
    yield store(PLACE + 8, 0xFFFF_FFFF)
    assert (yield named("rt_sigprocmask", 0, PLACE + 8, 0, 8)) == 0
    yield store(PLACE + 28, 5000)
    assert (yield named("setitimer", 0, PLACE + 16, 0)) == 0
    for child in (reads_a_pipe, opens_a_fifo, is_suspended, shares_its_memory):
        pid = yield fork(child)
        assert (yield named("kill", pid, int(Signal.SIGUSR1))) == 0
    yield named("ppoll_time64", 0, 0, 0, 0, 0)


@pytest.mark.parametrize("strategy", ["copy", "cow", "on-demand"])
def test_everything_at_once(strategy: str, tmp_path: Path) -> None:
    puppets = boot(tmp_path, has_it_all, fork=strategy)
    ending = puppets.booted.advance()
    assert isinstance(ending, Ending)
    assert puppets._failures == []
    assert len(ending.waits) == 8
    met = {kind.__name__ for kind in check(puppets.booted)}
    assert met >= EXPECTED


SERVED = """
        .data
name:   .asciz "/tmp/out"
        .text
main:   li a7, 1024         # open, to write
        la a0, name
        li a1, 1
        ecall
        li a7, 40           # seed
        li a0, 3
        li a1, 42
        ecall
        li a7, 41           # a random number of that generator
        li a0, 3
        ecall
        li a7, 9            # sbrk
        li a0, 100
        ecall
        li a7, 5            # read a number
        ecall
        li a7, 1
        ecall
        li a7, 5
        ecall
        li a7, 10
        ecall
"""


def test_services_of_rars(tmp_path: Path) -> None:
    (tmp_path / "served.s").write_text(SERVED)
    run = Machine(dialect="rars").boot(tmp_path / "served.s", input=b"12\n13\n")
    check(run)
    while isinstance(run.advance(events.CallReturned), Pause):
        check(run)
    assert run.finish().output == b"12"


SHELL = Path(__file__).parents[2] / "programs" / "sh.s"


def test_a_terminal(tmp_path: Path) -> None:
    """A shell whose input, output and settings are those of a terminal of the host's."""
    keys, screen = pty.openpty()
    try:
        os.write(keys, b"echo hello\nexit 3\n")
        run = Machine().boot(SHELL, input=HostInput(screen), output=HostOutput(screen), errors=HostOutput(screen))
        check(run)
        while isinstance(run.advance(events.Exited), Pause):
            check(run)
            twin = run.copy()
            twin.finish()
            assert twin.kernel.system.terminal is not None
        assert run.finish().status == 3
    finally:
        os.close(keys)
        os.close(screen)


def test_what_was_said_of_a_source_is_not_said_again_in_a_copy(tmp_path: Path) -> None:
    """A program executes itself for ever. That it has no _start is told once."""
    (tmp_path / "again.s").write_text(
        'begin: la a0, path\nli a1, 0\nli a2, 0\nli a7, 221\necall\n.data\npath: .asciz "/again"\n'
    )
    run = Machine(instructions=60).boot(tmp_path / "again.s").start()
    assert len(run.warnings) == 1
    twin = run.copy()
    for one in (twin, run):
        assert one.finish().message == "the instruction limit of 60 was reached"
        assert len(one.warnings) == 1
