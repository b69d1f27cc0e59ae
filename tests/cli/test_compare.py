"""`forklore compare` from outside: what it finds, how it ends, what it prints."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.forking import forked_command
from vm.toolchain import is_installed

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "programs"
NEEDS_C = pytest.mark.skipif(not is_installed(), reason="no C compiler: pip install 'forklore[c]'")


def compare(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*forked_command(), "compare", "--rounds", "0", *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=300,
        **{"stdin": subprocess.DEVNULL, **options},
    )  # fmt: skip


def compared(*arguments: object, status: int = 0, **options: Any) -> dict[str, Any]:
    done = compare("--format", "json", *arguments, **options)
    assert done.returncode == status, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["same"] is (status != 1)
    return found


def source(folder: Path, text: str) -> Path:
    path = folder / "program.s"
    path.write_text(text)
    return path


def test_forks_are_the_same_and_cost_differently() -> None:
    runs = {run["name"]: run for run in compared(PROGRAMS / "fork_isolation.s")["runs"]}
    assert list(runs) == ["copy", "cow", "on-demand"]
    # Data, heap and stack hold a page each, and each is written by the child.
    assert [run["totals"]["copied"] for run in runs.values()] == [3, 0, 0]
    assert [run["totals"]["late_pages"] for run in runs.values()] == [0, 3, 3]
    assert [run["totals"]["tables_shared"] for run in runs.values()] == [0, 0, 2]
    assert [run["totals"]["faults"] for run in runs.values()] == [0, 4, 4]
    assert {run["end"]["private_bytes"] for run in runs.values()} == {5 * 4096}


def test_vfork_made_a_fork_shows_what_that_hides() -> None:
    found = compared(PROGRAMS / "vfork_global.s", status=1)
    names = [run["name"] for run in found["runs"]]
    assert names == ["copy", "cow", "on-demand", "vfork as fork"]
    *plain, forked = found["runs"]
    for run in plain:
        assert run["output_difference"] == run["memory_difference"] == []
        assert run["totals"]["copied"] == 0
    assert "-parent: balance is 0" in forked["output_difference"]
    assert "+parent: balance is 100" in forked["output_difference"]
    [balance] = forked["memory_difference"]
    assert (balance["name"], balance["where"]) == ("balance", ".data")
    assert (balance["first"], balance["second"]) == ("00000000", "64000000")


@NEEDS_C
def test_c_variables_have_their_names(tmp_path: Path) -> None:
    program = tmp_path / "program.c"
    program.write_text("""
        #include <unistd.h>
        struct { char text[12]; int number; } record = { "before", 5 };
        static long long wide;
        int main(void)
        {
            volatile int local = 1;
            if (vfork() == 0) {
                record.number = local = 7;
                record.text[0] = 'B';
                wide = -1;
                _exit(0);
            }
            _exit(local);
        }
    """)
    found = compared(program, status=1)
    assert [run["status"] for run in found["runs"]] == [7, 7, 7, 1]
    places = {each["name"]: each for each in found["runs"][-1]["memory_difference"]}
    assert bytes.fromhex(places["record"]["first"]).startswith(b"Bef")
    assert bytes.fromhex(places["record+12"]["second"]) == b"\x05\0\0\0"
    assert places["wide"]["first"] == "ff" * 8
    assert places["main's local"]["where"] == "stack"
    assert set(places) == {"record", "record+12", "wide", "main's local"}


def test_memory_that_only_one_of_them_has() -> None:
    [first, second] = compared(PROGRAMS / "vfork_heap.s", status=1)["runs"][-1]["memory_difference"]
    assert (first["where"], first["size"], first["first"], first["second"]) == ("heap", 4, "0d000000", "2a000000")
    assert (second["where"], second["size"], second["first"]) == ("heap", 4096, None)


def test_what_is_dead_does_not_count(tmp_path: Path) -> None:
    """The vfork child scribbles below the stack pointer: nobody will ever read that."""
    text = "_start: li a7, 1071\n ecall\n bnez a0, 1f\n li t0, 9\n sw t0, -64(sp)\n1: li a0, 0\n li a7, 93\n ecall\n"
    assert compared(source(tmp_path, f".globl _start\n{text}"))["runs"][-1]["memory_difference"] == []
    text = text.replace("-64", "4")
    [found] = compared(source(tmp_path, f".globl _start\n{text}"), status=1)["runs"][-1]["memory_difference"]
    assert (found["where"], found["size"], found["first"]) == ("stack", 4, "09000000")


@pytest.mark.parametrize("through", ["file", "pipe"])
def test_all_runs_read_the_same_input(tmp_path: Path, through: str) -> None:
    data = "".join(f"line {number}\n" for number in range(20_000))
    if through == "pipe":
        found = compared(PROGRAMS / "cat.s", stdin=None, input=data)
    else:
        (tmp_path / "data").write_text(data)
        with open(tmp_path / "data") as file:
            found = compared(PROGRAMS / "cat.s", stdin=file)
    assert [run["output_bytes"] for run in found["runs"]] == [len(data)] * 3


def test_input_that_nobody_reads_is_not_waited_for() -> None:
    reader, writer = os.pipe()
    try:
        assert compared(PROGRAMS / "hello.s", stdin=reader)["runs"][0]["status"] == 0
    finally:
        os.close(reader)
        os.close(writer)


def test_death_by_a_signal_is_a_status_like_any_other() -> None:
    assert [run["status"] for run in compared(PROGRAMS / "null_pointer.s")["runs"]] == [139] * 3
    shown = compare(PROGRAMS / "null_pointer.s")
    assert shown.returncode == 0
    assert shown.stdout.count("139 SIGSEGV") == 3


def test_a_limit_ends_each_run(tmp_path: Path) -> None:
    spin = source(tmp_path, ".globl _start\n_start: j _start\n")
    found = compared("--instructions", 10_000, spin, status=124)
    assert [run["retired"] for run in found["runs"]] == [10_000] * 3
    assert all("instruction limit" in run["message"] for run in found["runs"])
    shown = compare("--instructions", 10_000, spin)
    assert shown.stderr == "forklore: copy, cow, on-demand: the instruction limit of 10,000 was reached\n"


PARENT_ENDS = """
        .globl  _start
