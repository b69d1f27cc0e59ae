"""Where a trace goes, and which options ask for one."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from tests.forking import forked_command
from tests.kernel.guest import boot
from vm import events
from vm.abi import CALL_NUMBERS
from vm.cli import forklore as forklore_command
from vm.cli import tracing

PROGRAMS = Path(__file__).parents[2] / "programs"
PROGRAM = str(PROGRAMS / "vfork_exec.s")
CHILD = [
    'execve("hello", ["hello"], NULL) = 0', 'write(1, "hello, world\\n", 13) = 13', "exit(0) = ?",
    "+++ exited with 0 +++",
]  # fmt: skip


def forklore(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [*forked_command(), "run", *map(str, arguments)]
    return subprocess.run(command, cwd=PROGRAMS.parent, capture_output=True, text=True, timeout=300)


def test_into_a_file(tmp_path: Path) -> None:
    """With the number of each line's process before it, and nothing on standard error."""
    done = forklore("-o", tmp_path / "trace", PROGRAM)
    assert (done.returncode, done.stderr) == (0, "")
    lines = (tmp_path / "trace").read_text().splitlines()
    assert lines[0] == "2     vfork( <unfinished ...>"
    assert [line.removeprefix("3     ") for line in lines if line.startswith("3 ")] == CHILD
    assert lines[-1] == "2     +++ exited with 0 +++"


def test_a_file_for_each_process(tmp_path: Path) -> None:
    done = forklore("-ff", "-t", "-o", tmp_path / "trace", PROGRAM)
    assert (done.returncode, done.stderr) == (0, "")
    assert {path.name for path in tmp_path.iterdir()} == {"trace.2", "trace.3"}
    lines = (tmp_path / "trace.3").read_text().splitlines()
    assert [re.sub(r"^ *\d+ ", "", line) for line in lines] == CHILD
    clocks = [int(line.split()[0]) for line in lines]
    assert clocks == sorted(clocks)


def test_what_is_selected_implies_a_trace() -> None:
    done = forklore("-f", "-s", "2", "-e", "write", "-e", "signal=none", PROGRAM)
    assert done.stderr.splitlines()[0] == '[pid 3] write(1, "he"..., 13) = 13'
    assert {line.split()[2].split("(")[0] for line in done.stderr.splitlines()} == {"write", "+++"}


@pytest.mark.parametrize(
    ("path", "output", "reason"),
    [
        ("nowhere/trace", "", "No such file or directory"),
        ("/dev/full", "hello, world\n", "No space left on device"),
    ],
)
def test_a_file_that_cannot_be_written(path: str, output: str, reason: str, tmp_path: Path) -> None:
    """Known at once, the program is not run; later, it goes on without a trace, and the status tells."""
    done = forklore("-o", tmp_path / path, PROGRAMS / "hello.s")
    message = f"forklore: cannot write the trace to {tmp_path / path}: {reason}\n"
    assert (done.returncode, done.stdout, done.stderr) == (125, output, message)


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["-e", "wrote"], "Invalid value for '-e' / '--trace-only': 'wrote' is no system call; did you mean 'write'?"),
        (["-e", "signal=FOO"], "'FOO' is no signal"),
        (["-s", "-1"], "Invalid value for '-s'"),
        (["-o", "/"], "is a directory"),
    ],
)
def test_wrong_options(arguments: list[str], wrong: str) -> None:
    done = CliRunner().invoke(forklore_command, ["run", *arguments, PROGRAM])
    assert done.exit_code == 2
    assert wrong in click.unstyle(done.output)


def test_files_of_many_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """Few are open at a time, and no program makes more of them than there may be."""
    monkeypatch.setattr(tracing, "FILES_AT_ONCE", 2)
    monkeypatch.setattr(tracing, "FILES_IN_ALL", 5)
    files = tracing.TraceFiles(tmp_path / "trace")
    places = [files.place(pid) for pid in range(2, 10)]
    for word in ("one", "two"):
        for place in places:
            place(word)
    files.close()
    assert {path.name for path in tmp_path.iterdir()} == {f"trace.{pid}" for pid in range(2, 7)}
    assert all(path.read_text() == "one\ntwo\n" for path in tmp_path.iterdir())
    assert capsys.readouterr().err == "forklore: 3 processes are not in the trace: 5 have a file of their own\n"


def test_a_call_that_never_returns_is_told_when_the_run_is_given_up(tmp_path: Path) -> None:
    """However that comes: the line is what a reader who interrupts a run wants to see."""
    options: dict[str, Any] = dict.fromkeys(tracing._NAMES) | {"trace": True, "trace_only": (), "follow": 0}
    options["trace_to"] = tmp_path / "trace"
    booted = boot(tmp_path, "_start: j _start", instructions=100)
    with contextlib.suppress(KeyboardInterrupt), tracing.Trace(options) as trace:
        trace.observe(booted)
        booted.kernel.emit(events.CallEntered, 2, CALL_NUMBERS["read"], (0, 8, 1, 0, 0, 0))
        raise KeyboardInterrupt
    assert (tmp_path / "trace").read_text() == "2     read(0,  <unfinished ...>\n"
    assert not options


def test_a_run_without_a_trace_loads_none() -> None:
    code = "import atexit, sys; sys.argv = ['forklore', 'run', 'programs/false.s']; from vm.cli import main; " \
        "atexit.register(lambda: print([name for name in sys.modules if 'strace' in name])); main()"  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROGRAMS.parent, capture_output=True, text=True, check=False
    )
    assert done.stdout == "[]\n", done.stderr
