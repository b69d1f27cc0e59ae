"""What a run cost in all, and what was shared in the course of it, against a recount from page tables and events."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.accounting import leaves
from tests.programs.headers import PROGRAMS_FOLDER
from vm import Machine, events
from vm.memory.resident import resident
from vm.memory.strategies import STRATEGIES
from vm.observe.totals import Sample, Totals, TotalsObserver
from vm.run import EVENT_LIMIT, Run

NAMES = ("fork_isolation.s", "fork_tree.s", "fork_exec.s", "vfork_exec.s", "orphan.s", "c/prefork.c")


def recount(run: Run) -> tuple[int, int]:
    """(private, shared) pages of all spaces: a frame is private if one entry of one table leads to it, once."""
    memory = run.kernel.memory
    spaces = {id(task.space): task.space for task in run.kernel.processes if task.space is not None}.values()
    uses: Counter[int] = Counter()
    for space in spaces:
        uses.update(entry >> 10 for entry in leaves(memory, space.root).values())
    pages = [entry >> 10 for space in spaces for entry in leaves(memory, space.root).values()]
    private = sum(uses[frame] == 1 for frame in pages)
    return private, len(pages) - private


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_shared_is_what_the_page_tables_say(name: str, strategy: str) -> None:
    if name.endswith(".c"):
        from vm.toolchain import is_installed

        if not is_installed():
            pytest.skip("no C compiler: pip install 'forklore[c]'")
    run = Machine(fork=strategy).boot(PROGRAMS_FOLDER / name).start()
    observer = TotalsObserver(run.kernel)
    expected: list[Sample] = []
    for kind in (events.Created, events.Executed, events.Discarded):
        run.kernel.events.subscribe(kind, lambda event: expected.append(Sample(event.clock, *recount(run))))
    sums: Counter[str] = Counter()

    def add(event: Any) -> None:
        if isinstance(event, events.Created):
            sums["copied"] += event.costs.copied
        elif isinstance(event, events.Deferred):
            sums["late_pages"] += event.pages
            sums["faults"] += event.faults
            sums["by_parents"] += event.faults * (event.pid < event.child)
        else:
            sums["in_vain"] += event.in_vain

    for kind in (events.Created, events.Deferred, events.SpaceEnded):
        run.kernel.events.subscribe(kind, add)
    result = run.finish()
    assert observer.timeline == expected
    assert observer.most_shared == max((sample.shared for sample in expected), default=0)
    for field in ("copied", "late_pages", "faults", "by_parents", "in_vain"):
        assert getattr(observer.totals, field) == sums[field], field
    assert len(result.events) < EVENT_LIMIT
    read = Totals()
    for event in result.events:
        read.add(event)
    assert read.execs == observer.totals.execs + 1, "the first exec is before the observer"
    read.execs = observer.totals.execs
    assert read == observer.totals, "a result tells what an observer hears"


def test_pages_of_a_space() -> None:
    run = Machine(fork="cow").boot(PROGRAMS_FOLDER / "fork_isolation.s").start()
    seen = []

    def look(event: events.Created) -> None:
        for pid in (event.pid, event.child):
            space = run.kernel.processes[pid].memory
            found = resident(space)
            tables = leaves(space.memory, space.root)
            assert dict(zip(found.addresses.tolist(), found.frames.tolist(), strict=True)) == {
                page: entry >> 10 for page, entry in tables.items()
            }
            seen.append((found.private, found.shared))

    run.kernel.events.subscribe(events.Created, look)
    run.finish()
    assert seen == [(0, 5), (0, 5)]
