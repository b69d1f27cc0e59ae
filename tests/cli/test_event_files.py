"""Where events are written, which options ask for it, and what becomes of a file that cannot be written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from tests.forking import forked_command
from vm import __version__, events
from vm.cli import event_files
from vm.cli import forklore as forklore_command
from vm.cli.event_files import GrowingFile
from vm.machine import Machine

PROGRAMS = Path(__file__).parents[2] / "programs"
HELLO = PROGRAMS / "hello.s"
PROGRAM = PROGRAMS / "vfork_exec.s"
PROTOCOL = "perfetto.protos.perfetto.trace.perfetto_trace_pb2"


def forklore(*arguments: object, **given: Any) -> subprocess.CompletedProcess[str]:
    command = [*forked_command(), "run", *map(str, arguments)]
    return subprocess.run(command, cwd=PROGRAMS.parent, capture_output=True, text=True, timeout=300, **given)


def told(program: Path, *arguments: str, **settings: Any) -> list[events.Event]:
    """What a machine tells from before its start to its end."""
    run = Machine(**settings).boot(program, arguments)
    heard: list[events.Event] = []
    for kind in events.KINDS:
        run.subscribe(kind, heard.append)
    run.finish()
    return heard


def read(text: str) -> tuple[dict[str, Any], list[events.Event]]:
    head, *lines = map(json.loads, text.splitlines())
    return head, [events.from_json(line) for line in lines]


def test_a_file_has_a_header_and_every_event(tmp_path: Path) -> None:
    """From the first exec on; the run is what it is without."""
    done = forklore("--quantum", 50, "--events", tmp_path / "events", PROGRAM, "one", "two")
    plain = forklore("--quantum", 50, PROGRAM, "one", "two")
    assert (done.returncode, done.stdout, done.stderr) == (0, plain.stdout, "")
    head, found = read((tmp_path / "events").read_text())
    assert found == told(PROGRAM, "one", "two", quantum=50)
    assert (head["kind"], head["version"], head["forklore"]) == ("Header", 1, __version__)
    assert (head["program"], head["arguments"]) == (str(PROGRAM), ["one", "two"])
    assert (head["settings"]["quantum"], head["settings"]["fork"]) == (50, "copy")
    assert head["kinds"] == [kind.__name__ for kind in events.KINDS]


def test_kinds_that_are_selected(tmp_path: Path) -> None:
    """On standard error, too, while what the guest writes goes where it goes."""
    done = forklore("--events", "-", "--events-only", "Exited,Created", PROGRAM)
    head, found = read(done.stderr)
    assert done.stdout.startswith("hello, world\n")
    assert head["kinds"] == ["Created", "Exited"]
    assert found == [event for event in told(PROGRAM) if isinstance(event, events.Created | events.Exited)]


def test_a_limit_leaves_a_file_that_is_whole(tmp_path: Path) -> None:
    done = forklore("--instructions", 60, "--events", tmp_path / "events", PROGRAM)
    assert done.returncode == 124
    _, found = read((tmp_path / "events").read_text())
    assert found == told(PROGRAM, instructions=60)
    assert isinstance(found[-1], events.LimitReached)


def test_a_program_that_cannot_be_run_is_told(tmp_path: Path) -> None:
    """One that is not there leaves no file."""
    (tmp_path / "no_image").write_bytes(b"\0\1\2")
    done = forklore("--events", tmp_path / "events", tmp_path / "no_image")
    assert done.returncode == 126
    _, [event] = read((tmp_path / "events").read_text())
    assert isinstance(event, events.Rejected)
    assert forklore("--events", tmp_path / "other", tmp_path / "absent").returncode == 127
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("path", "output", "reason"),
    [
        ("nowhere/events", "", "No such file or directory"),
        ("/dev/full", "hello, world\n", "No space left on device"),
    ],
)
def test_a_file_that_cannot_be_written(path: str, output: str, reason: str, tmp_path: Path) -> None:
    """Known at once, the program is not run; later, it goes on without, and the status tells."""
    done = forklore("--events", tmp_path / path, HELLO)
    message = f"forklore: cannot write the events to {tmp_path / path}: {reason}\n"
    assert (done.returncode, done.stdout, done.stderr) == (125, output, message)


def test_nobody_reads_the_file_any_more(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is said twice."""
    reading, writing = os.pipe()
    file = GrowingFile("the events", f"/dev/fd/{writing}")
    os.close(reading)
    for _ in range(3):
        file.write(bytes(event_files.BUFFER))
    file.close()
    os.close(writing)
    assert file.has_failed
    assert capsys.readouterr().err == f"forklore: cannot write the events to /dev/fd/{writing}: Broken pipe\n"


