"""What it costs to grade a class: three hundred submissions by ten tests, of images and of sources in C.

Verdicts are asserted before the time counts, and that memory is bounded. Where benchmarks run once, as tests, the class
is small.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from bench.handed_in import KINDS, ROUND, hand_in, write_tests
from bench.targets import Target

pytestmark = pytest.mark.benchmark(group="grading")
CLASS = 300
SECONDS = {True: 60.0, False: 300.0}
"""What a class may take on two cores: of images, of sources."""
FEW = {True: len(ROUND), False: 4}
"""Submissions where benchmarks run once."""
MOST_MEMORY = 1 << 30
"""Bytes of the largest process."""


def grade(tests: Path, submissions: list[Path], report: Path, *more: str) -> float:
    """Grade by the command; the seconds that it took."""
    command = [str(Path(sys.executable).with_name("forklore")), "grade", str(tests), *map(str, submissions)]
    begin = perf_counter()
    done = subprocess.run(
        [*command, "--format", "json", "--report", str(report), *more], capture_output=True, text=True, check=False
    )
    taken = perf_counter() - begin
    assert done.returncode == 1, done.stderr
    return taken


def assert_verdicts(report: Path, kinds: list[str]) -> None:
    """Every submission passes what its kind passes, and nothing else."""
    verdicts = json.loads(report.read_text())["submissions"]
    passed = [
        frozenset(number for number, test in enumerate(each["tests"]) if test["state"] == "passed") for each in verdicts
    ]
    assert passed == [KINDS[kind] for kind in kinds]


@pytest.mark.parametrize("compiled", [True, False], ids=["images", "sources"])
def test_a_class_of_three_hundred(benchmark: Any, tmp_path: Path, compiled: bool) -> None:
    count = CLASS if benchmark.enabled else FEW[compiled]
    made = hand_in(tmp_path / "handed_in", count, compiled=compiled)
    tests, report = write_tests(tmp_path, compiled=compiled), tmp_path / "report.json"
    submissions, kinds = [path for path, _ in made], [kind for _, kind in made]
    if benchmark.enabled:
        grade(tests, submissions[: len(ROUND)], report)  # what is compiled once is
    taken = benchmark.pedantic(lambda: grade(tests, submissions, report), rounds=1)
    assert_verdicts(report, kinds)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    benchmark.extra_info |= {"seconds": taken, "largest process, MiB": peak >> 20}
    if benchmark.enabled:
        targets = [Target("seconds", taken, SECONDS[compiled]), Target("bytes", peak, MOST_MEMORY)]
        assert all(target.is_met for target in targets), [target.texts for target in targets]
