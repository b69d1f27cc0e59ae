"""From the events of a run alone one knows who ran, who waited for what, who owned which frame, who wrote what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.c.test_teaching import PROGRAMS as C_PROGRAMS
from tests.c.test_teaching import arguments, standard_input
from tests.events.follower import Follower
from tests.kernel.guest import boot
from tests.programs.headers import PROGRAMS, PROGRAMS_FOLDER, read_header
from vm import Machine, events
from vm.toolchain import is_installed

SLICE = ["vfork_exec.s", "fork_exec.s", "pipeline.s", "deadlock.s", "race_lock.s", "zombie.s", "fork_buffer.s"]


def follow(program: Path, arguments: list[str], input: bytes, **settings: Any) -> Follower:
    run = Machine(instructions=300_000, **settings).boot(program, arguments, input=input)
    follower = Follower(run)
    result = run.finish()
    told = follower.told
    for stream in ("output", "errors"):
        parts = [data for (_, where), data in told.written.items() if where == stream]
        assert sorted(b"".join(parts)) == sorted(getattr(result, stream))
    for pid, data in follower.written.items():
        assert sorted(b"".join(piece for (who, _), piece in told.written.items() if who == pid)) == sorted(data)
    assert follower.compared > 1
    return follower


@pytest.mark.parametrize("name", SLICE)
def test_events_suffice(name: str) -> None:
    program = PROGRAMS_FOLDER / name
    header = read_header(program.read_text())
    told = follow(program, header.arguments, header.input, fork="on-demand").told
    assert told.heard["Executed"] > 0


@pytest.mark.full
@pytest.mark.parametrize("fork", ["copy", "cow", "on-demand"])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_events_suffice_for_every_program(program: Path, fork: str) -> None:
    header = read_header(program.read_text())
    follow(program, header.arguments, header.input, fork=fork, quantum=100)


@pytest.mark.full
@pytest.mark.skipif(not is_installed(), reason="no C compiler: pip install 'forklore[c]'")
@pytest.mark.parametrize("program", C_PROGRAMS, ids=lambda program: program.stem)
def test_events_suffice_for_every_program_in_c(program: Path) -> None:
    follow(program, arguments(program), standard_input(program), fork="on-demand", quantum=1000)


MAPPINGS = """
.macro touch offset
    li t0, 0x30000000 + \\offset
    sw t0, 0(t0)
.endm
.macro map where, size, flags, fd
    li a0, \\where
    li a1, \\size
    li a2, 3
    li a3, \\flags
    mv a4, \\fd
    li a5, 0
    sys mmap2
.endm
_start: li s1, -1
        map 0x30000000, 0x4000, 0x32, s1
        touch 0
        touch 0x3000
        li a0, 0x30001000
        li a1, 0x2000
        li a2, 1
        sys mprotect
        li a0, 0x30002000
        li a1, 0x1000
        sys munmap
        li a0, -100
        la a1, path
        li a2, 0102
        li a3, 0600
        sys openat
        mv s0, a0
        li a1, 0x4000
        li a2, 0
        sys ftruncate64
        map 0x31000000, 0x4000, 0x11, s0
        map 0x32000000, 0x2000, 0x21, s1
        touch 0x1000000
        touch 0x1001000
        touch 0x2000000
        sys fork
        mv s2, a0
        touch 0x1002000
        touch 0x2001000
        touch 0
        bnez s2, parent
        mv a0, s0
        li a1, 0x1000
        li a2, 0
        sys ftruncate64
        exit 0
parent: li a0, -1
        li a1, 0
        li a2, 0
        li a3, 0
        sys wait4
        li a0, 0x32000000
        li a1, 0x2000
        sys munmap
        exit 0
.data
path:   .asciz "/tmp/f"
"""


def test_mappings_and_shared_memory(tmp_path: Path) -> None:
    """Files and memory that processes share, and what is cut off while others have it mapped."""
    run = boot(tmp_path, MAPPINGS, fork="cow", quantum=3)
    follower, ranges = Follower(run), []
    for kind in (events.Mapped, events.Unmapped, events.Protected):
        run.kernel.events.subscribe(kind, ranges.append)
    assert run.finish().status == 0
    told = [event for event in ranges if event.start >= 0x3000_0000 and event.space == 1 and event.end < 0x7000_0000]
    assert [(type(event).__name__, event.start, event.end) for event in told[:5]] == [
        ("Mapped", 0x3000_0000, 0x3000_4000), ("Protected", 0x3000_1000, 0x3000_3000),
        ("Unmapped", 0x3000_2000, 0x3000_3000), ("Mapped", 0x3100_0000, 0x3100_4000),
        ("Mapped", 0x3200_0000, 0x3200_2000),
    ]  # fmt: skip
    first, protected, *_ = told
    assert (first.protection, first.path, first.shared, protected.protection) == ("rw-", "", False, "r--")
    assert [event.shared for event in told[3:5]] == [True, True]
    shared = follower.told.frames["shared"]
    assert len(shared) == 2
    assert not any(shared.values())


def test_who_listens_late_hears_what_there_is(tmp_path: Path) -> None:
    run = boot(tmp_path, MAPPINGS, fork="on-demand", quantum=3)
    first = Follower(run)
    late: list[Follower] = []

    def begin(event: events.Created) -> None:
        for kind in events.KINDS:
            run.kernel.events.unsubscribe(kind, first.hear)
        late.append(Follower(run))

    run.kernel.events.subscribe(events.Created, begin)
    assert run.finish().status == 0
    assert late[0].compared > 10
