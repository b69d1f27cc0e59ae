"""Limits are ordinary outcomes: a number to the guest, or a message and status 124; and faults are signals."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.accounting import check_kernel
from tests.kernel.calls import (
    EAGAIN,
    ENOMEM,
    EPERM,
    ESRCH,
    Process,
    brk,
    exit_,
    fork,
    getpid,
    kill,
    note,
    pipe2,
    raw,
    read,
    store,
    vfork,
    wait4,
)
from tests.kernel.guest import PRELUDE, log_of, run
from tests.kernel.guest import boot as guest_boot
from tests.kernel.puppet import DATA, SCRATCH, SCRATCH_SIZE, boot, image, play
from vm import events
from vm.abi import CALL_NUMBERS
from vm.machine import Machine
from vm.run import CannotRun

HELLO = """
_start: li s0, 5
1:      li a0, 1
        la a1, text
        li a2, 6
        sys write
        addi s0, s0, -1
        bnez s0, 1b
        exit 0
        .data
text:   .ascii "hello\\n"
"""


@pytest.mark.parametrize("limit", [0, 1, 5, 6, 7, 29])
def test_output_is_cut_at_the_byte(limit: int, tmp_path: Path) -> None:
    result = Machine(root=_written(tmp_path), output=limit).run("/p")
    assert result.output == (b"hello\n" * 5)[:limit]
    assert result.status == 124
    assert f"output limit of {limit} bytes" in result.message


def _written(tmp_path: Path) -> Path:
    (tmp_path / "p.s").write_text(PRELUDE + HELLO)
    return tmp_path


@pytest.mark.parametrize("limit", [30, 31, None])
def test_output_within_the_limit(limit: int | None, tmp_path: Path) -> None:
    result = Machine(root=_written(tmp_path), output=limit).run("/p")
    assert (result.status, result.output, result.message) == (0, b"hello\n" * 5, "")


@pytest.mark.parametrize("limit", [1, 2, 10, 1000])
def test_instructions_are_counted_exactly(limit: int, tmp_path: Path) -> None:
    result = run(tmp_path, "_start: j _start", instructions=limit, quantum=3)
    assert (result.retired, result.status) == (limit, 124)
    assert result.message == f"the instruction limit of {limit:,} was reached"
    assert result.processes[0].state == "ready"


def test_a_run_that_needs_all_its_instructions(tmp_path: Path) -> None:
    result = run(tmp_path, "_start: li a0, 3\n li a7, 93\n ecall", instructions=3)
    assert (result.retired, result.status, result.message) == (3, 3, "")
    assert run(tmp_path, "_start: li a0, 3\n li a7, 93\n ecall", instructions=2).status == 124


def test_wall_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that goes on by a millisecond whenever it is asked."""
    moments = itertools.count()
    monkeypatch.setattr("vm.kernel.host.time.monotonic", lambda: next(moments) / 1000)
    result = run(tmp_path, "_start: j _start", seconds=0.2, instructions=None)
    assert next(moments) in range(200, 210)
    assert result.status == 124
    assert "time limit of 0.2 s" in result.message


