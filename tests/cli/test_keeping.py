"""`forklore run` with --save, --tree and --format json: what is kept, shown and told of a run."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.forking import forked_command
from tests.schemas import fits
from vm.cli import forklore as command

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "programs"
SCHEMA = json.loads((ROOT / "vm" / "manual" / "run.schema.json").read_text())
WRITES = """
_start: li      a0, -100
        la      a1, name
        li      a2, 0101
        li      a3, 0640
        li      a7, 56
        ecall
        la      a1, text
        li      a2, 6
        li      a7, 64
        ecall
        li      a0, 3
        li      a7, 93
        ecall
        .data
name:   .asciz "/out/file"
text:   .ascii "a\\377line\\n"
"""


def forklore(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*forked_command(), *map(str, arguments)], stdin=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture
def writer(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "out").mkdir(parents=True)
    (root / "writer.s").write_text(WRITES)
    return root / "writer.s"


def test_files_are_saved_where_the_user_says(writer: Path, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    done = forklore("run", "--save", folder, writer)
    assert (done.returncode, done.stdout, done.stderr) == (3, "", "")
    assert (folder / "out" / "file").read_bytes() == b"a\xffline"
    assert (folder / "out" / "file").stat().st_mode & 0o777 == 0o640
    refused = forklore("run", "--save", folder, writer)
    assert refused.returncode == 2
    assert "it is not empty" in refused.stderr


def test_a_result_is_one_object(writer: Path) -> None:
    done = forklore("run", "--format", "json", writer, "an argument")
    assert (done.returncode, done.stderr) == (3, "")
    told = json.loads(done.stdout)
    fits(told, SCHEMA)
    assert (told["status"], told["exit_code"], told["signal"], told["output"]) == (3, 3, None, "")
    assert told["arguments"] == ["an argument"]
    assert told["files"] == {"/out/file": {"mode": 0o100640, "size": 6, "target": ""}}


def test_it_has_what_was_written_and_what_it_cost() -> None:
    told = json.loads(forklore("run", "--format", "json", PROGRAMS / "fork_exec.s").stdout)
    fits(told, SCHEMA)
    assert told["output"].startswith("hello, world\n")
    [created] = [event for event in told["events"] if event["kind"] == "Created"]
    assert (created["call"], created["costs"]["frames"]) == ("fork", 4)
    assert [process["pid"] for process in told["processes"]] == [2, 3]
    assert len(told["processes"][0]["registers"]) == 32


def test_it_has_how_processes_died() -> None:
    done = forklore("run", "--quiet", "--format", "json", PROGRAMS / "null_pointer.s")
    told = json.loads(done.stdout)
    fits(told, SCHEMA)
    assert (done.returncode, done.stderr, told["signal"], told["exit_code"]) == (139, "", 11, None)
    [death] = told["deaths"]
    assert (death["pid"], death["signal"], death["count"]) == (2, 11, 1)
    assert death["place"]["file"].endswith("null_pointer.s")
    assert (told["refused_calls"], told["whereabouts"]) == ([], [])


def test_what_is_no_text_is_base64(tmp_path: Path) -> None:
    source = "_start: li a0, 2\n la a1, x\n li a2, 2\n li a7, 64\n ecall\n1: j 1b\n .data\nx: .byte 0xff, 10\n"
    (tmp_path / "x.s").write_text(source)
    done = forklore("run", "--instructions", 1000, "--format", "json", tmp_path / "x.s")
    told = json.loads(done.stdout)
    fits(told, SCHEMA)
    assert (done.returncode, told["status"], told["exit_code"]) == (124, 124, None)
    assert told["errors"] == {"base64": "/wo="}
    assert told["message"] == "the instruction limit of 1,000 was reached"
    assert told["processes"][0]["status"] is None


def test_the_tree_of_processes() -> None:
    done = forklore("run", "--quiet", "--tree", PROGRAMS / "exit_status.s")
    assert done.stderr.splitlines() == [
        "pid 2  exit_status.s                                887 ns  exit status 0",
        "├─ pid 3  fork                                       12 ns  exit status 0",
        "├─ pid 4  fork                                       12 ns  exit status 7",
        "├─ pid 5  fork                                       12 ns  exit status 3",
        "├─ pid 6  fork                                       15 ns  killed by SIGTERM",
        "├─ pid 7  fork                                       15 ns  killed by SIGKILL",
        "└─ pid 8  fork                                       10 ns  killed by SIGSEGV",
    ]


def test_lifetimes_are_those_that_the_events_tell() -> None:
    """From the creation of a process to its end, of the first one from the start of the machine."""
    done = forklore("run", "--quiet", "--tree", "--format", "json", PROGRAMS / "fork_tree.s")
    born, lived = {2: 0}, {}
    for event in json.loads(done.stdout)["events"]:
        if event["kind"] == "Created":
            born[event["child"]] = event["clock"]
        elif event["kind"] == "Exited":
            lived[event["pid"]] = event["clock"] - born[event["pid"]]
    shown = {int(pid): int(time.replace(",", "")) for pid, time in re.findall(r"pid (\d+) .* ([\d,]+) ns", done.stderr)}
    assert shown == lived
    assert len(lived) == 7


SLEEPS = """
_start: li a0, 0
        li a1, 0
        la a2, time
        li a3, 0
        li a7, 407
        ecall
