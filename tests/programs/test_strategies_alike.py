"""What fork costs is all that a strategy changes: every program shows the same under each."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.accounting import check_kernel
from tests.programs.headers import PROGRAMS, PROGRAMS_FOLDER, read_header
from vm import Machine, Result, events
from vm.abi import PAGE_SIZE
from vm.memory.strategies import STRATEGIES
from vm.run import CannotRun

DEFERRING = [name for name in STRATEGIES if name != "copy"]
OF_THE_HOST = (events.Deferred, events.SpaceEnded, events.Discarded)
"""Events of what a strategy did, not of what programs could see."""


def run(program: Path, **settings: Any) -> Result:
    header = read_header(program.read_text())
    return Machine(**settings).run(program, header.arguments, input=header.input)


def seen(result: Result) -> tuple[Any, ...]:
    """What programs did, saw and showed, to the instruction."""
    log = []
    for event in result.events:
        if isinstance(event, events.Created | events.Executed):
            spans = tuple((cost.name, cost.start, cost.end) for cost in event.costs.segments)
            event = replace(event, costs=events.Costs())
            event = replace(event, how="") if isinstance(event, events.Created) else replace(event, in_vain=0)
            log.append((event, spans))
        elif not isinstance(event, OF_THE_HOST):
            log.append((event, ()))
    return (
        result.status, result.message, result.output, result.errors, result.retired, log, result.processes,
        result.memory.committed,
    )  # fmt: skip


@pytest.mark.parametrize("strategy", DEFERRING)
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_a_program_sees_no_difference(program: Path, strategy: str) -> None:
    assert seen(run(program, fork=strategy)) == seen(run(program))


@pytest.mark.parametrize("name", ["fork_tree.s", "fork_bomb.s", "fork_isolation.s", "pipeline.s"])
def test_memory_ends_for_all_at_the_same_moment(name: str) -> None:
    outcomes: set[Any] = set()
    for frames in range(6, 90, 7):
        found = []
        for strategy in STRATEGIES:
            try:
                result = run(PROGRAMS_FOLDER / name, fork=strategy, memory=frames * PAGE_SIZE, stack=16 * PAGE_SIZE)
            except CannotRun as error:
                found.append((str(error),))
            else:
                found.append(seen(result))
        assert found[0] == found[1] == found[2], f"{frames} frames"
        outcomes.add(str(found[0][:3]))
    assert len(outcomes) > 1, "some had too little memory"


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_later_copies_are_reported_and_none_is_more_than_copying_at_once(strategy: str) -> None:
    copied = {}
    for name in ("copy", strategy):
        log = run(PROGRAMS_FOLDER / "fork_isolation.s", fork=name).events
        at_once = sum(event.costs.copied for event in log if isinstance(event, events.Created))
        late = [event for event in log if isinstance(event, events.Deferred)]
        copied[name] = at_once + sum(event.pages for event in late)
        assert bool(late) is (name != "copy")
    assert 0 < copied[strategy] <= copied["copy"]


@pytest.mark.parametrize("strategy", DEFERRING)
def test_each_fault_is_reported_to_those_who_ask(strategy: str) -> None:
    booted = Machine(fork=strategy).boot(PROGRAMS_FOLDER / "fork_isolation.s").start()
    unshared: list[events.Unshared] = []
    deferred: list[events.Deferred] = []
    booted.kernel.events.subscribe(events.Unshared, unshared.append)
    booted.kernel.events.subscribe(events.Deferred, deferred.append)
    booted.finish()
    for word, field in (("page", "pages"), ("table", "tables")):
        for what, suffix in (("copied", ""), ("kept", "_kept")):
            count = sum(getattr(event, word) == what for event in unshared)
            assert count == sum(getattr(event, field + suffix) for event in deferred)
    assert {event.child for event in unshared} == {event.child for event in deferred}
    check_kernel(booted.kernel)


INTERRUPTED_CALL = """
.globl _start
_start: la s0, page
        li a0, 10; la a1, action; li a2, 0; li a3, 8; li a7, 134; ecall      # rt_sigaction(SIGUSR1)
        sw zero, 0(s0)
        li a7, 1079; ecall                                                   # fork
        bnez a0, parent
        li a0, 0; mv a1, s0; li a2, 4; li a7, 63; ecall                      # read into a shared page
        li a7, 172; ecall
        li a1, 10; li a7, 129; ecall                                         # kill itself: a frame on a shared page
        li a0, 0; li a7, 93; ecall
parent: li a0, -1; mv a1, s0; li a2, 0; li a3, 0; li a7, 260; ecall
        li a0, 0; li a7, 93; ecall
handler: ret
        .data
action: .word handler, 0, 0, 0
        .balign 4096
