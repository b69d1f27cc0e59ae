"""A stress of forking, writing, exec'ing and dying under each strategy, after which every frame is accounted for.

``pytest -m stress`` does it for ten minutes, or for ``FORKLORE_SECONDS``; a short one is part of every run. A family of
processes (family.c) lives in a machine of its own, again and again, with another seed, strategy, quantum and size of
memory each time. In the midst of it all frames are recounted from the page tables; at its end none may be in use.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.accounting import check_kernel
from vm import Machine, events, toolchain
from vm.memory.strategies import STRATEGIES

pytestmark = pytest.mark.skipif(not toolchain.is_installed(), reason="no C compiler: pip install 'forklore[c]'")

SECONDS = float(os.environ.get("FORKLORE_SECONDS", "600"))
SEED = int(os.environ.get("FORKLORE_SEED", "20251124"))
STEPS = 400
RECOUNT = 40
"""Creations between two recounts of all frames."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("stress")
    image = toolchain.build(Path(__file__).with_name("family.c"))
    (place / "family").write_bytes(image)
    (place / "family").chmod(0o755)
    return place


def family(folder: Path, seed: int, strategy: str) -> tuple[Counter[str], bytes]:
    """One family's life: what happened in it, and what it wrote."""
    chance = random.Random(seed)
    machine = Machine(
        root=folder, fork=strategy, vfork_as_fork=chance.random() < 0.15, quantum=chance.choice([50, 1000, 10_000]),
        memory=chance.choice([8, 16, 64, 256]) << 20, processes=chance.choice([6, 20, 64]),
        first=chance.choice(["parent", "child"]), engine=chance.choice(["interpreter", "auto"]), stack=1 << 20,
    )  # fmt: skip
    run = machine.boot("/family", [str(seed), str(STEPS)]).start()
    kernel, seen = run.kernel, Counter[str]()

    def count(event: events.Event) -> None:
        kind = type(event).__name__
        seen[kind] += 1
        if kind == "Created" and seen[kind] % RECOUNT == 0:
            check_kernel(kernel)
            seen["recounts"] += 1

    for kind in (events.Created, events.Executed, events.Exited, events.Faulted, events.Deferred):
        kernel.events.subscribe(kind, count)
    result = run.finish()
    assert (result.status, result.message) == (0, ""), f"seed {seed}, {strategy}: {result.status} {result.message}"
    assert kernel.memory.used == kernel.memory.committed == len(kernel.memory.machine_frames)
    check_kernel(kernel)
    return seen, result.output


def stress(folder: Path, enough: Callable[[Counter[str]], bool]) -> Counter[str]:
    """Families under each strategy in turns, until it is enough; each seed's writes the same under all of them."""
    seen: Counter[str] = Counter()
    print(f"FORKLORE_SEED={SEED}")
    for seed in range(SEED, SEED + 10**9):
        outputs = set()
        for strategy in STRATEGIES:
            happened, output = family(folder, seed, strategy)
            outputs.add(output)
            seen += happened + Counter({"families": 1})
        assert len(outputs) == 1, f"seed {seed}: {outputs}"
        if enough(seen):
            break
    return seen


def test_a_little_stress(folder: Path) -> None:
    kinds = ("Created", "Executed", "Exited", "Faulted", "Deferred")
    seen = stress(folder, lambda seen: seen["families"] >= 60 or min(seen[kind] for kind in kinds) > 10)
    assert min(seen[kind] for kind in kinds) > 10, seen


@pytest.mark.stress
def test_every_frame_is_accounted_for_after_ten_minutes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    end = time.monotonic() + SECONDS
    seen = stress(folder, lambda _: time.monotonic() > end)
    with capsys.disabled():
        print(f"\n{SECONDS:g} s: {', '.join(f'{count:,} {kind}' for kind, count in sorted(seen.items()))}")
    assert seen["families"] >= len(STRATEGIES)