def test_what_is_written_in_parts_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the host takes less than it is given, as a pipe does."""
    monkeypatch.setattr(event_files, "BUFFER", 10)

    class Reluctant(event_files.FileIO):
        def write(self, data: Any, /) -> int:
            return super().write(data[:3]) or 0

    monkeypatch.setattr(event_files, "FileIO", Reluctant)
    file = GrowingFile("it", str(tmp_path / "file"))
    parts = [bytes([65 + number]) * number for number in range(20)]
    for part in parts:
        file.write(part)
    file.close()
    assert (tmp_path / "file").read_bytes() == b"".join(parts)


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["--events", "/"], "is a directory"),
        (["--events", "x", "--events-only", "Exitd"], "'Exitd' is no kind of event; did you mean 'Exited'?"),
        (["--events-only", "Exited"], "which is not asked for"),
        (["--perfetto", "-"], "a trace is bytes"),
        (["--perfetto", "x", "--events", "x"], "name one file"),
    ],
)
def test_wrong_options(arguments: list[str], wrong: str) -> None:
    done = CliRunner().invoke(forklore_command, ["run", *arguments, str(HELLO)])
    assert done.exit_code == 2
    assert wrong in click.unstyle(done.output).replace("\n", " ")


@pytest.mark.parametrize("option", ["--events", "--perfetto"])
def test_a_run_that_is_debugged_has_no_file(option: str, tmp_path: Path) -> None:
    done = forklore("--gdb", tmp_path / "socket", option, tmp_path / "events", HELLO)
    assert done.returncode == 2
    assert "forklore run --schedule FILE" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_trace_for_perfetto(tmp_path: Path) -> None:
    """It is what the machine's trace is, and the run is what it is without."""
    pytest.importorskip("perfetto")
    from vm.observe.perfetto.trace import PerfettoTrace

    done = forklore("--quantum", 50, "--perfetto", tmp_path / "trace", PROGRAM)
    assert (done.returncode, done.stdout, done.stderr) == (0, forklore(PROGRAM).stdout, "")
    run, data = Machine(quantum=50).boot(PROGRAM), bytearray()
    trace = PerfettoTrace(run.kernel, data.extend)
    run.finish()
    trace.close()
    assert (tmp_path / "trace").read_bytes() == data


def test_a_trace_that_a_limit_ends_is_whole(tmp_path: Path) -> None:
    """So is one beside another file, of a run whose trace is shown as well."""
    pytest.importorskip("perfetto")
    from tests.observe.perfetto_file import decode

    path = tmp_path / "trace"
    done = forklore("--instructions", 60, "--trace", "--events", tmp_path / "events", "--perfetto", path, PROGRAM)
    assert done.returncode == 124
    assert "execve(" in done.stderr
    assert decode(path.read_bytes()).in_category("end")[0].name == "the instruction limit of 60 was reached"
    _, found = read((tmp_path / "events").read_text())
    assert found == told(PROGRAM, instructions=60)


def test_a_trace_that_cannot_be_written() -> None:
    pytest.importorskip("perfetto")
    done = forklore("--perfetto", "/dev/full", HELLO)
    message = "forklore: cannot write the trace for Perfetto to /dev/full: No space left on device\n"
    assert (done.returncode, done.stdout, done.stderr) == (125, "hello, world\n", message)


@pytest.mark.parametrize("missing", ["perfetto", PROTOCOL])
def test_without_the_package_it_is_said_how_to_get_it(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """Of a package that is there and has no such part, too. Nothing is run."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "perfetto"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    done = CliRunner().invoke(forklore_command, ["run", "--perfetto", str(tmp_path / "trace"), str(HELLO)])
    assert done.exit_code == 125
    assert done.stdout == ""
    assert "pip install 'forklore[perfetto]'" in done.stderr
    assert list(tmp_path.iterdir()) == []
