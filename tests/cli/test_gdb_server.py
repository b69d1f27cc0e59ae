"""``forklore run --gdb``: where it waits, whose terminal the guest has, and how it ends when the debugger leaves."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.test_streams import COMMAND, ENVIRONMENT, ROOT
from tests.forking import forked_command
from vm.debug.packets import frame

PROGRAMS = ROOT / "programs"


@contextmanager
def waiting(*words: object, command: list[str] | None = None) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A command that waits for a debugger, and the words behind ``target remote`` by which that connects."""
    with subprocess.Popen(
        [*(command or forked_command()), "run", "--gdb", *map(str, words)], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, env=ENVIRONMENT if command else None,
    ) as running:  # fmt: skip
        try:
            assert running.stderr
            line = running.stderr.readline().decode()
            found = re.fullmatch(r"forklore: waiting for gdb: gdb-multiarch -ex 'target remote (.+)'\n", line)
            assert found is not None, line
            assert len(line) <= 80 or "/" in line
            yield running, found[1]
        finally:
            running.kill()


def sent(where: str, *packets: bytes) -> bytes:
    """What comes back for packets, up to the end of the connection that the other end or we make."""
    with socket.socket(socket.AF_UNIX if "/" in where else socket.AF_INET) as client:
        client.connect(where if "/" in where else ("127.0.0.1", int(where[1:])))
        client.settimeout(300)
        client.sendall(b"".join(map(frame, packets)))
        client.shutdown(socket.SHUT_WR)
        received = b""
        while data := client.recv(1 << 16):
            received += data
    return received


def test_what_is_let_go_ends_by_itself(tmp_path: Path) -> None:
    """The guest reads our input and writes our output; nothing is left of a path."""
    for address in ("0", tmp_path / "socket"):
        with waiting(address, PROGRAMS / "cat.s") as (running, where):
            assert frame(b"OK") in sent(where, b"D")
            output, errors = running.communicate(b"through\n", timeout=300)
            assert (running.returncode, output, errors) == (0, b"through\n", b"")
    assert list(tmp_path.iterdir()) == []


def test_who_leaves_takes_the_program_along() -> None:
    with waiting(0, PROGRAMS / "hello.s") as (running, where):
        sent(where, b"?")
        output, errors = running.communicate(timeout=300)
    assert (running.returncode, output) == (137, b"")
    assert b"gdb has left, and so its program was killed\n" in errors
    assert b"memory" not in errors
    with waiting(0, "--quiet", PROGRAMS / "hello.s") as (running, where):
        sent(where, b"k")
        assert running.communicate(timeout=300) == (b"", b"")
    assert running.returncode == 137


def test_reports_are_those_of_the_run_as_it_was_at_last() -> None:
    """Whatever way it was taken there."""
    words = ("--tree", "--trace", "--check-vfork", PROGRAMS / "vfork_global.s")
    plain = subprocess.run([*forked_command(), "run", *map(str, words)], cwd=ROOT, capture_output=True, timeout=300)
    with waiting(0, *words) as (running, where):
        there_and_back = (b"qSupported:multiprocess+;vfork-events+", b"vCont;s:p2.2", b"vCont;s:p2.2", b"bs", b"bc")
        sent(where, *there_and_back, b"D;2")
        output, errors = running.communicate(timeout=300)
    assert (running.returncode, output) == (plain.returncode, plain.stdout)
    assert errors == plain.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_waiting(number: int, tmp_path: Path) -> None:
    with waiting(tmp_path / "socket", PROGRAMS / "hello.s", command=COMMAND) as (running, _):
        running.send_signal(number)
        assert running.wait(300) == -number
    assert list(tmp_path.iterdir()) == []


def refused(*words: object) -> tuple[int, str]:
    done = subprocess.run([*forked_command(), "run", *map(str, words)], cwd=ROOT, capture_output=True, timeout=300)
    assert done.stdout == b""
    return done.returncode, done.stderr.decode()


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    hello = PROGRAMS / "hello.s"
    (tmp_path / "file").write_text("mine")
    status, said = refused("--gdb", tmp_path / "file", hello)
    assert (status, "there is such a file already" in said) == (125, True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        status, said = refused("--gdb", taken.getsockname()[1], hello)
    assert (status, "in use" in said) == (125, True)
    for words, why in (
        (["--gdb", "gdb", hello], "is not PORT"),
        (["--gdb", "0", "--record", tmp_path / "schedule", hello], "not recorded"),
    ):
        status, said = refused(*words)
        assert status == 2
        assert why in said
    assert refused("--gdb", "0", "missing")[0] == 127
    assert (tmp_path / "file").read_text() == "mine"
