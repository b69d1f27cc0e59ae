"""A machine that is copied and its copy run on alike, to the byte and to the number of every event."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.accounting import check_kernel
from tests.programs.headers import PROGRAMS, PROGRAMS_FOLDER, read_header
from tests.sampling import first_of
from tests.translator.at_once import translate_at_once
from vm import Machine, Result, events
from vm.engine.engines import new_engine
from vm.kernel.choice import Choice
from vm.kernel.pausing import Ending
from vm.memory.strategies import STRATEGIES
from vm.run import Run
from vm.toolchain import is_installed

MANY, EACH = 2000, 50
"""Where a run has more choices than ``MANY``, it is copied at one of ``EACH``."""
SLOTS = 24
"""Processes at once: some programs make as many as they can."""
ENGINES = ("interpreter", "translator")
COMBINATIONS = [
    ("interpreter", "copy"), ("interpreter", "cow"), ("interpreter", "on-demand"), ("translator", "on-demand"),
    ("translator", "cow"), ("translator", "copy"),
]  # fmt: skip
SLICE = ["pipeline.s", "fork_tree.s", "vfork_exec.s", "wait.s", "sh.s"]
OTHERS = sorted(
    path
    for path in [*(PROGRAMS_FOLDER / "hazards").glob("**/*.s"), *PROGRAMS_FOLDER.glob("**/*.c")]
    if "labs" not in path.parts
)
"""Whatever else comes along, but for what is graded in labs: that may wait for ever, and takes arguments."""


@pytest.fixture(autouse=True)
def translated(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is translated is so at its first instruction, and once for all the machines of these tests."""

    def engine(name: str, memory: Any) -> Any:
        return translate_at_once(memory) if name == "translator" else new_engine(name, memory)

    monkeypatch.setattr("vm.kernel.kernel.new_engine", engine)


def finish_loudly(run: Run) -> tuple[list[events.Event], Result]:
    """Every event from now on, and the outcome."""
    log: list[events.Event] = []
    for kind in events.KINDS:
        run.subscribe(kind, log.append)
    return log, run.finish()


def compare_copies(make: Callable[[], Run], pick: Callable[[int], Collection[int]]) -> int:
    """Copy a run at the choices with the numbers that ``pick`` takes out of so many, and before its start.

    Return how many copies there were. The next is taken of a copy, so that there are copies of copies.
    """
    straight = make()
    expected = straight.finish()
    picked, made = pick(straight.kernel.system.decisions.made), 0
    run, pause = make(), None
    while not isinstance(pause, Ending):
        if pause is None or (pause.choice is not None and pause.choice.number in picked):
            twin, rest = run.copy(), run.copy()
            (ours, result), (theirs, other) = finish_loudly(run), finish_loudly(twin)
            assert ours == theirs
            assert [event.number for event in ours] == [event.number for event in theirs]
            assert other == result == expected
            run, made = rest, made + 1
        pause = run.advance(Choice)
    assert run.finish() == expected
    assert made == len(picked) + 1
    return made


def a_few(chance: random.Random, choices: int) -> Collection[int]:
    return chance.sample(range(choices), min(choices, 3))


def all_of(choices: int) -> Collection[int]:
    return range(0, choices, EACH if choices > MANY else 1)


def of_header(program: Path, **settings: Any) -> Run:
    header = read_header(program.read_text())
    return Machine(**{"processes": SLOTS, **settings}).boot(program, header.arguments, input=header.input)


@pytest.mark.parametrize(("engine", "fork"), first_of(4, COMBINATIONS))
def test_copies_run_on_as_the_machine_does(engine: str, fork: str) -> None:
    pick = partial(a_few, random.Random(12))
    assert (
        sum(
            compare_copies(partial(of_header, PROGRAMS_FOLDER / name, engine=engine, fork=fork), pick) for name in SLICE
        )
        > 15
    )


@pytest.mark.full
@pytest.mark.parametrize("fork", STRATEGIES)
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_every_program_can_be_copied_at_every_choice(program: Path, engine: str, fork: str) -> None:
    compare_copies(partial(of_header, program, engine=engine, fork=fork), all_of)


def of_comment(program: Path, **settings: Any) -> Run:
    """A run of a program whose comment may name arguments and a line of input."""
    head = program.read_text().split("*/")[0]
    arguments = re.findall(r"^ \* Arguments: (.*)$", head, re.MULTILINE)
    lines = re.findall(r"^ \* Input: (.*)$", head, re.MULTILINE)
    machine = Machine(instructions=5_000_000, **settings)
    return machine.boot(program, " ".join(arguments).split(), input="".join(line + "\n" for line in lines).encode())


@pytest.mark.full
@pytest.mark.parametrize("fork", STRATEGIES)
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("program", OTHERS, ids=lambda program: f"{program.parent.name}/{program.name}")
def test_programs_of_other_folders_too(program: Path, engine: str, fork: str) -> None:
    if program.suffix == ".c" and not is_installed():
        pytest.skip("no C compiler: pip install 'forklore[c]'")
    compare_copies(partial(of_comment, program, engine=engine, fork=fork), all_of)


def go_some_way(run: Run, chance: random.Random, steps: int) -> bool:
    """Answer choices at random, and recount the frames in between; True while there is more to come."""
    for _ in range(steps):
        pause = run.advance(Choice)
        if isinstance(pause, Ending):
            check_kernel(run.kernel)
            return False
        assert pause.choice is not None
        run.choose(chance.randrange(len(pause.choice.options)))
        if chance.random() < 0.05:
            check_kernel(run.kernel)
    return True


def part_ways(program: Path, seed: int) -> int:
    """Copy a run at a random moment and let both go their own ways; return how many choices they made in all."""
    chance = random.Random(seed)
    settings = {"fork": chance.choice(list(STRATEGIES)), "quantum": chance.choice([20, 100, 1000])}
    clock = chance.randrange(of_header(program, **settings).finish().retired)
    run = of_header(program, instructions=300_000, processes=20, **settings)
    if isinstance(run.advance(clock), Ending):
        return 0
    twin = run.copy()
    going = [run, twin]
    while going:
        which = chance.choice(going)
        if not go_some_way(which, chance, chance.randint(1, 40)):
            going.remove(which)
        for other in (run, twin):
            check_kernel(other.kernel)
    return run.kernel.system.decisions.made + twin.kernel.system.decisions.made


@pytest.mark.parametrize("name", ["pipeline.s", "fork_tree.s", "script.sh", "race_lock.s"])
def test_a_machine_and_its_copy_part(name: str) -> None:
    assert sum(part_ways(PROGRAMS_FOLDER / name, seed) for seed in range(2)) > 10


@pytest.mark.full
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_every_machine_and_its_copy_part(program: Path) -> None:
    for seed in range(100, 120):
        part_ways(program, seed)
