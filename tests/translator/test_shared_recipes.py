"""Copies of a machine run at full speed at once: what was compiled for one of them is compiled for all."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest

from tests.translator.test_life_cycle import cache  # noqa: F401
from vm.engine import engines
from vm.kernel.pausing import Until
from vm.machine import Machine
from vm.run import Run

pytestmark = [
    pytest.mark.skipif(not engines.is_translator_supported(), reason="no translator for this host"),
    pytest.mark.usefixtures("cache"),
]

LOOP = """
        .globl  _start
_start: li      a0, 1
loop:   slli    t1, a0, 13
        xor     a0, a0, t1
        srli    t1, a0, 17
        xor     a0, a0, t1
        j       loop
"""
MUCH = 2_000_000


@pytest.fixture(params=["translator", "auto"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    source = tmp_path / "loop.s"
    source.write_text(LOOP)
    return Machine(engine=request.param).boot(source).start()


def go_on(run: Run) -> tuple[int, float]:
    """Run on; how many regions were compiled, and which part of the instructions ran translated."""
    run.advance(Until(clock=run.kernel.clock + MUCH))
    statistics = run.kernel.engine.statistics
    assert statistics is not None
    return statistics.regions, statistics.executed / MUCH


def test_a_copy_compiles_nothing_that_was_compiled_for_the_original(run: Run) -> None:
    assert go_on(run)[0] > 0
    for each in (run.copy(), run.copy().copy()):
        compiled, translated = go_on(each)
        assert compiled == 0
        assert translated > 0.97  # a new space is interpreted at first


def test_what_is_compiled_for_a_copy_is_compiled_for_others_of_the_same_machine(run: Run) -> None:
    """As for checkpoints, which do not run themselves."""
    kept = [run.copy(), run.copy()]
    assert go_on(kept[0].copy())[0] > 0
    for each in (kept[0].copy(), kept[1].copy(), run):
        compiled, translated = go_on(each)
        assert compiled == 0
        assert translated > 0.97


def test_copies_may_run_in_several_threads(run: Run) -> None:
    copies = [run.copy() for _ in range(6)]
    threads = [Thread(target=go_on, args=(each,)) for each in copies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    go_on(run)
    assert {each.digest() for each in copies} == {run.digest()}