page:   .zero 4096
"""


def test_what_a_call_or_a_handler_unshares_is_told_while_it_is_made(tmp_path: Path) -> None:
    (tmp_path / "call.s").write_text(INTERRUPTED_CALL.replace("; ", "\n"))
    booted = Machine(fork="cow").boot(tmp_path / "call.s", input=b"word").start()
    told: list[events.Event] = []
    for kind in (events.Unshared, events.CallEntered, events.CallReturned, events.Handled):
        booted.kernel.events.subscribe(kind, told.append)
    booted.finish()
    of_child = [event for event in told if event.pid == 3]
    pages = [index for index, event in enumerate(of_child) if isinstance(event, events.Unshared)]
    for index, around in zip(
        pages, ((events.CallEntered, events.CallReturned), (events.CallReturned, events.Handled)), strict=True
    ):
        before, event, after = of_child[index - 1 : index + 2]
        assert (type(before), type(after)) == around
        assert event.clock == after.clock
    assert [event.page for event in of_child if isinstance(event, events.Unshared)] == ["copied", "copied"]


def test_vfork_as_fork_hides_what_a_vfork_child_does() -> None:
    program = PROGRAMS_FOLDER / "vfork_global.s"
    plain, hidden = run(program), run(program, vfork_as_fork=True)
    assert plain.output != hidden.output
    [created] = [event for event in hidden.events if isinstance(event, events.Created)]
    assert (created.call, created.how) == ("vfork", "copy")
    assert not any(isinstance(event, events.Resumed) for event in hidden.events), "nobody was suspended"


def total_copied(result: Result) -> int:
    """Pages copied at once and late."""
    at_once = sum(event.costs.copied for event in result.events if isinstance(event, events.Created))
    return at_once + sum(event.pages for event in result.events if isinstance(event, events.Deferred))


DONE = ".globl _start\n_start: li a0, 0\n li a7, 93\n ecall\n"
PAGES = 24


def random_program(chance: random.Random) -> str:
    """A program that touches its data and stack, forks, waits, execs and ends in random order, as do its children."""
    body = []
    forks = 0
    for number in range(chance.randint(8, 40)):
        place = f"li t1, {chance.randrange(PAGES) * 4096 + chance.randrange(0, 4096, 4)}\n add t1, t1, s0"
        kinds = ["store", "store", "store", "load", "stack", "wait", "fork" if forks < 4 else "store", "leave", "exec"]
        kind = chance.choice(kinds)
        forks += kind == "fork"
        body.append({
            "store": f"{place}\n sw s1, 0(t1)\n addi s1, s1, 1",
            "load": f"{place}\n lw t2, 0(t1)\n add s1, s1, t2",
            "stack": f"li t1, {chance.randrange(4) * 4096 + 64}\n sub t1, sp, t1\n sw s1, 0(t1)",
            "fork": "li a7, 1079\n ecall\n add s2, s2, a0",
            "wait": f"li a0, -1\n mv a1, s0\n li a2, {chance.randrange(2)}\n li a3, 0\n li a7, 260\n ecall",
            "leave": f"li t1, {chance.randrange(1, 6)}\n beq s2, t1, leave",
            "exec": f"li t1, {chance.randrange(1, 6)}\n bne s2, t1, {number}f\n la a0, path\n li a1, 0\n li a2, 0\n"
            f" li a7, 221\n ecall\n{number}:",
        }[kind])  # fmt: skip
    start = ".globl _start\n_start: la s0, data\n li s1, 1\n li s2, 0\n"
    end = 'leave: andi a0, s1, 63\n li a7, 93\n ecall\n .rodata\npath: .asciz "/done"\n'
    return start + "\n".join(body) + f"\n{end} .bss\n .balign 4096\ndata: .space {PAGES * 4096}\n"


def check_random_programs(folder: Path, seeds: range) -> int:
    """They show the same under every strategy, and none copies more; how many pages cow copied."""
    (folder / "done.s").write_text(DONE)
    copied_late = 0
    for seed in seeds:
        chance = random.Random(seed)
        (folder / "program.s").write_text(random_program(chance))
        settings = {"memory": 4 << 20, "processes": 20, "quantum": chance.choice([1, 7, 10_000]), "instructions": 10**6}
        found = {name: Machine(root=folder, fork=name, **settings).run("/program.s") for name in STRATEGIES}
        copied = {name: total_copied(result) for name, result in found.items()}
        for name in DEFERRING:
            assert seen(found[name]) == seen(found["copy"]), f"seed {seed}, {name}"
            assert copied[name] <= copied["copy"], f"seed {seed}, {name}"
        copied_late += copied["cow"]
    return copied_late


def test_random_programs_see_no_difference_and_copy_no_more(tmp_path: Path) -> None:
    assert check_random_programs(tmp_path, range(100)) > 200


@pytest.mark.full
def test_many_random_programs_see_no_difference(tmp_path: Path) -> None:
    check_random_programs(tmp_path, range(1000, 3000))
