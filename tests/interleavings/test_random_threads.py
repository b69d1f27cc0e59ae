"""Random programs of threads, futexes and signals end as a model says, alike under both engines and every quantum.

What each thread does comes from a seed (script.py); one C program does it (actors.c), on semaphores, barriers,
conditions and mutexes made of futexes, among signals, forks and threads that end in every way. Its notes are replayed
in a model (model.py), for which the host's kernel vouches.
"""

from __future__ import annotations

import random
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.interleavings.model import read_report, replay, write_report
from tests.interleavings.script import STATUS, Script, random_script
from tests.natively import Program, build, directory, needs_host
from tests.sampling import first_of
from tests.translator.at_once import translate_at_once
from vm import Machine
from vm.engine.engines import new_engine
from vm.kernel.pausing import Ending
from vm.memory.strategies import STRATEGIES
from vm.run import Run

ACTORS = Program(Path(__file__).with_name("actors.c"), ("-O1", "-Wall"))
ENGINES = ("interpreter", "translator")
QUANTA = (1, 7, 100, 10_000)
STEP = 20_011
"""Nanoseconds of guest time between two digests."""

pytestmark = needs_host


@dataclass(frozen=True)
class End:
    """What two runs of one program under one quantum have in common: output and status, and digests on the way."""

    output: bytes
    status: int
    message: str
    retired: int
    digests: tuple[str, ...]


@pytest.fixture(scope="module")
def images() -> tuple[bytes, bytes]:
    return build(ACTORS)


@pytest.fixture(autouse=True)
def translated(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The translator interprets nothing, where there is time for that: it takes most of a minute at first."""
    if request.node.get_closest_marker("full") is not None:
        monkeypatch.setattr(
            "vm.kernel.kernel.new_engine",
            lambda name, memory: translate_at_once(memory) if name == "translator" else new_engine(name, memory),
        )


def run_in_machine(script: Script, image: bytes, **settings: Any) -> End:
    """To its end, with a digest now and then; nothing is left of it in the machine."""
    with directory(image) as folder:
        machine = Machine(root=folder, seconds=300, **settings)
        run = machine.boot("/prog", input=script.encode()).start()
        digests, clock = [run.digest()], STEP
        while not isinstance(run.advance(clock), Ending):
            digests.append(run.digest())
            clock += STEP
        result = run.finish()
    check_balance(run)
    return End(result.output, result.status, result.message, result.retired, (*digests, run.digest()))


def check_balance(run: Run) -> None:
    """No frame, process, waiter or timer is left when a program has ended."""
    kernel = run.kernel
    assert kernel.memory.used == kernel.memory.committed == len(kernel.memory.machine_frames)
    assert len(kernel.processes) <= 1, "the reaper may be left"
    assert not kernel.scheduler.ready
    assert not kernel.scheduler.queues
    assert not kernel.timers.all()


@pytest.mark.parametrize("seed", first_of(2, range(200)))
def test_a_random_program(seed: int, images: tuple[bytes, bytes]) -> None:
    script, strategy = random_script(seed), list(STRATEGIES)[seed % len(STRATEGIES)]
    for quantum in QUANTA:
        interpreted, translated = (
            run_in_machine(script, images[1], engine=engine, quantum=quantum, fork=strategy) for engine in ENGINES
        )
        assert interpreted == translated
        assert (interpreted.status, interpreted.message) == (STATUS[script.ending], "")
        replay(script, interpreted.output)


def run_on_host(script: Script, prog: Path) -> bytes:
    """What it writes there."""
    done = subprocess.run([prog], input=script.encode(), capture_output=True, check=False, timeout=60)
    assert done.returncode == (STATUS[script.ending] if STATUS[script.ending] < 128 else 128 - STATUS[script.ending])
    return done.stdout


@pytest.mark.parametrize("seeds", first_of(1, [range(at, at + 100) for at in range(0, 3000, 100)]), ids=str)
def test_the_host_does_as_the_model_says(seeds: range, images: tuple[bytes, bytes]) -> None:
    with directory(images[0]) as folder:
        for seed in seeds:
            script = random_script(seed)
            replay(script, run_on_host(script, folder / "prog"))


def test_the_model_notices(images: tuple[bytes, bytes]) -> None:
    """A note that is missing, a note that comes too early, and a lost update, in what the machine's runs say."""
    chance, noticed, runs = random.Random(0), Counter[str](), 12
    with directory(images[1]) as folder:
        machine = Machine(root=folder, quantum=100)
        for seed in range(runs):
            script = random_script(seed)
            notes, cells = read_report(machine.run("/prog", input=script.encode()).output)
            at = chance.randrange(1, len(notes))
            early = chance.randrange(at)
            damaged = {
                "missing": (notes[:at] + notes[at + 1 :], cells),
                "early": ([*notes[:early], notes[at], *notes[early:at], *notes[at + 1 :]], cells),
                "lost": (notes, [cells[0] ^ 1, *cells[1:]]),
            }
            noticed.update(name for name, report in damaged.items() if not is_accepted(script, write_report(*report)))
    assert noticed["missing"] == noticed["lost"] == runs
    assert noticed["early"] > runs // 2, "some may come early"


def is_accepted(script: Script, output: bytes) -> bool:
    try:
        replay(script, output)
    except (AssertionError, ValueError):
        return False
    return True
