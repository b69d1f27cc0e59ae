"""Who runs when, to the instruction, and that a run is a function of what it was given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.kernel.calls import Process, clone, fork, getpid, pipe2, read, sched_yield, vfork, wait4, write
from tests.kernel.guest import boot, log_of, run
from tests.kernel.puppet import play
from tests.sampling import first_of
from vm import events
from vm.kernel import loop
from vm.kernel.choice import Choice, ChoiceKind

SPIN_TWICE = """
_start: sys fork
1:      addi t0, t0, 1
        j 1b
"""

WORKERS = """
# Parent and child hand a token back and forth and count in between, each a different number of steps every time.
_start: la a0, ends
        li a1, 0
        sys pipe2
        la a0, ends + 8
        li a1, 0
        sys pipe2
        li s0, 12
        li s1, 1
        sys fork
        beqz a0, child
parent: addi s1, s1, 37
        mv t0, s1
1:      addi t0, t0, -1
        bnez t0, 1b
        lw a0, ends + 4
        jal send
        lw a0, ends + 8
        jal receive
        addi s0, s0, -1
        bnez s0, parent
        li a0, -1
        li a1, 0
        li a2, 0
        sys wait4
        exit 3
child:  lw a0, ends
        jal receive
        addi s1, s1, 53
        mv t0, s1
1:      addi t0, t0, -1
        bnez t0, 1b
        lw a0, ends + 12
        jal send
        addi s0, s0, -1
        bnez s0, child
        exit 4
send:   la a1, token
        li a2, 1
        sys write
        ret
receive:la a1, token
        li a2, 1
        sys read
        ret
        .bss
ends:   .zero 16
token:  .zero 4
"""


class Recorder:
    """A chooser that takes the longest ready, as the machine does, and notes what it saw and when."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, tuple[int, ...]]] = []

    def choose(self, choice: Choice) -> int:
        if choice.kind is ChoiceKind.RUN:
            self.seen.append((choice.clock, choice.options))
        return choice.default