1:      j 1b
        .data
time:   .word 4000000000, 0, 0, 0
"""


def test_a_century_fits_into_a_line(tmp_path: Path) -> None:
    """Who has not ended has lived up to now."""
    (tmp_path / "sleeps_for_ever_and_ever_under_a_name_that_is_long_too.s").write_text(SLEEPS)
    done = forklore("run", "--quiet", "--tree", "--instructions", 1000, *tmp_path.iterdir())
    assert done.returncode == 124
    [line] = done.stderr.splitlines()[-1:]
    assert line == "pid 2  sleeps_for_ever_and_…  4,000,000,000,000,001,001 ns  runs"


def test_the_tree_says_what_each_ran() -> None:
    shown = forklore("run", "--quiet", "--tree", PROGRAMS / "vfork_exec.s").stderr
    assert "└─ pid 3  vfork → hello" in shown


def test_a_librarys_fork_is_no_clone(tmp_path: Path) -> None:
    """fork and vfork of a C library are clones; one that shares memory and suspends nobody is called so."""
    clones = "".join(
        f" li a0, {flags:#x}\n la a1, stack\n li a2, 0\n li a3, 0\n li a4, 0\n li a7, 220\n ecall\n beqz a0, 1f\n"
        for flags in (17, 0x4111, 0x111)
    )
    source = f"_start:{clones}\n1: li a0, 0\n li a7, 93\n ecall\n .bss\n .zero 4096\nstack: .zero 16\n"
    (tmp_path / "clones.s").write_text(source)
    shown = forklore("run", "--quiet", "--tree", tmp_path / "clones.s").stderr.splitlines()
    assert [line.split()[3] for line in shown[1:]] == ["fork", "vfork", "clone"]


def test_trees_of_any_size_are_short(tmp_path: Path) -> None:
    """Each child makes the next one, and many more than are shown."""
    deep = "_start: li a7, 1079\n ecall\n beqz a0, _start\n bltz a0, 1f\n li a0, -1\n li a1, 0\n li a2, 0\n li a3, 0\n"
    deep += " li a7, 260\n ecall\n1: li a0, 0\n li a7, 93\n ecall\n"
    (tmp_path / "deep.s").write_text(deep)
    done = CliRunner().invoke(command, ["run", "--tree", "--processes", "300", str(tmp_path / "deep.s")])
    lines = done.stderr.splitlines()
    assert done.exit_code == 0
    assert len(lines) == 201
    assert lines[-1] == "… and 99 more"
    assert all(len(line) <= 80 for line in lines)
    assert "(12) pid 14  fork" in lines[12]


def test_a_tree_tells_who_has_not_ended() -> None:
    done = forklore("run", "--quiet", "--tree", PROGRAMS / "deadlock.s")
    assert done.returncode == 124
    assert "waits" in done.stderr.splitlines()[-1]
