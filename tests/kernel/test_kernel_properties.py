"""Random families of processes: isolation after fork, identity after vfork, emptiness after exec, frames in balance.

Every process is a puppet whose next call is taken from a list of numbers that hypothesis makes (and shrinks). A model
keeps what each address space must hold; all frames are recounted after every call.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.accounting import check_kernel
from tests.kernel.calls import (
    EAGAIN,
    ECHILD,
    ENOENT,
    ENOMEM,
    WNOHANG,
    Behaviour,
    Call,
    Process,
    brk,
    execve,
    exit_,
    fork,
    load,
    raw,
    store,
    vfork,
    wait4,
)
from tests.kernel.puppet import DATA, SCRATCH, SCRATCH_SIZE, SCRATCH_SLOTS, Puppets, boot
from vm import events
from vm.abi import CALL_NUMBERS
from vm.kernel.process.task import Task
from vm.memory import OutOfMemory, PhysicalMemory

HEAP = SCRATCH + SCRATCH_SLOTS * SCRATCH_SIZE
STACK = 0x8000_0000
ADDRESSES = [DATA, DATA + 0x1000, DATA + 0x2FFC, HEAP, HEAP + 0x1FFC, STACK - 0x8000, STACK - 0x2_0000]
INPUT = bytes(range(1, 251)) * 400
CALLS = 1 << 16


@dataclass
class Space:
    """What an address space must hold: words by address, zero elsewhere, and the program break."""

    words: dict[int, int] = field(default_factory=dict)
    brk: int = HEAP

    def copy(self) -> Space:
        return Space(dict(self.words), self.brk)


class Family:
    """Processes that take their next step from ``choices`` and end when there are none left.

    Without ``stack`` they leave it alone: one that cannot grow for want of memory is a SIGSEGV, and no failed call.
    """

    def __init__(self, choices: list[int], *, stack: bool) -> None:
        self.addresses = ADDRESSES if stack else ADDRESSES[:-2]
        self.choices: Iterator[int] = iter(choices)
        self.value = 0
        self.read = 0
        self.written = b""

    def member(self, memory: Space, depth: int, kin: list[int] | None = None) -> Behaviour:
        """One process, ``depth`` generations down; ``kin`` counts its children, which an exec does not change."""

        def behaviour() -> Process:
            children = [0] if kin is None else kin
            for choice in self.choices:
                action, detail = choice % 11, choice // 11
                address = self.addresses[detail % len(self.addresses)]
                if HEAP <= address < STACK - (8 << 20) and address + 4 > memory.brk:
                    address = DATA + 4 * (detail % 64)
                match action:
                    case 0 | 1:
                        self.value += 1
                        memory.words[address] = self.value
                        yield store(address, self.value)
                    case 2 | 3:
                        assert (yield load(address)) == memory.words.get(address, 0)
                    case 4 if depth < 4:
                        result = yield fork(self.member(memory.copy(), depth + 1))
                        children[0] += result > 0
                        assert result > 0 or result in (-EAGAIN, -ENOMEM)
                    case 5 if depth < 4:
                        # The child has the same Space: what it does to it, its parent finds.
                        result = yield vfork(self.member(memory, depth + 1))
                        children[0] += result > 0
                        assert result > 0 or result == -EAGAIN
                    case 6:
                        assert (yield execve("/nowhere", then=self.member(Space(), 4))) == -ENOENT
                        result = yield execve(
                            "/puppet", [b"x"] * (detail % 5), then=self.member(Space(), depth, children)
                        )
                        assert result == -ENOMEM
                    case 7:
                        wanted = HEAP + detail % 5 * 0x1800
                        memory.brk = yield brk(wanted)
                        for known in [known for known in memory.words if HEAP <= known < STACK - (8 << 20)]:
                            if known >= (memory.brk + 4095) // 4096 * 4096:
                                del memory.words[known]
                    case 8:
                        result = yield raw(CALL_NUMBERS["read"], 0, address, 4)
                        assert result == 4
                        data, self.read = INPUT[self.read : self.read + 4], self.read + 4
                        memory.words[address] = int.from_bytes(data, "little")
                    case 9:
                        assert (yield raw(CALL_NUMBERS["write"], 1, address, 4)) == 4
                        self.written += memory.words.get(address, 0).to_bytes(4, "little")
                    case 10:
                        result = yield wait4(-1, WNOHANG if detail % 2 else 0)
                        assert (result == -ECHILD) is (children[0] == 0)
                        children[0] -= result != -ECHILD and result[0] > 0
                    case _:
                        yield exit_(detail & 0xFF)
            return 0

        return behaviour


ENOUGH = 48 << 20
"""Bytes of memory for as many processes as there may be."""


def live(choices: list[int], *, memory: int = ENOUGH, quantum: int = 10_000) -> Puppets:
    """Run a family to its end, with every frame recounted after every call."""

    def after(task: Task, call: Call, result: Any) -> None:
        check_kernel(puppets.kernel)

    family = Family(choices, stack=memory >= ENOUGH)
    with tempfile.TemporaryDirectory() as folder:
        puppets = boot(
            Path(folder) / "root", family.member(Space(), 0), after=after, memory=memory, quantum=quantum, processes=8,
            input=INPUT,
        )  # fmt: skip
        result = puppets.finish()
    assert result.message == ""
    assert result.output == family.written
    assert result.memory.used == result.memory.committed == len(puppets.kernel.memory.machine_frames)
    return puppets


FEW = {"derandomize": True, "deadline": None, "suppress_health_check": list(HealthCheck)}
STEPS = st.lists(st.integers(0, CALLS), min_size=15, max_size=80)


@settings(max_examples=12, **FEW)
@given(STEPS, st.sampled_from([1, 5, 10_000]))
def test_families_of_processes(choices: list[int], quantum: int) -> None:
    live(choices, quantum=quantum)


@settings(max_examples=10, **FEW)
@given(STEPS, st.integers(1100, 3000))
def test_families_that_run_out_of_memory(choices: list[int], frames: int) -> None:
    live(choices, memory=frames * 4096)


@pytest.mark.full
@settings(max_examples=1200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.integers(0, CALLS), max_size=300), st.sampled_from([1, 2, 5, 40, 10_000]), st.integers(1100, 14_000))
def test_many_families_of_processes(choices: list[int], quantum: int, frames: int) -> None:
    live(choices, quantum=quantum, memory=frames * 4096)


def test_the_families_do_something() -> None:
    """The choices reach every kind of step: creation both ways, exec, and the ends."""
    kinds: set[str] = set()
    for start in range(0, 4000, 1000):
        choices = [(start + number) * 7919 % CALLS for number in range(60)]
        puppets = live(choices)
        assert puppets.finished is not None
        kinds |= {getattr(event, "how", type(event).__name__) for event in puppets.finished.events}
    assert kinds >= {"copy", "share", "Executed", "Resumed", "Exited", "Reaped"}


# --- allocation fails at every step ---


def ends() -> Process:
    yield exit_(0)


@pytest.mark.parametrize(
    ("name", "call", "failure"),
    [
        ("fork", fork(ends), -ENOMEM),
        ("execve", execve("/puppet", [b"x" * 5000], then=ends), -ENOMEM),
        ("brk", brk(HEAP + 0x50_0000), HEAP + 0x1000),
    ],
)
def test_a_call_whose_memory_is_refused_at_every_step(
    name: str, call: Call, failure: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PhysicalMemory.commit fails at its n-th call inside the system call, for every n until the call succeeds."""
    promise = PhysicalMemory.commit
    armed: list[int] = []

    def commit(memory: PhysicalMemory, count: int) -> None:
        if armed:
            armed[0] -= 1
            if armed[0] == 0:
                raise OutOfMemory("injected")
        promise(memory, count)

    monkeypatch.setattr(PhysicalMemory, "commit", commit)
    results: list[int] = []

    def parent() -> Process:
        yield brk(HEAP + 0x1000)
        for failing in range(1, 30):
            yield store(HEAP, failing)
            before = puppets.kernel.memory.committed
            armed[:] = [failing]
            result = yield call
            armed.clear()
            results.append(result)
            if result != failure:
                return
            check_kernel(puppets.kernel)
            assert puppets.kernel.memory.committed == before
            assert (yield load(HEAP)) == failing

    puppets = boot(tmp_path / "root", parent)
    puppets.watch_failures()
    puppets.kernel.events.subscribe(events.Created, lambda event: armed.clear())
    puppets.kernel.events.subscribe(events.Executed, lambda event: armed.clear())
    puppets.finish()
    assert results, "the first promise was refused"
    assert results[0] == failure
    assert 1 <= results.count(failure) < 29
