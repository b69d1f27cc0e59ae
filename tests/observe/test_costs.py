"""The figures of fork, vfork and exec against a recount of frames and page tables, and their tables for people."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.accounting import leaves, table_frames
from tests.kernel.calls import Process, brk, execve, exit_, fork, load, note, store, vfork, wait4
from tests.kernel.puppet import DATA, Puppets, boot, play
from vm import events
from vm.events import Costs
from vm.lines import plain
from vm.observe.costs import costs_told, print_costs
from vm.observe.trimmed import as_lines
from vm.quantities import duration, plural, size

WRITABLE = 4


def ends() -> Process:
    yield exit_(0)


def watched(root: Path, behaviour: Any, **settings: Any) -> tuple[Puppets, list[Any]]:
    """Run; with each creation and exec, a recount of the spaces concerned at that very moment."""
    puppets = boot(root, behaviour, **settings)
    seen: list[Any] = []

    def recount(event: Any) -> None:
        pid = event.child if isinstance(event, events.Created) else event.pid
        space = puppets.kernel.processes[pid].memory
        pages = leaves(space.memory, space.root)
        seen.append((event, pages, table_frames(space.memory, space.root), puppets.kernel.memory.used))

    puppets.kernel.events.subscribe(events.Created, recount)
    puppets.kernel.events.subscribe(events.Executed, recount)
    puppets.finish()
    return puppets, seen


@pytest.mark.parametrize("touched", [0, 1, 7])
def test_forks_figures_are_what_a_recount_finds(touched: int, tmp_path: Path) -> None:
    def parent() -> Process:
        top = yield brk(0)
        yield brk(top + 16 * 4096)
        for page in range(touched):
            yield store(top + page * 8192, 1)
        yield note((yield fork(ends)) > 0)
        yield wait4()

    _, [(event, pages, tables, _)] = watched(tmp_path / "root", parent)
    costs: Costs = event.costs
    writable = [page for page, entry in pages.items() if entry & WRITABLE]
    assert costs.copied == len(writable)
    assert costs.shared == len(pages) - len(writable)
    assert costs.tables == len(tables)
    assert costs.frames == costs.copied + costs.tables
    assert costs.entries == len(pages) + len(tables) - 1
    for segment in costs.segments:
        inside = [page for page in pages if segment.start <= page < segment.end]
        assert segment.shared + segment.copied == len(inside)
        assert segment.pages == segment.shared + segment.copied + segment.untouched
    [heap] = [segment for segment in costs.segments if segment.name == "heap"]
    assert (heap.pages, heap.copied) == (16, touched)


def test_vforks_figures_are_nothing_at_all(tmp_path: Path) -> None:
    def parent() -> Process:
        yield vfork(ends)

    _, [(event, _, _, _)] = watched(tmp_path / "root", parent)
    costs = event.costs
    assert (costs.frames, costs.tables, costs.entries, costs.copied) == (0, 0, 0, 0)
    assert all(segment.shared == segment.pages for segment in costs.segments)


def test_execs_figures_are_what_a_recount_finds(tmp_path: Path) -> None:
    def parent() -> Process:
        yield execve("/puppet", [b"x" * 9000], then=ends)

    _, [(event, pages, tables, _)] = watched(tmp_path / "root", parent)
    costs = event.costs
    assert costs.tables == len(tables)
    assert costs.frames == len(pages) + len(tables)
    assert costs.entries == len(pages) + len(tables) - 1
    assert costs.copied == len(pages)
    for segment in costs.segments:
        assert segment.copied == sum(segment.start <= page < segment.end for page in pages), segment.name


@pytest.mark.parametrize("used", [0, 1, 3])
@pytest.mark.parametrize("end", ["exit", "exec"])
def test_what_was_copied_and_never_used(used: int, end: str, tmp_path: Path) -> None:
    """Of the data pages that fork copied, the child reads ``used``; the rest of them were copied in vain."""

    def child() -> Process:
        for page in range(used):
            yield load(DATA + page * 4096)
        if end == "exec":
            yield execve("/puppet", then=ends)

    def parent() -> Process:
        for page in range(4):
            yield store(DATA + page * 4096, 1)
        yield fork(child)
        yield wait4()

    puppets, seen = watched(tmp_path / "root", parent)
    assert puppets.finished is not None
    created = seen[0][0]
    kind: Any = events.Executed if end == "exec" else events.Discarded
    [in_vain] = [e.in_vain for e in puppets.finished.events if isinstance(e, kind) and e.pid == 3 and e.clock > 0][:1]
    [data] = [segment.copied for segment in created.costs.segments if segment.start == DATA]
    assert data == 4
    # The stack page was copied too and is never touched; the page with the call's arguments is.
    others = created.costs.copied - data
    assert 4 - used <= in_vain <= 4 - used + others


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"), (1023, "1023 B"), (1024, "1 KiB"), (4096, "4 KiB"), (1536, "1.5 KiB"), (1 << 20, "1 MiB"),
        ((1 << 20) + (1 << 19), "1.5 MiB"), (1 << 30, "1 GiB"),
    ],
)  # fmt: skip
def test_sizes(count: int, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(
    ("nanoseconds", "text"), [(0, "0 ns"), (999, "999 ns"), (1000, "1 µs"), (38_400, "38.4 µs"), (2_500_000, "2.5 ms")]
)
def test_durations(nanoseconds: int, text: str) -> None:
    assert duration(nanoseconds) == text


def test_plurals() -> None:
    assert plural(0, "frame") == "0 frames"
    assert plural(1, "frame") == "1 frame"
    assert plural(1200, "process", "processes") == "1,200 processes"


def test_the_tables_fit_a_page_and_hold_every_figure(tmp_path: Path) -> None:
    def child() -> Process:
        yield execve("/puppet", then=ends)

    def parent() -> Process:
        yield store(DATA, 1)
        yield fork(child)
        yield wait4()
        yield vfork(ends)
        yield wait4()

    result = play(tmp_path / "root", parent).finished
    assert result is not None
    text = io.StringIO()
    print_costs(Console(file=text, width=200, color_system=None), result.events)
    lines = text.getvalue().splitlines()
    assert max(map(len, (line.rstrip() for line in lines))) <= 80
    shown = text.getvalue()
    for event in result.events:
        if isinstance(event, events.Created | events.Executed):
            for segment in event.costs.segments:
                row = next(line for line in lines if f"{segment.start:08x}-{segment.end:08x}" in line)
                assert segment.name in row
                assert segment.protection in row
                assert f"{segment.pages:,}" in row
            assert f"{event.costs.frames:,} frame" in shown
    assert "pid 2 -> 3   copy" in shown
    assert "vfork" in shown
    rows = [each for told in costs_told(result.events) for each in as_lines(told)]
    assert plain(rows) == "".join(f"{line.rstrip()}\n" for line in lines), "what becomes HTML is what is printed"
    assert {part.style for part in rows[0]} == {"strong"}