@pytest.mark.parametrize("quantum", [1, 2, 7, 100, 1000])
def test_a_quantum_is_exact(quantum: int, tmp_path: Path) -> None:
    recorder = Recorder()
    result = boot(tmp_path, SPIN_TWICE, quantum=quantum, instructions=9999, chooser=recorder).finish()
    assert result.retired == 9999
    assert "instruction limit of 9,999" in result.message
    assert result.status == 124
    clocks = [clock for clock, _ in recorder.seen]
    first = -(-2 // quantum) * quantum  # the quantum in which the second instruction, the fork, is
    assert clocks == list(range(first, 10_000, quantum))
    assert [ready[0] for _, ready in recorder.seen] == [(3, 2)[turn % 2] for turn in range(len(clocks))]


@pytest.mark.parametrize("first", ["parent", "child"])
@pytest.mark.parametrize("quantum", [10, 10_000])
def test_who_runs_first_after_fork(first: str, quantum: int, tmp_path: Path) -> None:
    def child() -> Process:
        yield getpid()

    def parent() -> Process:
        yield fork(child)
        yield getpid()
        yield wait4()

    puppets = play(tmp_path / "root", parent, first=first, quantum=quantum)
    order = [name for name, call, _ in puppets.records if call == "getpid"]
    assert order == (["0.1", "0"] if first == "child" else ["0", "0.1"])


def test_yield_lets_everyone_else_go_first(tmp_path: Path) -> None:
    order: list[str] = []

    def child(name: str) -> Any:
        def behaviour() -> Process:
            for _ in range(3):
                order.append(name)
                yield sched_yield()

        return behaviour

    def parent() -> Process:
        for name in "abc":
            yield fork(child(name))
        for _ in range(3):
            yield wait4()

    play(tmp_path / "root", parent)
    assert "".join(order) == "abcabcabc"


def test_a_process_that_waits_uses_no_time(tmp_path: Path) -> None:
    """A blocked call is one retired instruction when it is done, and none while it waits."""

    def child() -> Process:
        for _ in range(10):
            yield getpid()
        yield write(4, b"x")

    def parent() -> Process:
        yield pipe2()
        yield fork(child)
        yield read(3, 1)
        yield wait4()

    puppets = play(tmp_path / "root", parent, quantum=3)
    assert puppets.finished is not None
    retired = {record.pid: record.retired for record in puppets.finished.processes}
    # Each call is its ecall and the three instructions that lead to it; the exit is a call too.
    assert retired == {2: 5 * 4, 3: 12 * 4}


@pytest.mark.parametrize("quantum", [1, 3, 7, 50, 1000])
def test_equal_runs_have_equal_logs(quantum: int, tmp_path: Path) -> None:
    logs = [log_of(boot(tmp_path, WORKERS, quantum=quantum)) for _ in range(2)]
    assert logs[0] == logs[1]
    assert logs[0][1].status == 3
    assert logs[0][1].message == ""


@pytest.mark.parametrize("quantum", first_of(3, [1, 7, 100, 2, 3, 10, 41, 1000]))
@pytest.mark.parametrize("first", ["parent", "child"])
def test_running_over_quanta_changes_nothing(
    quantum: int, first: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With nobody else ready the kernel runs many quanta at once: it must be as if each had ended."""
    long = log_of(boot(tmp_path, WORKERS, quantum=quantum, first=first))
    monkeypatch.setattr(loop, "LONGEST_RUN", 1)
    assert log_of(boot(tmp_path, WORKERS, quantum=quantum, first=first)) == long


@pytest.mark.parametrize(("early", "late"), [(13, 1201), pytest.param(2, 197, marks=pytest.mark.full)])
@pytest.mark.parametrize("quantum", [1, 7, 100, 10_000])
def test_a_limit_cuts_a_run_and_changes_nothing_before_it(quantum: int, early: int, late: int, tmp_path: Path) -> None:
    """The log of a run with an instruction limit is the beginning of the log without one, and the limit is exact."""
    whole, result = log_of(boot(tmp_path, WORKERS, quantum=quantum))
    for limit in [*range(1, 120, early), *range(120, result.retired, late), result.retired - 1, result.retired]:
        log, cut = log_of(boot(tmp_path, WORKERS, quantum=quantum, instructions=limit))
        assert cut.retired <= limit
        events_before = [event for event in log if not isinstance(event, events.LimitReached)]
        assert events_before == whole[: len(events_before)], f"limit {limit}"
        if limit < result.retired:
            assert cut.retired == limit
            assert cut.status == 124


def test_the_seed_decides_the_random_bytes_and_nothing_else(tmp_path: Path) -> None:
    """AT_RANDOM's 16 bytes (getauxval(3)) come from the seed."""

    def random_bytes(seed: int) -> bytes:
        booted = boot(tmp_path, "_start: exit 0", seed=seed)
        task = booted.program
        stack = task.memory.read(int(task.context[2]), 0x8000_0000 - int(task.context[2]))
        booted.finish()
        words = [int.from_bytes(stack[at : at + 4], "little") for at in range(0, 400, 4)]
        offset = words[words.index(25) + 1] - (0x8000_0000 - len(stack))
        return stack[offset : offset + 16]

    assert random_bytes(1) == random_bytes(1)
    assert random_bytes(1) != random_bytes(2)
    assert any(random_bytes(1))


def test_a_chooser_decides_and_its_choices_replay_a_run(tmp_path: Path) -> None:
    class Reversed:
        def choose(self, choice: Choice) -> int:
            return len(choice.options) - 1 if choice.kind is ChoiceKind.RUN else choice.default

    straight = log_of(boot(tmp_path, WORKERS, quantum=5))
    turned = [log_of(boot(tmp_path, WORKERS, quantum=5, chooser=Reversed())) for _ in range(2)]
    assert turned[0] == turned[1]
    assert turned[0][0] != straight[0]
    assert turned[0][1].status == straight[1].status == 3


# --- nobody can run ---


def test_a_deadlock_is_told_with_who_waits_for_what(tmp_path: Path) -> None:
    def child() -> Process:
        yield read(3, 1)

    def parent() -> Process:
        yield pipe2()
        yield fork(child)
        yield wait4()

    puppets = play(tmp_path / "root", parent)
    result = puppets.finished
    assert result is not None
    assert result.status == 124
    assert result.message.splitlines() == [
        "every process is blocked for ever",
        "  pid 2 waits for child 3 to change state",
        "  pid 3 waits for data in pipe 1",
    ]
    assert [record.state for record in result.processes] == ["blocked", "blocked"]


def test_processes_that_are_stopped_for_ever_are_a_deadlock_too(tmp_path: Path) -> None:
    result = run(tmp_path, "_start: sys getpid\n li a1, 19\n sys kill\n exit 0")
    assert result.status == 124
    assert "pid 2 waits for SIGCONT" in result.message


def test_a_vfork_parent_whose_child_waits_for_ever(tmp_path: Path) -> None:
    def child() -> Process:
        yield read(3, 1)

    def parent() -> Process:
        yield pipe2()
        yield vfork(child)

    result = play(tmp_path / "root", parent).finished
    assert result is not None
    assert "pid 2 waits for its vfork child 3 to exec or exit" in result.message


def test_who_polls_no_files_waits_for_a_signal(tmp_path: Path) -> None:
    source = "_start: li a0, 0\n li a1, 0\n li a2, 0\n li a3, 0\n sys ppoll_time64"
    assert run(tmp_path, source).message.endswith("\n  pid 2 waits for a signal")


def test_shared_memory_without_suspension_runs_both(tmp_path: Path) -> None:
    def child() -> Process:
        yield getpid()
        yield getpid()

    def parent() -> Process:
        yield clone(0x100 | 17, child)
        yield getpid()
        yield getpid()
        yield wait4()

    order = [name for name, call, _ in play(tmp_path / "root", parent, quantum=4).records if call == "getpid"]
    assert order != sorted(order)
    assert sorted(order) == ["0", "0", "0.1", "0.1"]
