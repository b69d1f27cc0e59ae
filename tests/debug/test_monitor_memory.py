"""Tests that ``monitor segments`` and ``monitor frames`` tell what the guest's own /proc and its page tables say."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.accounting import VALID, leaves, table_frames, table_words
from tests.debug.histories import StraightHistory, history_of, history_of_text, lines
from vm import events
from vm.kernel.kernel import Kernel

FORKS = ("copy", "cow", "on-demand")


def running(program: str, fork: str, more: int, **settings: object) -> StraightHistory:
    """A program some instructions behind its first fork."""
    history = history_of(program, fork=fork, **settings)
    history.run.advance(events.Created)
    history.run.advance(history.run.kernel.clock + more)
    return history


def test_segments_are_those_of_the_guests_own_maps() -> None:
    history = history_of("cat.s", "/proc/self/maps")
    run = history.run
    run.advance(events.Output)
    maps = bytes(run.kernel.console.output.data).decode().splitlines()  # type: ignore[union-attr]
    rows = [line.split() for line in lines(history, "segments 2")[2:]]
    told = [(row[0], row[1], row[6] if len(row) > 6 else f"[{row[2]}]") for row in rows]
    expected = [(line.split()[0], line.split()[1], *line.split()[5:]) for line in maps]
    assert told == expected
    assert len(told) >= 4


@pytest.mark.parametrize("fork", FORKS)
@pytest.mark.parametrize("program", ["fork_isolation.s", "vfork_heap.s", "race_shared.s"])
def test_pages_of_segments_are_counted_as_the_page_tables_say(program: str, fork: str) -> None:
    history = running(program, fork, 40)
    kernel = history.run.kernel
    users = frame_users(kernel)
    for process in kernel.processes:
        if process.space is None:
            continue
        tables = table_frames(kernel.memory, process.space.root)
        is_common = {pointer >> 22: users[frame] > 1 for pointer, frame in pointers(kernel, process.space.root)}
        assert tables
        for row in lines(history, f"segments {process.pid}")[2:]:
            span, _, _, pages, private, shared = row.split()[:6]
            start, end = (int(bound, 16) for bound in span.split("-"))
            found = {
                page: users[entry >> 10] > 1 or is_common[page >> 22]
                for page, entry in leaves(kernel.memory, process.space.root).items() if start <= page < end
            }  # fmt: skip
            assert int(pages.replace(",", "")) == end - start >> 12
            assert (int(private), int(shared)) == (len(found) - sum(found.values()), sum(found.values()))


def pointers(kernel: Kernel, root: int) -> list[tuple[int, int]]:
    """The first address and the frame of each page table."""
    words = table_words(kernel.memory, root)[:512]
    return [(number << 22, word >> 10) for number, word in enumerate(words) if word & VALID]


def frame_users(kernel: Kernel) -> Counter[int]:
    """How many entries, roots, shared memories and the machine use each frame, by a walk of the raw tables."""
    users: Counter[int] = Counter(kernel.memory.machine_frames)
    backings = {}
    for space in {id(process.space): process.space for process in kernel.processes}.values():
        if space is None:
            continue
        for frame in table_frames(kernel.memory, space.root):
            users[frame] += 1
            if users[frame] == 1 and frame != space.root:
                users.update(entry >> 10 for entry in table_words(kernel.memory, frame) if entry & VALID)
        backings |= {id(segment.backing): segment.backing for segment in space.segments if segment.backing}
    for backing in backings.values():
        users.update(getattr(backing, "frames", {}).values())
    return users


RUN = re.compile(r"  (\d+)(?:-(\d+))? +(.*)")


def told_frames(told: list[str]) -> dict[int, str]:
    """What the answer says of each frame; no frame is told twice."""
    text = re.sub(r"\n {8}(?! )", " ", "\n".join(told))
    found: dict[int, str] = {}
    for line in text.splitlines():
        match = RUN.fullmatch(line)
        if match is not None:
            first, last = int(match[1]), int(match[2] or match[1])
            for frame in range(first, last + 1):
                assert frame not in found
                found[frame] = match[3]
    return found


@pytest.mark.parametrize("fork", FORKS)
@pytest.mark.parametrize("program", ["fork_isolation.s", "vfork_heap.s", "race_shared.s", "threads.s"])
def test_every_frame_in_use_is_told_with_all_who_use_it(program: str, fork: str) -> None:
    history = running(program, fork, 40) if program != "threads.s" else history_of(program, fork=fork)
    history.run.advance(history.run.kernel.clock + 100)
    kernel = history.run.kernel
    told = lines(history, "frames")
    found = told_frames(told)
    users = frame_users(kernel)
    assert set(found) == set(users)
    assert f"{len(users):,} in use" in told[0]
    for frame, text in found.items():
        pids = {
            process.pid
            for process in kernel.processes
            if process.space is not None
            and (
                frame in table_frames(kernel.memory, process.space.root)
                or any(entry >> 10 == frame for entry in leaves(kernel.memory, process.space.root).values())
            )
        }
        named = re.search(r" of ([\d, and]+)$", re.sub(r", \d+ users$", "", text))
        assert pids == ({int(number) for number in re.findall(r"\d+", named[1])} if named else set()), text
    for process in kernel.processes:
        if process.space is not None:
            own = told_frames(lines(history, f"frames {process.pid}"))
            mine = set(table_frames(kernel.memory, process.space.root))
            mine |= {entry >> 10 for entry in leaves(kernel.memory, process.space.root).values()}
            assert set(own) == mine


def test_large_memory_is_told_in_few_lines() -> None:
    body = """
        .globl _start
_start: li      a7, 214
        li      a0, 0
        ecall
        mv      s0, a0
        li      t0, 4000 * 4096
        add     s1, a0, t0
        mv      a0, s1
        ecall
1:      sw      zero, 0(s0)
        li      t0, 4096
        add     s0, s0, t0
        bltu    s0, s1, 1b
        li      a7, 1079
        ecall
1:      j       1b
"""
    history = history_of_text(body, memory=64 << 20)
    history.run.advance(events.Created)
    told = lines(history, "frames")
    assert len(told) < 60
    assert len(told_frames(told)) > 4000


def test_a_process_without_memory_has_no_segments() -> None:
    history = history_of("zombie.s")
    history.run.advance(events.Exited)
    assert lines(history, "segments 3") == ["process 3 has no memory any more: zombie.s has ended"]
    assert lines(history, "segments 4") == ["there is no process 4; there are 2, 3"]
    assert lines(history, "frames xyz") == ["'xyz' is no number of a process; `monitor ps` tells them"]
    history.run.advance()
    assert lines(history, "segments") == ["no process is left"]
    assert lines(history, "frames")[0].startswith("4,096 frames of 4 KiB (16 MiB): 2 in use")
