"""What the checker says, and how often: one child is one child, one statement one finding, the cause comes first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hazards.catalogue import FOLDER, check
from tests.kernel.guest import PRELUDE
from vm import toolchain
from vm.hazards.findings import Finding
from vm.hazards.places import first_line
from vm.hazards.rules import Level

needs_compiler = pytest.mark.skipif(not toolchain.is_installed(), reason="needs ziglang")


def run_source(text: str, tmp_path: Path, instructions: int = 100_000) -> list[Finding]:
    source = tmp_path / "p.s"
    source.write_text(PRELUDE + text)
    return check(source, instructions)[0]


def rules(findings: list[Finding]) -> set[str]:
    return {finding.rule for finding in findings if finding.level is not Level.NOTE}


@needs_compiler
def test_one_child_that_sets_the_environment_is_one_child() -> None:
    found = check(FOLDER / "bad/unsetenv.c")[0]
    assert {finding.count for finding in found} == {1}


@needs_compiler
def test_members_have_their_names() -> None:
    [told] = [f for f in check(FOLDER / "bad/error_told_by_argument.c")[0] if f.rule == "error-told"]
    assert told.ranges[0].where == "main's 'order.error'"


@needs_compiler
@pytest.mark.parametrize(
    ("name", "said"),
    [("aborts.c", "abort called here, which ends the child by SIGABRT"), ("killed_by_sibling.c", "which process")],
)
def test_who_killed_a_child(name: str, said: str) -> None:
    [killed] = [finding for finding in check(FOLDER / "bad" / name)[0] if finding.rule == "killed"]
    assert said in killed.message


@needs_compiler
@pytest.mark.parametrize("flag", ["-O2", pytest.param("-Os", marks=pytest.mark.full)])
def test_a_stripped_image_of_a_correct_program_has_no_finding(flag: str, tmp_path: Path) -> None:
    """Its functions end in jumps to others, which lie behind calls by chance."""
    image = tmp_path / "image"
    image.write_bytes(toolchain.build(FOLDER / "good/sets_handlers.c", [flag, "-s"]))
    image.chmod(0o755)
    (tmp_path / "exit.s").write_bytes((FOLDER / "good/exit.s").read_bytes())
    assert rules(check(image)[0]) == set()


LOOP = """
_start: sys vfork
        bnez a0, parent
        {child}
parent: exit 0
        .data
flag:   .word 0
"""


@pytest.mark.parametrize(
    "loop", ["1: j 1b", "la t0, flag\n1: lw t1, (t0)\n beqz t1, 1b", "1: addi t0, t0, 1\n andi t0, t0, 7\n j 1b"]
)
def test_a_child_that_goes_round_for_ever_is_found_at_any_limit(loop: str, tmp_path: Path) -> None:
    assert rules(run_source(LOOP.format(child=loop), tmp_path, 1000)) == {"never-released"}


@pytest.mark.parametrize("instructions", range(6, 60, 9))
def test_a_limit_is_not_the_childs_fault(instructions: int, tmp_path: Path) -> None:
    child = "li s1, 20\n1: sys getpid\n addi s1, s1, -1\n bnez s1, 1b\n exit 0"
    assert rules(run_source(LOOP.format(child=child), tmp_path, instructions)) == set()


def test_a_child_that_takes_most_of_a_long_run_is_blamed(tmp_path: Path) -> None:
    """It stores, so that nothing is proven."""
    loop = "la t0, flag\n1: addi t1, t1, 1\n sw t1, (t0)\n j 1b"
    assert "never-released" in rules(run_source(LOOP.format(child=loop), tmp_path, 2_500_000))


def test_many_small_damages_take_no_time_that_grows_faster_than_they_do(tmp_path: Path) -> None:
    """Every other byte of 128 KiB, each read by the parent: one statement, one finding, a bounded list."""
    source = """
_start: la s0, area
        li s1, 0x20000
        add s1, s1, s0
        sys vfork
        mv t0, s0
        bnez a0, parent
        li t1, 1
1:      sb t1, 0(t0)
        addi t0, t0, 8
        bltu t0, s1, 1b
        exit 0
parent: lb t1, 0(t0)
        addi t0, t0, 8
        bltu t0, s1, parent
        exit 0
        .bss
area:   .space 0x20000
"""
    [damage] = run_source(source, tmp_path, 1_000_000)
    assert damage.size == 0x4000
    assert len(damage.ranges) == 1000


def test_a_statement_may_take_several_lines(tmp_path: Path) -> None:
    source = tmp_path / "p.c"
    source.write_text("int x;\nhere = (struct point){\n  7,\n  8,\n};\nif (a)\n  b = f(1,\n    2);\n")
    assert [first_line(source, line) for line in range(1, 9)] == [1, 2, 2, 2, 2, 6, 7, 7]
    assert first_line(tmp_path / "p.s", 4) == 4
