"""What runs as machine code is what its plain form says, in whatever programs make of the machine.

While guests run, every call of an entry is a sample: the plain form, in Python, and the machine code each get a copy of
what is given, and have to leave the same behind. Any guest shows as much as its calls do; together they make all.
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.hazards import catalogue
from tests.programs.headers import PROGRAMS_FOLDER
from tests.translator.at_once import translate_at_once
from vm import Machine
from vm.abi import Protection
from vm.cpu import decode, tape
from vm.cpu.state import ACCESSED, PC, STOP_ADDRESS, STOP_SIZE, TOUCHES, StopReason
from vm.cpu.stepping import REACHED
from vm.engine.engines import Interpreter, is_translator_supported
from vm.engine.guarding import Guarding
from vm.engine.translator import driver, layout
from vm.engine.watching import Watching
from vm.hazards.judgement import findings
from vm.hazards.observer import WindowObserver
from vm.hazards.windows import Groups
from vm.kernel.stops import KINDS, Watchpoint
from vm.memory import Fault
from vm.native import jit, parts
from vm.native.builtins import Builtin, api_address
from vm.run import Run

pytestmark = pytest.mark.skipif(not jit.ENABLED, reason="nothing is compiled")

RUN_CASES = Path(__file__).parents[1] / "cases" / "run"
MOST_INSTRUCTIONS = 200
"""Instructions that are interpreted in Python, of a run of them."""
DRIVES = {"vm.engine.translator.driver.drive", "vm.engine.translator.guarded.drive_guarded"}
"""Runs translations, which have the addresses of the memory that they were made for."""


def root_of(array: Any) -> Any:
    """The array that an array is a part of."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def address(array: Any) -> int:
    return int(array.__array_interface__["data"][0])


class Copies:
    """Copies of arguments, in which what were parts of one memory are so again."""

    def __init__(self) -> None:
        self._roots: dict[int, tuple[Any, Any]] = {}

    def of(self, value: Any) -> Any:
        """A copy of one of them."""
        if isinstance(value, tuple):
            return type(value)(*map(self.of, value)) if hasattr(value, "_fields") else tuple(map(self.of, value))
        if not isinstance(value, np.ndarray):
            return value
        root = root_of(value)
        if id(root) not in self._roots:
            self._roots[id(root)] = root, bytearray(root.tobytes())
        made = np.ndarray(
            value.shape, value.dtype, self._roots[id(root)][1], address(value) - address(root), value.strides
        )
        made.flags.writeable = value.flags.writeable
        return made

    def content(self) -> list[bytearray]:
        """What is in all of them, in the order in which they came up."""
        return [copy for _, copy in self._roots.values()]


def outcome(function: Callable[..., Any], arguments: list[Any]) -> Any:
    """What a call returns, as ints, or what it raises."""
    try:
        with np.errstate(all="ignore"):
            result = function(*arguments)
    except AssertionError as error:
        return repr(error)
    if result is None:
        return None
    return tuple(map(int, result)) if isinstance(result, tuple) else int(result)


class Comparison:
    """Takes the calls of all entries; ``compared`` counts those of each that were compared."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.compared: Counter[str] = Counter()
        self._inside = False
        self._compiled: dict[str, Builtin] = {}

    def take(self, entry: jit.Entry) -> None:
        """From now on take the calls of this one."""
        compiled = self._compiled[entry.name] = Builtin(entry.python.__name__, "", entry.python)
        compiled.enter_at(jit._loaded[entry.part].python(entry.name))
        entry.builtin.enter_at(api_address("PyObject_Vectorcall"))

    def call(self, entry: jit.Entry, *arguments: Any) -> Any:
        """Call the machine code; before some of the calls compare it, the more seldom the more there were.

        A plain form calls the plain forms of others.
        """
        if self._inside:
            return entry.python(*arguments)
        compiled = self._compiled[entry.name].function
        self.calls[entry.name] += 1
        count = self.calls[entry.name]
        if count & (count - 1) == 0 and entry.name not in DRIVES:
            self._inside = True
            try:
                self.compare(entry, compiled, arguments)
            finally:
                self._inside = False
        return compiled(*arguments)

    def compare(self, entry: jit.Entry, compiled: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        """Compare both forms, on copies."""
        names = entry.python.__code__.co_varnames
        given = [
            min(value, MOST_INSTRUCTIONS) if name == "budget" else value
            for name, value in zip(names, arguments, strict=False)
        ]
        found = []
        for form in (entry.python, compiled):
            copies = Copies()
            result = outcome(form, [copies.of(value) for value in given])
            found.append((result, copies.content()))
        assert found[0] == found[1], f"{entry.name}: {found[0][0]} and {found[1][0]}, or what they left"
        self.compared[entry.name] += 1


@pytest.fixture
def comparison(monkeypatch: pytest.MonkeyPatch) -> Iterator[Comparison]:
    """While this lasts, calls of entries are compared."""
    for name in (name for part in parts.ALL for name in parts.MODULES[part]):
        importlib.import_module(name)
    jit.prepare(parts.ALL)
    made = Comparison()
    entries = [entry for part in parts.ALL for entry in jit._entries[part]]
    monkeypatch.setattr(jit.Entry, "__call__", lambda entry, *arguments: made.call(entry, *arguments))
    for entry in entries:
        made.take(entry)
    yield made
    for entry in entries:
        entry.builtin.enter_at(jit._loaded[entry.part].python(entry.name))


SHARED = b"""
# Shares a page with a child, looks for the end of a string in it, takes it away, and moves another.
        .equ    SYS_exit, 93
        .equ    SYS_munmap, 215
        .equ    SYS_mremap, 216
        .equ    SYS_mmap2, 222
        .equ    SYS_mprotect, 226
        .equ    SYS_openat, 56
        .equ    SYS_fork, 1079
        .globl  _start