def test_seconds_end_a_turn_of_any_length(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = itertools.count()
    monkeypatch.setattr("vm.kernel.host.time.monotonic", lambda: next(moments) / 1000)
    result = run(tmp_path, "_start: j _start", seconds=0.005, quantum=1_000_000_000, instructions=100_000_000)
    assert "time limit of 0.005 s" in result.message


@pytest.mark.parametrize("slots", [2, 3, 5, 64])
@pytest.mark.parametrize("make", [fork, vfork], ids=["fork", "vfork"])
def test_the_process_table_is_full(slots: int, make: object, tmp_path: Path) -> None:
    """EAGAIN when no slot is free; zombies keep theirs until they are collected."""

    def child() -> Process:
        yield exit_(0)

    def parent() -> Process:
        for _ in range(slots - 2):
            yield make(child)  # type: ignore[operator]
        yield make(child)  # type: ignore[operator]
        yield wait4()
        yield make(child)  # type: ignore[operator]

    puppets = boot(tmp_path / "root", parent, processes=slots, memory=512 << 20)
    puppets.watch_failures()
    puppets.finish()
    made = [result for name, call, result in puppets.records if name == "0" and call in ("fork", "vfork")]
    assert made[slots - 2] == -EAGAIN
    assert (made[-1] == -EAGAIN) is (slots == 2)


def test_a_fork_bomb_meets_the_limit_and_everything_ends(tmp_path: Path) -> None:
    source = "_start: li s0, 5\n1: sys fork\n addi s0, s0, -1\n bnez s0, 1b\n exit 0"
    result = run(tmp_path, source, processes=16)
    assert result.status == 0
    assert result.message == ""
    assert 16 <= len(result.processes) <= 32
    assert result.memory.used <= 2, "only the machine's own frames are left"


@pytest.mark.parametrize("frames", range(1120, 1400, 35))
def test_fork_without_memory_changes_nothing(frames: int, tmp_path: Path) -> None:
    def child() -> Process:
        yield exit_(0)

    def parent() -> Process:
        yield store(DATA, 1)
        yield fork(child)
        check_kernel(puppets.kernel)
        yield vfork(child)
        yield wait4()

    puppets = boot(tmp_path / "root", parent, memory=frames * 4096)
    assert puppets.watch_failures() == []
    puppets.finish()
    assert puppets.watch_failures() == [-ENOMEM]
    assert ["0", "vfork", "0.1"] in puppets.records, "vfork needs none"


def test_brk_without_memory_keeps_the_old_break(tmp_path: Path) -> None:
    """brk returns the break: the old one where it could not be moved (brk(2), C library/kernel differences)."""
    top = SCRATCH + 32 * SCRATCH_SIZE

    def parent() -> Process:
        yield note((yield brk(0)) == top)
        yield note((yield brk(top + 4096)) - top)
        for bad in (top - 1, 1, top + (64 << 20), 0x8000_0000, 0xFFFF_FFFF):
            yield note((yield brk(bad)) - top)
        yield note((yield brk(top)) - top)

    puppets = play(tmp_path / "root", parent, memory=8 << 20)
    assert [value for _, call, value in puppets.records if call == "note"] == [True, *[4096] * 6, 0]


OVERCOMMIT = """
# Asks for 64 MiB on a machine of 1 MiB and touches a page after the other.
_start: li a0, 0
        sys brk
        mv s0, a0
        li t0, 0x4000000
        add a0, a0, t0
        sys brk
        beq a0, s0, refused
1:      sw zero, (s0)
        li t0, 4096
        add s0, s0, t0
        j 1b
refused:exit 12
"""


def test_memory_is_promised_once_unless_told_otherwise(tmp_path: Path) -> None:
    assert run(tmp_path, OVERCOMMIT, memory=1 << 20).status == 12
    result = run(tmp_path, OVERCOMMIT, memory=1 << 20, overcommit=True)
    assert result.status == 128 + 9
    signals = [event.signal for event in result.events if isinstance(event, events.Signalled)]
    assert signals == [9]


def test_overcommit_in_a_system_call_kills_as_well(tmp_path: Path) -> None:
    source = """
_start: li a0, 0
        sys brk
        mv s0, a0
        li t0, 0x4000000
        add a0, a0, t0
        sys brk
1:      mv a1, s0               # read into memory that is not there
        li a0, 0
        li a2, 4096
        sys read
        li t0, 4096
        add s0, s0, t0
        j 1b
"""
    result = run(tmp_path, source, memory=1 << 20, overcommit=True, input=b"x" * (2 << 20))
    assert result.status == 128 + 9


def test_the_stack_grows_to_its_limit(tmp_path: Path) -> None:
    source = "_start: li t0, {size}\n sub sp, sp, t0\n sw zero, (sp)\n exit 0"
    assert run(tmp_path, source.format(size=100_000)).status == 0
    assert run(tmp_path, source.format(size=(8 << 20) - 8192)).status == 0
    assert run(tmp_path, source.format(size=8 << 20)).status == 128 + 11
    assert run(tmp_path, source.format(size=200_000), stack=128 << 10).status == 128 + 11
    assert run(tmp_path, source.format(size=100_000), stack=128 << 10).status == 0
    assert run(tmp_path, source.format(size=2 << 20), memory=1 << 20).status == 128 + 11


# --- faults are signals to the process (signal(7)), and never anything else ---

FAULTS = {
    "null pointer": ("lw a0, (zero)", 11),
    "unmapped": ("lui a0, 0x70000\n sw a0, (a0)", 11),
    "above the top": ("lui a0, 0x80001\n lb a0, (a0)", 11),
    "write to code": ("la a0, _start\n sw a0, (a0)", 11),
    "jump to data": ("la a0, word\n jr a0", 11),
    "jump to the stack": ("mv a0, sp\n jr a0", 11),
    "jump to null": ("jr zero", 11),
    "misaligned jump": ("la a0, _start\n addi a0, a0, 2\n jr a0", 7),
    "misaligned atomic": ("la a0, word\n addi a0, a0, 1\n lr.w a0, (a0)", 7),
    "illegal word": (".word 0", 4),
    "all ones": (".word -1", 4),
    "privileged": (".word 0x30200073", 4),
    "breakpoint": ("ebreak", 5),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_a_signal_that_the_parent_sees(name: str, tmp_path: Path) -> None:
    code, signal = FAULTS[name]
    source = f"""
_start: sys fork
        beqz a0, child
        li a0, -1
        la a1, word
        li a2, 0
        li a3, 0
        sys wait4
        lw a0, word             # the status word: the signal
        sys exit
child:  {code}
        exit 77
        .data
word:   .word 0
"""
    result = run(tmp_path, source)
    assert result.status == signal
    assert result.message == ""
    [fault] = [event for event in result.events if isinstance(event, events.Faulted)]
    assert (fault.pid, fault.signal) == (3, signal)


def test_division_does_not_trap(tmp_path: Path) -> None:
    source = """
_start: li a0, 7
        li a1, 0
        div a2, a0, a1          # -1
        rem a3, a0, a1          # 7
        li a4, 0x80000000
        li a5, -1
        div a6, a4, a5          # the dividend
        rem a7, a4, a5          # 0
        addi a2, a2, 1
        sub a3, a3, a0
        sub a6, a6, a4
        or a0, a2, a3
        or a0, a0, a6
        or a0, a0, a7
        li a7, 93
        ecall
"""
    assert run(tmp_path, source).status == 0


@pytest.mark.parametrize(("signal", "status"), [(9, 137), (15, 143), (2, 130), (64, 192)])
def test_the_programs_own_death_is_the_status_of_the_run(signal: int, status: int, tmp_path: Path) -> None:
    result = run(tmp_path, f"_start: sys getpid\n li a1, {signal}\n sys kill\n exit 0")
    assert result.status == status


def test_who_may_be_signalled(tmp_path: Path) -> None:
    def parent() -> Process:
        yield kill(1, 9)
        yield kill(1, 0)
        yield kill(-1, 0)
        yield kill(77, 9)
        yield kill(-2, 0)
        yield kill(0, 0)
        yield kill(-2, 17)

    results = [result for _, call, result in play(tmp_path / "root", parent).records if call == "kill"]
    assert results[:2] == [-EPERM, -EPERM]
    assert results[2] in (-ESRCH, 0), "nobody but the caller and pid 1, whom -1 leaves out"
    assert results[3:] == [-ESRCH, 0, 0, 0]


def test_minus_one_is_everyone_but_the_caller_and_the_reaper(tmp_path: Path) -> None:
    def child() -> Process:
        yield read(3, 1)

    def parent() -> Process:
        yield pipe2()
        for _ in range(3):
            yield fork(child)
        yield kill(-1, 15)
        for _ in range(4):
            yield wait4()

    puppets = play(tmp_path / "root", parent)
    waits = [result for name, call, result in puppets.records if call == "wait4"]
    assert waits == [["0.1", 15], ["0.2", 15], ["0.3", 15], -10]


def test_a_run_lasts_until_every_process_has_ended(tmp_path: Path) -> None:
    def child() -> Process:
        for _ in range(50):
            yield getpid()
        yield exit_(9)

    def parent() -> Process:
        yield fork(child)
        yield exit_(4)

    result = play(tmp_path / "root", parent).finished
    assert result is not None
    assert result.status == 4
    assert {record.pid: record.exit_code for record in result.processes} == {2: 4, 3: 9}
    reaped = [(event.pid, event.child) for event in result.events if isinstance(event, events.Reaped)]
    assert reaped == [(1, 2), (1, 3)]


def test_identity(tmp_path: Path) -> None:
    numbers = {name: CALL_NUMBERS[name] for name in ("getuid", "geteuid", "getgid", "getegid", "gettid", "getpid")}

    def child() -> Process:
        for number in numbers.values():
            yield raw(number)

    def parent() -> Process:
        yield from child()
        yield fork(child)
        yield wait4()

    puppets = play(tmp_path / "root", parent, user="7:8")
    for name, pid in (("0", 2), ("0.1", 3)):
        assert [r for n, call, r in puppets.records if n == name and call == "raw"] == [7, 7, 8, 8, pid, pid]


def test_uname(tmp_path: Path) -> None:
    def parent() -> Process:
        yield raw(CALL_NUMBERS["uname"], DATA)
        data = puppets.task("0").memory.read(DATA, 6 * 65)
        fields = [data[at : at + 65].rstrip(b"\0") for at in range(0, 390, 65)]
        yield note([fields[0].decode(), fields[4].decode()])

    puppets = boot(tmp_path / "root", parent)
    puppets.finish()
    assert ["0", "note", ["Linux", "riscv32"]] in puppets.records


# --- settings that make no machine ---


@pytest.mark.parametrize(
    "settings",
    [
        {"memory": 0}, {"memory": 4095}, {"memory": 5000}, {"memory": -4096}, {"stack": 5000}, {"stack": 0},
        {"stack": -4096}, {"quantum": 0}, {"quantum": -1}, {"processes": 1}, {"processes": 0}, {"open_files": 0},
        {"fork": "nonsense"},
    ],
    ids=str,
)  # fmt: skip
def test_settings_that_make_no_machine_are_refused(settings: dict[str, int], tmp_path: Path) -> None:
    """A ValueError or CannotRun that says so, not a traceback from the depths or a run for ever."""
    with pytest.raises((ValueError, CannotRun)) as caught:
        run(tmp_path, "_start: exit 0", seconds=1.0, **settings)
    assert next(iter(settings)).replace("_", " ").split()[0] in str(caught.value)


def test_unknown_settings_are_named() -> None:
    with pytest.raises(TypeError, match="'quantums'"):
        Machine(quantums=3)  # type: ignore[call-arg]


def test_a_large_stack_limit_does_not_let_the_stack_grow_into_the_image(tmp_path: Path) -> None:
    """An image that lies where the stack may grow: the two never overlap (the audit looks at every segment)."""
    at = 0x7E80_0000
    code = [0x0000_0073] * 4
    words = image(code=code)
    moved = bytearray(words)
    moved[52 + 32 + 8 : 52 + 32 + 16] = at.to_bytes(4, "little") * 2
    (tmp_path / "high").write_bytes(bytes(moved))
    (tmp_path / "high").chmod(0o755)
    try:
        booted = Machine(root=tmp_path, stack=64 << 20).boot("/high").start()
    except CannotRun:
        return
    space = booted.program.memory
    space.handle_fault(at - 4096, 2)  # type: ignore[arg-type]
    stack = space.named("stack")
    assert stack is not None
    assert all(other.end <= stack.start for other in space.segments if other is not stack)


def test_an_event_log_has_everything_in_order(tmp_path: Path) -> None:
    log, result = log_of(guest_boot(tmp_path, "_start: sys fork\n exit 3"))
    told = (*events.LIFECYCLE, events.CallEntered, events.CallReturned)
    kinds = [type(event).__name__ for event in log if isinstance(event, told)]
    assert kinds == [
        "CallEntered", "Created", "CallReturned",
        "CallEntered", "Exited", "SpaceEnded", "Discarded", "Reaped", "CallReturned",
        "CallEntered", "Exited", "SpaceEnded", "Discarded", "Reaped", "CallReturned",
    ]  # fmt: skip
    clocks = [event.clock for event in log]
    assert clocks == sorted(clocks)
    assert clocks[-1] == result.retired
