"""gdb as a child that has the terminal: whoever ends first, no process, no folder and no raw terminal is left.

A script that stands for gdb does what gdb may do to us; the tests of the command have the real one.
"""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_ending import wait_until
from tests.cli.test_streams import ENVIRONMENT, ROOT
from vm.cli.gdb_child import Folder
from vm.debug.address import Address
from vm.debug.listener import Listener

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc tells who is left, and only Linux ties children")

PARENT = """
import os, select, sys
from vm.cli import gdb_child
from vm.cli.ending import listen
from vm.cli.gdb_child import Folder, Gdb
gdb_child.PATIENCE = 0.3
listen()
with Folder() as folder, Gdb("sh", ["-c", sys.argv[1], folder.path]) as gdb:
    status = gdb.wait()
    assert select.select([gdb.gone], [], [], 0)[0]
    print("status", status, "pid", os.getpid(), flush=True)
if len(sys.argv) > 2:
    print("handled", flush=True)
    os.kill(os.getpid(), 2)
"""


class Terminal:
    """A terminal whose session our process leads, as a shell's job does, with a script as its gdb."""

    def __init__(self, script: str, temporary: Path, *more: str) -> None:
        self.temporary = temporary
        self.pid, self.screen = pty.fork()
        if self.pid == 0:
            os.environ.update(ENVIRONMENT, TMPDIR=str(temporary))
            os.execv(sys.executable, [sys.executable, "-c", PARENT, script, *more])
        self.before = termios.tcgetattr(self.screen)
        self.shown = ""
        self.has_ended = False

    def read_until(self, text: str) -> None:
        while text not in self.shown:
            self.shown += os.read(self.screen, 1000).decode()

    def end(self) -> int:
        """Wait until our process has ended; its status, negative for a signal."""
        try:
            while data := os.read(self.screen, 1000):
                self.shown += data.decode()
        except OSError:  # nobody has the other end any more
            pass
        _, status = os.waitpid(self.pid, 0)
        self.has_ended = True
        return os.waitstatus_to_exitcode(status)

    def close(self) -> None:
        os.close(self.screen)
        if not self.has_ended:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    made: list[Terminal] = []
    yield made
    for each in made:
        each.close()


@pytest.mark.parametrize(
    ("script", "status"), [("exit 3", 3), ("kill -9 $$", 137), ("kill -SEGV $$", 139), ("exit 0", 0)]
)
def test_its_status_is_a_shells(script: str, status: int, tmp_path: Path, terminals: list[Terminal]) -> None:
    terminals.append(terminal := Terminal(script, tmp_path))
    assert terminal.end() == 0
    assert f"status {status} " in terminal.shown
    assert list(tmp_path.iterdir()) == []


def test_the_terminal_is_given_back_as_it_was(tmp_path: Path, terminals: list[Terminal]) -> None:
    terminals.append(terminal := Terminal("stty raw -echo; echo set; read line; kill -9 $$", tmp_path))
    terminal.read_until("set")
    wait_until(lambda: termios.tcgetattr(terminal.screen) != terminal.before)
    os.write(terminal.screen, b"\n")
    terminal.read_until("status 137")
    wait_until(lambda: termios.tcgetattr(terminal.screen) == terminal.before)


@pytest.mark.parametrize("key", [b"\x03", b"\x1c"])
def test_keys_are_for_gdb(key: bytes, tmp_path: Path, terminals: list[Terminal]) -> None:
    """And for us again when it has ended."""
    script = "trap 'echo caught; exit 7' INT QUIT; echo ready; while :; do sleep 0.01; done"
    terminals.append(terminal := Terminal(script, tmp_path, "handled"))
    terminal.read_until("ready")
    os.write(terminal.screen, key)
    terminal.read_until("caught")
    terminal.read_until("status 7")
    assert terminal.end() == -signal.SIGINT


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("script", ["echo $$ $0; exec sleep 60", "trap '' TERM HUP; echo $$ $0; exec sleep 60"])
def test_a_signal_to_us_ends_both(number: int, script: str, tmp_path: Path, terminals: list[Terminal]) -> None:
    """Be gdb willing or not."""
    terminals.append(terminal := Terminal(script, tmp_path))
    terminal.read_until("\n")
    pid, folder = terminal.shown.split()
    assert Path(folder).stat().st_mode & 0o777 == 0o700
    os.kill(terminal.pid, number)
    assert terminal.end() != 0
    wait_until(lambda: not is_alive(int(pid)))
    assert list(tmp_path.iterdir()) == []


def test_when_we_are_killed_gdb_is_terminated(tmp_path: Path, terminals: list[Terminal]) -> None:
    terminals.append(terminal := Terminal("echo $$ end; exec sleep 60", tmp_path))
    terminal.read_until("end")
    gdb = int(terminal.shown.split()[0])
    os.kill(terminal.pid, signal.SIGKILL)
    terminal.end()
    wait_until(lambda: not is_alive(gdb))


def is_alive(pid: int) -> bool:
    """False for one that has ended, though nobody has asked how yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_it_needs_no_terminal(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PARENT, "cat; exit 4"], input=b"commands\n", capture_output=True, timeout=300,
        env=ENVIRONMENT | {"TMPDIR": str(tmp_path)}, cwd=ROOT, check=True,
    )  # fmt: skip
    assert done.stdout.startswith(b"commands\nstatus 4 ")


def test_a_socket_has_room_wherever_temporary_files_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for length in range(10, 200, 10):
        place = tmp_path / ("long" * 50)[:length]
        place.mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(place))
        with Folder() as folder, Listener(Address(path=folder.named("gdb"))):
            assert os.path.exists(folder.named("gdb"))
        assert not os.path.exists(folder.path)
