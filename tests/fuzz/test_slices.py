"""A few cases of each fuzzer, always the same ones. Hours of them: ``python -m tests.fuzz.NAME --seconds 3600``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.harness import ROOT
from vm import toolchain
from vm.engine import engines

COUNTS = {"calls": 5, "code": 4, "images": 10, "sources": 40}
"""Cases of a slice: a few seconds."""
NEEDS = {
    "code": pytest.mark.skipif(not engines.is_translator_supported(), reason="no translator for this host"),
    "images": pytest.mark.skipif(not toolchain.is_installed(), reason="no C compiler for the machine"),
}


def attempt(name: str, count: int, seed: int, folder: Path) -> None:
    """So many cases by the fuzzer's own command; what it says is shown when it found anything."""
    # Time is not judged here: the computer may be busy.
    command = [
        sys.executable,
        "-m",
        f"tests.fuzz.{name}",
        "--seed",
        str(seed),
        "--count",
        str(count),
        "--patience",
        "50",
    ]
    done = subprocess.run(
        [*command, "--keep", str(folder)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == f"{count} cases, 0 distinct failures"


@pytest.mark.parametrize("name", [pytest.param(name, marks=NEEDS.get(name, ())) for name in COUNTS])
def test_slice(name: str, tmp_path: Path) -> None:
    attempt(name, COUNTS[name], 1, tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(2, 6))
@pytest.mark.parametrize("name", [pytest.param(name, marks=NEEDS.get(name, ())) for name in COUNTS])
def test_slice_full(name: str, seed: int, tmp_path: Path) -> None:
    attempt(name, 75 * COUNTS[name], seed, tmp_path)
