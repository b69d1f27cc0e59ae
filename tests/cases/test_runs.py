"""Programs that went wrong once, each for its kind: what they print, and how they end.

Each was a wrong status, an error of the machine's own, a run without an end, or memory of the host's without bound.
"""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from tests.translator.at_once import translate_at_once
from vm import Machine, Result, toolchain
from vm.abi import Errno
from vm.engine.engines import is_translator_supported
from vm.kernel.ports import Closed, HostInput
from vm.memory.strategies import STRATEGIES

FOLDER = Path(__file__).parent / "run"
HOST_MEMORY = 32 << 20
"""Bytes of the host's that a program may take beside its physical memory."""

ANSWERS: dict[str, tuple[int, str]] = {
    "sparse_program.s": (Errno.ENOEXEC, ""),
    "page_of_a_huge_file.s": (Errno.ENOMEM, ""),
    "mapping_over_the_stack.s": (0, ""),
    "moved_to_the_stack.s": (139, ""),
    "group_of_pid_1.s": (124, ""),
    "sleep_to_the_end.s": (124, ""),
    "hot_comparison.s": (7, ""),
    "unmaps_the_root_table.s": (Errno.EINVAL, ""),
    "page_table_of_its_own.s": (8, ""),
    "no_core.c": (0, "6 6 0\n134 6 1\n"),
    "sparse_mapping.c": (0, "refused\n"),
    "subreaper.c": (0, "adopted\n"),
    "behind_the_end.c": (0, "97 0 0\n"),
}
"""Exit status and output; ``urgent_input.s`` has a test of its own."""

needs_c = pytest.mark.skipif(not toolchain.is_installed(), reason="no C compiler: pip install 'forklore[c]'")


def run(name: str, folder: Path, **options: Any) -> Result:
    """In a folder of its own, which it may write to."""
    source = FOLDER / name
    program = folder / source.stem
    if source.suffix == ".c":
        program.write_bytes(toolchain.build(source))
        program.chmod(0o755)
    else:
        program = folder / name
        program.write_text(source.read_text())
    streams = {key: options.pop(key) for key in ("input", "output") if key in options}
    return Machine(instructions=20_000_000, user=os.getuid(), **options).run(program, **streams)


@pytest.mark.parametrize("name", [pytest.param(name, marks=needs_c if name[-1] == "c" else ()) for name in ANSWERS])
def test_answer(name: str, tmp_path: Path) -> None:
    result = run(name, tmp_path)
    assert (result.status, result.output.decode()) == ANSWERS[name]


@pytest.mark.parametrize("name", ["sparse_program.s", "page_of_a_huge_file.s"])
def test_a_hole_takes_no_memory_of_the_hosts(name: str, tmp_path: Path) -> None:
    tracemalloc.start()
    result = run(name, tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (result.status, result.output.decode()) == ANSWERS[name]
    assert peak < HOST_MEMORY


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_no_strategy_follows_entries_behind_the_root_table(strategy: str, tmp_path: Path) -> None:
    assert run("unmaps_the_root_table.s", tmp_path, fork=strategy).status == Errno.EINVAL


@pytest.mark.skipif(not is_translator_supported(), reason="nothing is translated here")
def test_a_hot_comparison_is_translated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vm.kernel.kernel.new_engine", lambda _, memory: translate_at_once(memory))
    assert run("hot_comparison.s", tmp_path).status == 7


def test_waiting_for_what_standard_input_never_has(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    null = os.open(os.devnull, os.O_RDONLY)
    for given in (b"", b"text", HostInput(reader), HostInput(null)):
        assert run("urgent_input.s", tmp_path, input=given).status == 7
    for descriptor in (reader, writer, null):
        os.close(descriptor)


@needs_c
def test_a_utility_that_cannot_write_says_so(tmp_path: Path) -> None:
    result = Machine(root=tmp_path).run("/bin/ls", output=Closed())
    assert (result.status, result.errors) == (2, b"ls: write error: Bad file descriptor\n")


def test_every_program_has_an_answer() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {*ANSWERS, "urgent_input.s"}
