"""Processes and threads have the numbers of a plan, by descent, whatever order they are made in."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.kernel.guest import PRELUDE
from vm.kernel.choice import Choice
from vm.machine import Machine
from vm.run import Run
from vm.schedules.files import read_schedule, write_schedule

Numbers = dict[tuple[int, ...], int]

FAMILY = """
# Two children, and of each another child and a thread; each says which number it has, as a byte.
        .macro say
        sb a0, -1(sp)
        li a0, 1
        addi a1, sp, -1
        li a2, 1
        sys write
        .endm
_start: li s0, 2
1:      sys fork
        beqz a0, child
        addi s0, s0, -1
        bnez s0, 1b
        sys gettid
        say
        li s0, 2
2:      li a0, -1
        li a1, 0
        li a2, 0
        sys wait4
        addi s0, s0, -1
        bnez s0, 2b
        exit 0
child:  sys fork
        beqz a0, last
        li a0, 0x50f00          # VM, FS, FILES, SIGHAND, THREAD, SYSVSEM
        la a1, stack
        sys clone
last:   sys gettid
        say
        exit 0
        .bss
        .balign 16
        .space 256
stack:
"""
SOURCE = (PRELUDE + FAMILY).encode()
ALL: list[tuple[int, ...]] = [(1,), (1, 1), (1, 2), (1, 1, 1), (1, 1, 2), (1, 2, 1), (1, 2, 2)]


class AnyOne:
    """Chooses at random."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def choose(self, choice: Choice) -> int:
        return self._random.randrange(len(choice.options))


def machine(engine: str = "interpreter") -> Machine:
    return Machine(engine=engine, instructions=1_000_000, memory=8 << 20, quantum=7, files={"/f.s": SOURCE})


def boot(seed: int, plan: Numbers | None = None, **options: bool) -> Run:
    run = machine().boot("/f.s", chooser=AnyOne(seed), **options)
    run.number(plan or {})
    return run


def test_without_a_plan_numbers_follow_the_order_of_forks() -> None:
    seen = set()
    for seed in range(20):
        run = boot(seed)
        output = run.finish().output
        numbers = run.numbers
        assert sorted(numbers) == [(0,), *sorted(ALL)]
        assert sorted(numbers.values()) == list(range(1, 9))
        assert sorted(output) == list(range(2, 9))
        seen.add(tuple(numbers[descent] for descent in ALL))
    assert len(seen) > 3


def test_with_a_plan_each_has_its_number_in_all_schedules() -> None:
    plan = {(1, 2): 3, (1, 1, 2): 200, (1, 2, 1): 7}
    for seed in range(20):
        run = boot(seed, plan)
        output = run.finish().output
        numbers = run.numbers
        assert {descent: numbers[descent] for descent in plan} == plan
        assert sorted(output) == [2, 3, 4, 5, 6, 7, 200]  # the others have the first that are not planned
        assert sorted(numbers.values()) == [1, *sorted(output)]


def test_a_whole_plan_makes_numbers_the_same() -> None:
    plan = {descent: 250 - place for place, descent in enumerate(ALL[1:])}
    for seed in range(5):
        run = boot(seed, plan)
        assert sorted(run.finish().output) == [2, *range(245, 251)]
        assert run.numbers == {(0,): 1, (1,): 2, **plan}


@pytest.mark.parametrize("engine", ["interpreter", "translator"])
def test_a_schedule_holds_the_plan(tmp_path: Path, engine: str) -> None:
    plan = {(1, 2): 100, (1, 1, 1): 90, (1, 3): 4}
    run = boot(3, plan, record=True)
    run.advance(20)
    run.number({(1, 2, 2): 80})  # a plan that grows on the way is as good as one from the start
    output = run.finish().output
    assert {100, 90, 80} < set(output)
    write_schedule(run.schedule(), tmp_path / "schedule")
    schedule = read_schedule(tmp_path / "schedule")
    assert schedule == run.schedule()
    assert '"numbers": {"1.2": 100, "1.1.1": 90, "1.3": 4, "1.2.2": 80},' in (tmp_path / "schedule").read_text()
    again = machine(engine).boot("/f.s", schedule=schedule)
    half = again.copy()
    assert again.finish().output == half.finish().output == output
    assert again.numbers == half.numbers == run.numbers


def test_a_schedule_without_a_plan_is_as_it_was(tmp_path: Path) -> None:
    run = boot(3, record=True)
    run.finish()
    write_schedule(run.schedule(), tmp_path / "schedule")
    assert "numbers" not in (tmp_path / "schedule").read_text()


def test_copies_go_on_by_the_plan_and_by_their_own() -> None:
    run = boot(5, {(1, 1): 50})
    run.start()
    one, two = run.copy(), run.copy()
    two.number({(1, 2): 60})
    assert one.digest() == run.digest() != two.digest()  # they will go on in another way
    one.finish()
    two.finish()
    assert one.numbers[1, 1] == two.numbers[1, 1] == 50
    assert (one.numbers[1, 2], two.numbers[1, 2]) == (4, 60)
    assert run.numbers == {(0,): 1, (1,): 2}


def test_a_plan_that_is_used_up_is_forgotten_by_digests() -> None:
    run, planned = boot(5), boot(5, {(1, 2): 4, (1, 1): 3, (1,): 2})
    for each in (run, planned):
        each.advance(200)
    assert (1, 2) in run.numbers
    assert run.numbers == planned.numbers
    assert run.digest() == planned.digest()


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ({(1, 1): 2}, "1.1 cannot have the number 2"),
        ({(1,): 3}, "1 cannot have the number 3"),
        ({(1, 1): 1 << 22}, "1.1 cannot have the number 4194304"),
        ({(1, 1): 5, (1, 2): 5}, "1.1 and 1.2 cannot both have the number 5"),
        ({(1, 1): 20}, "1.1 has the number 10, and cannot have 20"),
        ({(1, 5): 10}, "1.1 and 1.5 cannot both have the number 10"),
    ],
)
def test_impossible_plans_are_refused(plan: Numbers, message: str) -> None:
    run = boot(1, {(1, 1): 10})
    with pytest.raises(ValueError, match=message):
        run.number(plan)
    run.finish()
    assert run.numbers[1, 1] == 10


def test_numbers_that_were_given_are_nobody_elses() -> None:
    run = boot(1)
    run.finish()
    with pytest.raises(ValueError, match=r"1\.9 cannot have the number 3: it is another's"):
        run.number({(1, 9): 3})
    with pytest.raises(ValueError, match=r"1\.1 has the number 3, and cannot have 30"):
        run.number({(1, 1): 30})
    run.number({(1, 1): run.numbers[1, 1]})