_start: li      s0, 0x21                # MAP_SHARED | MAP_ANONYMOUS
        call    map
        mv      s1, a0
        li      t0, 0x2f                # "/"
        sw      t0, 4(s1)
        li      a7, SYS_fork
        ecall
        li      a0, -100
        addi    a1, s1, 4
        li      a2, 0
        li      a7, SYS_openat
        ecall
        mv      a0, s1
        li      a1, 16384
        li      a7, SYS_munmap
        ecall
        li      s0, 0x22                # MAP_PRIVATE | MAP_ANONYMOUS
        call    map
        mv      s1, a0
        sw      s1, 0(s1)
        sw      s1, 8(s1)
        li      a1, 16384
        li      a2, 1
        li      a7, SYS_mprotect
        ecall
        mv      a0, s1
        li      a1, 16384
        li      a2, 65536
        li      a3, 1                   # MREMAP_MAYMOVE
        li      a7, SYS_mremap
        ecall
        lw      a0, 8(a0)
        sub     a0, a0, s1
        li      a7, SYS_exit
        ecall
map:    li      a0, 0
        li      a1, 16384
        li      a2, 3
        mv      a3, s0
        li      a4, -1
        li      a5, 0
        li      a7, SYS_mmap2
        ecall
        ret
"""

PROGRAMS = ("fork_isolation.s", "vfork_exec.s", "pipeline.s", "heap.s", "misaligned_access.s", "race_lrsc.s")


def watch_counter(run: Run) -> None:
    """Let a program go on to its first access to its counter, and log that."""
    context, space = run.program.context, run.program.memory
    watching, stop, reason = Watching(), np.zeros(STOP_SIZE, np.int64), int(StopReason.BUDGET)
    watching.words = np.array([0x13000], np.int64)
    watching.areas = np.array([0x13000, 0x14000], np.int64)
    while reason != ACCESSED:
        if reason == StopReason.SYSCALL:
            context[PC] += 4
        elif reason == StopReason.LOAD_FAULT:
            assert space.handle_fault(int(stop[STOP_ADDRESS]), Protection.READ) is Fault.RESOLVED
        watching.passes = reason == TOUCHES
        reason = watching.execute(context, space, 100, stop)
    assert len(watching.take_log()) == 1


def guard_counter(run: Run, *, one_by_one: bool) -> None:
    """Let a program go on to its first access to its counter."""
    context, space = run.program.context, run.program.memory
    guarded = Guarding(Interpreter()).around((Watchpoint(0x13000, 4, KINDS),), one_by_one=one_by_one)
    stop, reason = np.zeros(STOP_SIZE, np.int64), int(StopReason.BUDGET)
    while reason != REACHED:
        if reason == StopReason.SYSCALL:
            context[PC] += 4
        elif reason == StopReason.LOAD_FAULT:
            assert space.handle_fault(int(stop[STOP_ADDRESS]), Protection.READ) is Fault.RESOLVED
            assert space.handle_fault(0x13000, Protection.WRITE) is Fault.RESOLVED
        reason = guarded.execute(context, space, 100, stop)
    found = guarded.ahead(context, space)
    assert found is not None
    assert found[0].address == found[1][0].address == 0x13000


def test_machine_code_does_what_its_plain_form_says(comparison: Comparison, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = {"memory": 1 << 20, "seed": 1}
    for name in PROGRAMS:
        for strategy in ("copy", "cow", "on-demand"):
            Machine(**memory, fork=strategy, instructions=100_000).run(PROGRAMS_FOLDER / name)
    assert Machine(**memory, files={"/shared.s": SHARED}).run("/shared.s").status == 0
    for case in ("unmaps_the_root_table.s", "moved_to_the_stack.s"):
        Machine(memory=4 << 20).run(RUN_CASES / case)
    for name in ("global.s", "heap.s"):
        run, groups = Machine(**memory).boot(catalogue.FOLDER / "bad" / name).start(), Groups()
        observer = WindowObserver(run.kernel, groups.add)
        run.finish()
        observer.finish()
        assert findings(groups)
    run = Machine(**memory).boot(PROGRAMS_FOLDER / "fork.s")
    run.advance(pc=int(run.start().program.context[PC]) + 4)
    space = run.program.process.space
    assert space.resident(space.segments[0]) == 1
    assert tape.remember(tape.new_tape(), space.memory.words, space.root, space.segments[0].start >> 12) == 0
    decode.decode_frame(space.memory.words, space.memory.decoded, 1)
    run.finish()
    watch_counter(Machine(**memory).boot(PROGRAMS_FOLDER / "race_shared.s").start())
    for one_by_one in (False, True):
        guard_counter(Machine(**memory).boot(PROGRAMS_FOLDER / "race_shared.s").start(), one_by_one=one_by_one)
    if is_translator_supported():
        monkeypatch.setattr("vm.kernel.kernel.new_engine", lambda _, memory: translate_at_once(memory))
        for name in ("fork_isolation.s", "race_lrsc.s"):
            Machine(**memory).run(PROGRAMS_FOLDER / name)
    decode.decode_frame(space.memory.words, space.memory.decoded, 0)
    for ask in (driver.find, driver.look_up):
        assert ask(np.full(2 * driver.TARGET_ENTRIES, layout.NO_PC), 64) == 0
    known = {entry.name for part in parts.ALL for entry in jit._entries[part]} - DRIVES
    assert known - set(comparison.compared) == set()
