"""What a C program prints at a terminal, and what into a pipe: a buffer that is not empty is forked with the rest."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.natively import Program, build_native
from vm import Machine, events
from vm.run import Run
from vm.schedules.files import write_schedule
from vm.toolchain import is_installed

pytestmark = pytest.mark.skipif(not is_installed(), reason="no C compiler: pip install 'forklore[c]'")

SOURCE = r"""
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

int main(void) {
    struct winsize window = {0};
    struct termios settings;
    printf("first %d %d\n", isatty(1), isatty(2));
    printf("line\n");
    printf("part ");
    if (fork() == 0) {
        printf("child\n");
        return 0;
    }
    wait(NULL);
    fprintf(stderr, "error\n");
    printf("parent %d", ioctl(2, TIOCGWINSZ, &window));
    printf(" %d %d", window.ws_row, window.ws_col);
    printf(" %d %d\n", tcgetattr(1, &settings), isatty(0));
    return 0;
}
"""
AT_A_TERMINAL = b"first 1 1\nline\npart child\nerror\npart parent 0 24 80 0 0\n"
INTO_A_PIPE = b"first 0 0\nline\npart child\nline\npart parent -1 0 0 -1 0\n"
"""Without the errors. musl asks where its output goes when it first writes, and that is at the end of a line."""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "buffered.c"
    path.write_text(SOURCE)
    return path


def test_a_buffer_depends_on_where_it_goes(program: Path) -> None:
    shown = Machine().run(program, terminal=True)
    assert (shown.output, shown.errors) == (AT_A_TERMINAL, b"")
    piped = Machine().run(program)
    assert (piped.output, piped.errors) == (INTO_A_PIPE, b"error\n")


def test_the_host_does_the_same(program: Path, tmp_path: Path) -> None:
    native = tmp_path / "native"
    native.write_bytes(build_native(Program(program, ("-D_GNU_SOURCE",))))
    native.chmod(0o755)
    done = subprocess.run([native], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=True)
    assert (done.stdout, done.stderr) == (INTO_A_PIPE, b"error\n")
    keys, screen = pty.openpty()
    os.set_blocking(keys, False)
    subprocess.run([native], stdin=subprocess.DEVNULL, stdout=screen, stderr=screen, timeout=60, check=True)
    shown = os.read(keys, 4096).replace(b"\r\n", b"\n")
    os.close(keys)
    os.close(screen)
    assert re.sub(rb"0 \d+ \d+ 0 0\n$", b"0 24 80 0 0\n", shown) == AT_A_TERMINAL  # it has some other size


def told(run: Run) -> list[tuple[int, int, str, bytes]]:
    found: list[tuple[int, int, str, bytes]] = []
    run.subscribe(events.Output, lambda event: found.append((event.pid, event.thread, event.stream, event.data)))
    run.finish()
    return found


def test_output_is_told_with_its_stream(program: Path) -> None:
    parts = told(Machine().boot(program, terminal=True))
    assert {part[:3] for part in parts} == {(2, 2, "terminal"), (3, 3, "terminal")}
    assert b"".join(part[3] for part in parts) == AT_A_TERMINAL
    parts = told(Machine().boot(program))
    assert {part[:3] for part in parts} == {(2, 2, "output"), (3, 3, "output"), (2, 2, "errors")}


def test_a_schedule_of_it_repeats_wherever_the_output_goes(program: Path, tmp_path: Path) -> None:
    run = Machine().boot(program, terminal=True, record=True)
    assert run.finish().output == AT_A_TERMINAL
    write_schedule(run.schedule(), tmp_path / "schedule")
    again = Machine(engine="interpreter").boot(program, schedule=run.schedule())
    again.advance(again.kernel.clock + 2000)
    half = again.copy()
    for each in (again, half):
        result = each.finish()
        assert (result.output, result.errors) == (AT_A_TERMINAL, b"")
    command = [sys.executable, "-m", "forklore", "run", "--schedule", str(tmp_path / "schedule"), str(program)]
    done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    assert (done.stdout, done.stderr) == (AT_A_TERMINAL, b"")
    keys, screen = pty.openpty()
    os.set_blocking(keys, False)
    subprocess.run(command, stdin=screen, stdout=screen, stderr=screen, timeout=60, check=True)
    assert os.read(keys, 4096).replace(b"\r\n", b"\n") == AT_A_TERMINAL
    os.close(keys)
    os.close(screen)


def test_copies_have_a_screen_of_their_own(program: Path) -> None:
    run = Machine().boot(program, terminal=True)
    run.advance(events.Created)
    first, second = run.copy(), run.copy()
    assert first.finish().output == second.finish().output == run.finish().output == AT_A_TERMINAL