_start: li      a7, 1079        # fork
        ecall
spin:   beqz    a0, spin
        li      a0, 3
        li      a7, 93
        ecall
"""


def test_the_status_is_the_programs_own(tmp_path: Path) -> None:
    """Though a limit ended the run; and a status above 128 is not for that a signal's."""
    program = source(tmp_path, PARENT_ENDS)
    assert [run["status"] for run in compared("--instructions", 20_000, program, status=124)["runs"]] == [3] * 3
    alive = source(tmp_path, PARENT_ENDS.replace("beqz", "bgez"))
    assert [run["status"] for run in compared("--instructions", 20_000, alive, status=124)["runs"]] == [None] * 3
    shown = compare(source(tmp_path, PARENT_ENDS.replace("beqz", "bltz").replace("0, 3", "0, 139")))
    [row] = [line.split() for line in shown.stdout.splitlines() if line.startswith("exit status")]
    assert row == ["exit", "status", "139", "139", "139"]


def test_blocked_for_ever_only_as_vfork() -> None:
    """A vfork child that waits for its parent never lets it go on; as a fork it ends."""
    program = PROGRAMS / "hazards" / "bad" / "waits_for_parent.s"
    assert [bool(run["message"]) for run in compared(program, status=1)["runs"]] == [True] * 3 + [False]
    assert compare(PROGRAMS / "deadlock.s").returncode == 124


def test_output_is_limited(tmp_path: Path) -> None:
    flood = source(
        tmp_path,
        ".globl _start\n_start: li a0, 1\n la a1, text\n li a2, 4\n li a7, 64\n ecall\n j _start\n"
        ' .rodata\ntext: .ascii "abc\\n"\n',
    )
    assert [run["output_bytes"] for run in compared("--output", "1K", flood, status=124)["runs"]] == [1024] * 3


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(("nowhere",), 127), ((ROOT / "README.md",), 126), (("--memory", "5000", "programs/hello.s"), 2), ((), 2),
     (("--fork", "cow", "programs/hello.s"), 2)],
)  # fmt: skip
def test_what_cannot_be_compared(arguments: tuple[object, ...], status: int) -> None:
    done = compare(*arguments, cwd=ROOT)
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_arguments_are_the_programs_own() -> None:
    assert compared(PROGRAMS / "echo.s", "--format", "-x")["runs"][0]["output_bytes"] == len("--format -x\n")


@pytest.mark.parametrize("name", ["fork_tree.s", "vfork_heap.s", "hazards/bad/strtok.c", "pipeline.s"])
def test_the_report_fits_a_page_and_needs_no_colour(name: str) -> None:
    if name.endswith(".c") and not is_installed():
        pytest.skip("no C compiler")
    done = compare(PROGRAMS / name)
    assert done.returncode in (0, 1), done.stderr
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert all(line == line.rstrip() for line in lines)
    assert "\x1b" not in done.stdout
    for row in ("output", "exit status", "final memory", "memory at peak"):
        assert any(line.startswith(row) for line in lines), row


def test_times_are_of_further_rounds() -> None:
    found = json.loads(
        compare("--rounds", "2", "--format", "json", PROGRAMS / "fork_tree.s").stdout
    )  # fmt: skip
    for run in found["runs"]:
        assert len(run["runs_ns"]) == len(run["calls_ns"]) == 2
        assert all(0 < calls < whole for calls, whole in zip(run["calls_ns"], run["runs_ns"], strict=True))
