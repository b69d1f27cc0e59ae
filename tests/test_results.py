"""What Python gets to see of a run: statuses decoded alike everywhere, and reprs that fit a screen."""

from __future__ import annotations

import pickle
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from tests.programs.headers import PROGRAMS_FOLDER
from vm import CannotRun, Machine, events, keeping
from vm.abi import Signal
from vm.observe.deaths.report import Report
from vm.records import Result
from vm.run import Run
from vm.settings import WrongSetting
from vm.statuses import describe_end

FAMILY = """
# The first child exits with 9, the second kills itself, the third waits for ever.
_start: li      a7, 1079
        ecall
        beqz    a0, leaves
        li      a7, 1079
        ecall
        beqz    a0, dies
        li      a7, 1079
        ecall
        beqz    a0, waits
        li      a0, 137
        li      a7, 93
        ecall
leaves: li      a0, 9
        li      a7, 93
        ecall
dies:   li      t0, 0
        sw      t0, 0(t0)
waits:  j       waits
"""


def run_of(tmp_path: Path) -> Run:
    (tmp_path / "family.s").write_text(FAMILY)
    return Machine(instructions=100_000, engine="interpreter").boot(tmp_path / "family.s").start()


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return run_of(tmp_path_factory.mktemp("family")).finish()


def test_statuses_are_decoded_and_alike(family: Result) -> None:
    """A program that exits with 137 is not one that was killed; that a limit ended the run hides neither."""
    assert (family.status, family.exit_code, family.signal) == (124, 137, None)
    assert "instruction limit" in family.message
    ends = {each.pid: (each.exit_code, each.signal, each.status) for each in family.processes}
    segv = Signal.SIGSEGV
    assert ends == {2: (137, None, 137), 3: (9, None, 9), 4: (None, segv, 128 + segv), 5: (None, None, None)}
    told = {each.pid: (each.exit_code, each.signal) for each in family.events if isinstance(each, events.Exited)}
    assert told == {pid: end[:2] for pid, end in ends.items() if pid != 5}
    assert family.process(4).signal == segv
    with pytest.raises(KeyError, match="no process had pid"):
        family.process(9)


def test_nothing_public_is_a_wait_word() -> None:
    """What has a field of that name has it as shells number it, or decoded."""
    assert {kind.__name__ for kind in events.KINDS if "status" in {each.name for each in fields(kind)}} == set()


def test_how_a_process_ended_in_words() -> None:
    assert [describe_end(3, None), describe_end(None, 9)] == ["exit status 3", "killed by SIGKILL"]


def test_reprs_fit_a_screen(family: Result, tmp_path: Path) -> None:
    noisy = Machine(output=10_000).run(PROGRAMS_FOLDER / "echo.s", ["x" * 5000])
    assert len(noisy.output) > 5000
    booted = run_of(tmp_path)
    for thing in (family, noisy, *family.processes, *family.events, *noisy.events, family.memory, booted, Machine()):
        assert len(repr(thing)) < 500, type(thing)
        assert "\n" not in repr(thing)
    assert repr(booted) == "<Run of 'family.s', 0 instructions so far>"
    assert "status=124" in repr(family)
    assert "<4 entries>" in repr(family)
    assert repr(noisy.report) == "Report(deaths=(), refused_calls=(), whereabouts=())"
    assert repr(family.report) == "Report(deaths=<1 entry>, refused_calls=(), whereabouts=<1 entry>)"


def test_results_can_be_sent_elsewhere(family: Result) -> None:
    assert is_dataclass(family)
    sent = pickle.loads(pickle.dumps(family))
    assert sent == family
    assert sent.report == family.report != Report()
    refused = pickle.loads(pickle.dumps(CannotRun("x: no such file", 127)))
    assert (type(refused), str(refused), refused.status) == (CannotRun, "x: no such file", 127)
    assert str(pickle.loads(pickle.dumps(WrongSetting("memory")))) == "memory"


LEAVES = """
# A file, a number in .data, and one on the stack.
_start: li      a0, -100
        la      a1, name
        li      a2, 0101
        li      a3, 0644
        li      a7, 56
        ecall
        la      a1, name
        li      a2, 4
        li      a7, 64
        ecall
        li      t0, 4660
        la      t1, word
        sw      t0, 0(t1)
        sw      t0, -4(sp)
        li      a0, 0
        li      a7, 93
        ecall
        .data
name:   .asciz "/out"
        .balign 4
word:   .word   0
        .bss
empty:  .zero   8192
"""


def test_memory_and_files_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "leaves.s").write_text(LEAVES)
    result = Machine().run(tmp_path / "leaves.s")
    process = result.process(2)
    segments = {name: (start, end) for name, start, end, _ in process.segments}
    start, end = segments["data"]
    assert process.read(start, 12) == b"/out\0\0\0\0" + (4660).to_bytes(4, "little")
    assert process.read(end - 8192, 8192) == bytes(8192), "what nobody touched"
    assert process.read(process.registers[2] - 4, 4) == (4660).to_bytes(4, "little")
    assert process.read(start, 0) == b""
    for address, size in ((0, 1), (end - 1, 2), (start, 1 << 40), (start, -1), (1 << 32, 4)):
        with pytest.raises(ValueError, match="has no memory"):
            process.read(address, size)
    assert list(result.files) == ["/out"]
    assert (result.files["/out"].content, result.files["/out"].mode & 0o777) == (b"/out", 0o644)
    assert pickle.loads(pickle.dumps(result)).process(2).read(start, 4) == b"/out"


def test_what_is_kept_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "leaves.s").write_text(LEAVES)
    monkeypatch.setattr(keeping, "MEMORY_LIMIT", 4096)
    monkeypatch.setattr(keeping, "FILES_LIMIT", 2)
    result = Machine().run(tmp_path / "leaves.s")
    with pytest.raises(LookupError, match="the memory of pid 2 was not kept"):
        result.process(2).read(0x10000, 1)
    assert (result.files["/out"].content, result.files["/out"].size) == (b"", 4)
    nothing = Machine().run(tmp_path / "leaves.s", keep=False)
    assert nothing.files == {}
    assert nothing.process(2).pages is None


def test_the_programs_own_memory_is_kept_whoever_ends_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "PROCESSES_LIMIT", 2)
    result = Machine().run(PROGRAMS_FOLDER / "fork_tree.s")
    assert len(result.processes) == 7
    kept = [each.pid for each in result.processes if each.pages is not None]
    assert (len(kept), kept[0]) == (3, 2)


def test_a_zombie_at_the_end_is_told_once(tmp_path: Path) -> None:
    """The parent never collects its child, and a limit ends the run."""
    (tmp_path / "zombie.s").write_text("_start: li a7, 1079\n ecall\n1: bnez a0, 1b\n li a0, 5\n li a7, 93\n ecall\n")
    result = Machine(instructions=10_000, quantum=100).run(tmp_path / "zombie.s")
    assert [(each.pid, each.exit_code) for each in result.processes] == [(2, None), (3, 5)]
