"""The recount by which films are judged agrees with the machine's own books, and with what its events tell."""

from __future__ import annotations

from typing import Any

import pytest

from tests.events.rebuilt import Rebuilt
from tests.film.recount import Recount, advance_to, leaves, recount, segments
from tests.programs.headers import PROGRAMS_FOLDER, read_header
from tests.sampling import one_in
from vm import Machine, events
from vm.kernel.pausing import Ending, Until
from vm.memory.resident import resident
from vm.run import Run

PROGRAMS = ["fork_exec.s", "vfork_stack.s", "pipeline.s", "threads.s", "race_fork.s", "zombie.s"]


def booted(name: str, fork: str) -> Run:
    header = read_header((PROGRAMS_FOLDER / name).read_text())
    return Machine(fork=fork, quantum=50).boot(PROGRAMS_FOLDER / name, header.arguments, input=header.input)


def check_books(run: Run, seen: Recount) -> None:
    """What the machine keeps of its memory is what the recount finds."""
    memory = run.kernel.memory
    assert {frame for frame, *_ in seen.uses} == set((memory.references > 0).nonzero()[0].tolist())
    assert memory.used == len({frame for frame, *_ in seen.uses})
    for space, found in seen.spaces.items():
        own = resident(space)
        assert [page[:2] for page in found.pages] == list(zip(own.addresses.tolist(), own.frames.tolist(), strict=True))
        assert [page[2] for page in found.pages] == own.is_shared.tolist()
        assert sum(end - start for start, end, *_ in found.segments) == sum(each.pages << 12 for each in space.segments)
        assert segments(space) == found.segments
        assert [page[0] for page in found.pages] == [page for page, *_ in leaves(run.kernel, space.root)]


def check_told(told: Rebuilt, seen: Recount) -> None:
    """What events have told is what the recount finds; they number spaces in an order of their own."""
    ids = {seen.threads[pid].space: number for pid, number in told.spaces.items()}
    for space, found in seen.spaces.items():
        number = ids[space]
        assert told.frames["page"][number] == {address: frame for address, frame, *_ in found.pages}
        spans = [(start, end, letters) for start, end, letters, *_ in found.segments]
        assert told.ranges[number] == {page: how for start, end, how in spans for page in range(start, end, 4096)}
    assert sorted(told.machine) == sorted(frame for frame, use, *_ in seen.uses if use == "machine")
    shared = [places for places in told.frames["shared"].values() if places]
    assert sorted(frame for places in shared for frame in places.values()) == sorted(
        frame for frame, use, *_ in seen.uses if use == "shared"
    )
    waiting = {tid: thread.why for tid, thread in seen.threads.items() if thread.state in ("blocked", "suspended")}
    assert {tid: why for tid, (_, why, _) in told.waits.items()} == {tid: why for tid, why in waiting.items() if why}
    running = {tid for tid, thread in seen.threads.items() if thread.state == "running"}
    assert running <= {told.running}


@pytest.mark.parametrize(("name", "fork"), one_in(2, zip(PROGRAMS, ["copy", "on-demand", "cow"] * 2, strict=True)))
def test_books_and_events_agree(name: str, fork: str) -> None:
    run, told = booted(name, fork), Rebuilt()
    for kind in events.KINDS:
        run.subscribe(kind, told.hear)
    looks = 0
    while not isinstance(run.advance(Until(clock=run.kernel.clock + 17, events=(events.Created,))), Ending):
        if run.kernel.system.told > looks * 10:
            looks += 1
            seen = recount(run)
            check_books(run, seen)
            check_told(told, seen)
    assert looks > 3


def plainly(seen: Recount) -> Any:
    """A recount without the identities of its machine."""
    owners = [found.owners for found in seen.spaces.values()]
    spaces = [(found.segments, found.pages) for found in seen.spaces.values()]
    threads = [(each.tid, each.state, each.why, each.name, each.registers, each.call) for each in seen.threads.values()]
    return seen.moment, owners, spaces, threads, seen.output, [(frame, use, at) for frame, use, _, at in seen.uses]


@pytest.mark.parametrize("name", one_in(3, PROGRAMS))
def test_a_machine_stands_at_the_same_moment_as_another(name: str) -> None:
    """However often the first was left and entered again, the second comes to the same states by their moments."""
    first, seen = booted(name, "on-demand").start(), []
    while not isinstance(first.advance(Until(events=events.KINDS)), Ending):
        seen.append(recount(first))
    second = booted(name, "on-demand").start()
    for each in seen[::7]:
        assert advance_to(second, each.moment)
        assert plainly(recount(second)) == plainly(each)
