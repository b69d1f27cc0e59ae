"""Tests of ``monitor whence``: what is told of a page is what its page tables say, and its story is the machine's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from itertools import takewhile

import pytest

from tests.accounting import leaves, walk
from tests.debug.histories import PlainView, StraightHistory, history_of, history_of_text, lines
from tests.sampling import one_in
from vm import events
from vm.abi import STACK_TOP
from vm.debug.monitor import replaying
from vm.debug.monitor.story import Entry, PageStory
from vm.kernel.kernel import Kernel
from vm.memory import AddressSpace

FORKS = ("copy", "cow", "on-demand")
PROGRAMS = (
    "fork_isolation.s", "fork_tree.s", "heap.s", "threads.s", "race_shared.s", "vfork_heap.s",
    "hazards/bad/mremap_moves.s", "hazards/bad/maps_over_half.s", "hazards/bad/brk_shrinks.s", "hazards/bad/munmap.s",
    "pipeline.s", "exec_resets.s",
)  # fmt: skip


def text(answer: list[str]) -> str:
    return re.sub(r"\s+", " ", " ".join(answer))


def behind_fork(fork: str, more: int = 60) -> StraightHistory:
    """Parent and child of fork_isolation.s, both alive."""
    history = history_of("fork_isolation.s", fork=fork)
    history.run.advance(events.Created)
    history.run.advance(history.run.kernel.clock + more)
    return history


@pytest.mark.parametrize("fork", FORKS)
def test_page_and_frame_are_those_of_the_page_tables(fork: str) -> None:
    history = behind_fork(fork, 1)
    memory = history.run.kernel.memory
    spaces = {process.pid: process.space for process in history.run.kernel.processes if process.space is not None}
    for pid, space in spaces.items():
        for page, leaf in leaves(memory, space.root).items():
            told = text(lines(history, f"whence {page + 6:#x} {pid}"))
            found = walk(memory, space.root, page + 6)
            assert found is not None
            entry = found[0]
            assert f"{page:08x}: frame {entry >> 10}, PTE {entry:#010x} " in told
            letters = "".join(letter if entry >> bit & 1 else "-" for bit, letter in enumerate("VRWXUGAD"))
            assert f" {letters}" in told
            word = memory.ram[(entry >> 10) * 4096 + 4 : (entry >> 10) * 4096 + 8].tobytes()
            assert f"{int.from_bytes(word, 'little'):#010x} at {page + 4:#010x}" in told
            (other,) = [each for each in spaces.values() if each is not space]
            is_shared = leaves(memory, other.root).get(page, 0) >> 10 == leaf >> 10
            assert (f"shared with {5 - pid}, at the same address" in told) == is_shared


@pytest.mark.parametrize(
    ("fork", "child"),
    [
        ("copy", "fork by 2 made 3: copied from frame"),
        ("cow", "write: copied from frame 6, which others have, too (by 3)"),
        ("on-demand", "write: copied from frame 6, which others have, too; its page table was copied (by 3)"),
    ],
)
def test_the_story_of_a_page_tells_how_the_child_got_it(fork: str, child: str) -> None:
    history = behind_fork(fork)
    told = text(lines(history, "whence 0x12000 3"))
    assert "exec of /fork_isolation.s by 2: byte 0x3000 of the image; frame 6" in told
    assert child in told
    assert "in fork at _start (fork_isolation.s:38)" in told
    if fork != "copy":
        assert "write by 3, which has a copy now; frame 6" in text(lines(history, "whence 0x12000 2"))


def test_memory_that_was_lent_and_mapped_is_told_of() -> None:
    history = history_of("vfork_global.s")
    history.run.advance(events.Created)
    history.run.advance(history.run.kernel.clock + 1)
    told = text(lines(history, "whence balance 3"))
    assert told.startswith("0x00012000 balance of process 3, vfork_global.s; one address space with 2 segment data")
    assert "vfork by 2 made 3, in the same address space; frame 6; in vfork at _start (vfork_global.s:30)" in told
    source = """
_start: li      a0, 0
        li      a1, 8192
        li      a2, 3
        li      a3, 0x22
        li      a4, -1
        li      a5, 0
        li      a7, 222
        ecall
        mv      s0, a0
        lw      t0, 0(s0)
        sw      s0, 4(s0)
        la      a1, there
        sw      s0, (a1)
1:      j       1b
        .data
there:  .word   0
"""
    history = history_of_text(source)
    history.run.advance(30)
    address = int.from_bytes(history.run.program.memory.peek(0x11000, 4), "little")
    told = text(lines(history, f"whence {address} 2"))
    assert "8 mapped by 2; in mmap2 at _start (test.s:9)" in told
    assert "10 first read: the machine's page of zeros (by 2);" in told or "first read: zeros (by 2);" in told
    told = text(lines(history, f"whence {address + 4096} 2"))
    assert "number 1 of 2: no frame so far" in told


def test_addresses_are_names_numbers_and_registers() -> None:
    history = history_of("vfork_global.s")
    history.run.advance(events.Created)
    view = PlainView(tid=2)
    for word, address in (
        ("balance", 0x12000), ("balance+0x10", 0x12010), ("balance-4", 0x11FFC), ("0x12000", 0x12000),
        ("73728", 0x12000), ("73,728", 0x12000), ("$sp", 0x7FFFFF10), ("$sp+4", 0x7FFFFF14), ("$pc", 0x1001C),
    ):  # fmt: skip
        assert lines(history, f"whence {word}", view)[0].startswith(f"{address:#010x}")
    for word, complaint in (
        ("", "whence what?"), ("balanc", "'balanc' is no name in the image of process 2"), ("$x", "is no register"),
        ("-1", "is no name"), ("0x1_0000_0000_0", "go from 0 to 0xffffffff"), ("balance+", "is no name"),
        ("balance 7", "there is no process 7; there are 2, 3"), ("0xfffffffff", "go from 0 to"),
        ("0x__", "is no number"), ("9" * 400, "is no name"),
    ):  # fmt: skip
        assert complaint in text(lines(history, f"whence {word}", view))
    own = lines(history, f"whence {STACK_TOP}", view)[1:]
    assert own == ["  a page of the machine's own, by which handlers of signals return"]
    assert lines(history, "whence 0", view)[1:] == ["  nothing is mapped there", "  above    code 00010000-00011000"]


def test_who_has_no_memory_any_more_has_no_pages() -> None:
    history = history_of("zombie.s")
    history.run.advance(events.Exited)
    assert lines(history, "whence 0x10000 3") == ["process 3 has no memory any more: zombie.s has ended"]


def test_a_story_that_takes_too_long_is_told_as_far_as_it_was_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    history = behind_fork("cow")
    monkeypatch.setattr(replaying, "LONGEST", 0.0)
    monkeypatch.setattr(replaying, "SLICE", 5)
    told = text(lines(history, "whence 0x12000 3"))
    assert "the time is up, 0 s: history was looked at up to clock 5 of" in told
    assert told.endswith("process 3 was not there yet")


class Recount:
    """The frame of every page by the machine's own inventory, which tells when it changed."""

    def __init__(self, kernel: Kernel) -> None:
        self.pages: dict[tuple[int, int], tuple[int, int]] = {}
        kernel.events.subscribe(events.FramesChanged, self._changed)

    def _changed(self, event: events.FramesChanged) -> None:
        if event.use == "page":
            for page, _ in event.lost:
                self.pages.pop((event.space, page), None)
            for page, frame in event.gained:
                self.pages[event.space, page] = frame, event.clock


def moments(program: str, fork: str) -> Iterator[StraightHistory]:
    """Some moments of a program."""
    whole = history_of(program, fork=fork)
    whole.run.advance(20_000)
    for part in (3, 2, 1):
        history = history_of(program, fork=fork)
        history.run.advance(whole.run.kernel.clock * part // 4)
        yield history


@pytest.mark.parametrize(
    ("program", "fork"), one_in(3, [(program, fork) for program in PROGRAMS for fork in FORKS])
)  # fmt: skip
def test_every_pages_story_ends_with_the_frame_that_it_has(program: str, fork: str) -> None:
    """It got that frame when the machine's inventory says so."""
    for history in moments(program, fork):
        kernel = history.run.kernel
        owners = [process for process in kernel.processes if process.space is not None]
        pages = {page for process in owners for page in leaves(kernel.memory, space_of(process.space).root)}
        rerun = history.rerun()
        recount = Recount(rerun.kernel)
        stories = {page: PageStory(rerun.kernel, page + 8) for page in pages}
        rerun.advance(kernel.clock)
        known = set(recount.pages.values())
        for process in owners:
            twin = space_of(rerun.kernel.processes[process.pid].space)
            for page, entry in leaves(kernel.memory, space_of(process.space).root).items():
                chain = stories[page].chain(twin)
                assert chain.frame == entry >> 10
                same = [each.clock for each in takewhile(partial(has_frame, entry >> 10), reversed(chain.entries))]
                assert chain.before or (entry >> 10, same[-1]) in known


def has_frame(frame: int, entry: Entry) -> bool:
    """Whether the page had that frame."""
    return entry.frame == frame


def space_of(space: AddressSpace | None) -> AddressSpace:
    """One that is there."""
    assert space is not None
    return space
