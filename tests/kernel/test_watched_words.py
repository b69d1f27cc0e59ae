"""Threads can be preempted before accesses to watched words, and what they access in common memory can be logged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.guest import PRELUDE
from vm import Machine, events
from vm.events import Accessed
from vm.hazards.observer import WindowObserver
from vm.kernel.choice import Choice, ChoiceKind
from vm.kernel.pausing import Ending, Pause, Until
from vm.run import Run
from vm.schedules.files import read_schedule, write_schedule

COUNTER, TURNS = 0x6000_0000, 0x6000_1000
SHARED = """
        li a0, 0x60000000       # COUNTER
        li a1, 0x2000
        li a2, 3
        li a3, 0x31             # MAP_SHARED | MAP_FIXED | MAP_ANONYMOUS
        li a4, -1
        li a5, 0
        sys mmap2
        li s1, 0x60000000
"""
RACE = """
# Parent and child add 1 to the counter {rounds} times each; the parent says, as a byte, how much it is at last.
_start: {begin}
        li s0, {rounds}
        sys fork
        beqz a0, child
        jal count
        li a0, -1
        li a1, 0
        li a2, 0
        li a3, 0
        sys wait4
        li a0, 1
        mv a1, s1
        li a2, 1
        sys write
        exit 0
child:  jal count
        exit 0
count:  {step}
        addi s0, s0, -1
        bnez s0, count
        ret
"""
PLAIN = "lw t0, 0(s1)\n addi t0, t0, 1\n sw t0, 0(s1)"
BYTES = "lbu t0, 0(s1)\n addi t0, t0, 1\n sb t0, 0(s1)"
ATOMIC = "li t0, 1\n amoadd.w zero, t0, (s1)"
RESERVED = "lr.w t0, (s1)\n addi t0, t0, 1\n sc.w t0, t0, (s1)\n bnez t0, count"


def machine(source: str, **settings: Any) -> Machine:
    files = {"/guest.s": (PRELUDE + source).encode()}
    return Machine(**{"instructions": 100_000, "memory": 1 << 20, "quantum": 1 << 20, "files": files, **settings})


def race(step: str = PLAIN, rounds: int = 1, **settings: Any) -> Machine:
    return machine(RACE.format(begin=SHARED, rounds=rounds, step=step), **settings)


def endings(run: Run, words: list[int]) -> Iterator[bytes]:
    """What each schedule prints: every way to decide who runs and where threads are preempted."""
    run.watch_words(words)
    states, seen = [run.start()], set()
    while states:
        state = states.pop()
        outcome = state.advance(Choice)
        if isinstance(outcome, Ending):
            assert not outcome.waits
            yield bytes(state.kernel.console.output.data)
            continue
        assert outcome.choice is not None
        if (digest := state.digest(clock=False)) in seen:
            continue
        seen.add(digest)
        wanted = outcome.choice.kind in (ChoiceKind.RUN, ChoiceKind.PREEMPT)
        for answer in range(len(outcome.choice.options)) if wanted else [0]:
            states.append(state.copy())
            states[-1].choose(answer)


@pytest.mark.parametrize(
    ("step", "engine"),
    [
        (PLAIN, "translator"),
        (ATOMIC, "interpreter"),
        pytest.param(BYTES, "interpreter", marks=pytest.mark.full),
        pytest.param(RESERVED, "translator", marks=pytest.mark.full),
    ],
)
def test_updates_get_lost_only_between_accesses(step: str, engine: str) -> None:
    lost = {b"\x01"} if step in (PLAIN, BYTES) else set()
    assert set(endings(race(step, engine=engine).boot("/guest.s"), [])) == {b"\x02"}
    assert set(endings(race(step, engine=engine).boot("/guest.s"), [COUNTER + 2])) == {b"\x02"} | lost
    assert set(endings(race(step, engine=engine).boot("/guest.s"), [COUNTER + 4, TURNS, 0, 0xFFFF_FFFC])) == {b"\x02"}


@pytest.mark.full
def test_two_rounds_leave_from_two_to_four() -> None:
    """A known puzzle: n rounds of two threads can leave no less than 2, and no more than 2n."""
    assert set(endings(race(rounds=2).boot("/guest.s"), [COUNTER])) == {b"\x02", b"\x03", b"\x04"}


class Asked:
    """Lets others run at the PREEMPT choices with these numbers, counted from 0, and notes all of them."""

    def __init__(self, *numbers: int) -> None:
        self.numbers = numbers
        self.clocks: list[int] = []

    def choose(self, choice: Choice) -> int:
        if choice.kind is not ChoiceKind.PREEMPT:
            return choice.default
        self.clocks.append(choice.clock)
        return int(len(self.clocks) - 1 in self.numbers)


def accesses(run: Run) -> list[Accessed]:
    found: list[Accessed] = []
    run.subscribe(Accessed, found.append)
    return found


def test_accesses_are_told_and_asked_for_once_each() -> None:
    chooser = Asked(1)
    run = race().boot("/guest.s", chooser=chooser)
    run.watch_words([COUNTER])
    told = accesses(run)
    assert run.finish().output == b"\x01"
    base = told[0].pc
    assert [(event.pid, event.thread, event.address, event.size, event.read, event.written) for event in told] == [
        (2, 2, COUNTER, 4, 0, None),
        (3, 3, COUNTER, 4, 0, None), (3, 3, COUNTER, 4, None, 1),
        (2, 2, COUNTER, 4, None, 1),
    ]  # fmt: skip
    assert [event.pc - base for event in told] == [0, 0, 8, 8]
    # Page faults, and the return to where it was preempted, ask nothing again: both of the parent, both of the child,
    # and its exit.
    assert len(chooser.clocks) == 5
    assert len({(event.clock, event.thread) for event in told}) == 4


def test_watching_changes_nothing_but_choices() -> None:
    """A run by default is the same, and so is its digest at any moment, whether words are watched and logged or not."""
    plain, watched = race(rounds=50, quantum=23).boot("/guest.s"), race(rounds=50, quantum=23).boot("/guest.s")
    watched.watch_words([COUNTER])
    watched.log_accesses()
    told = accesses(watched)
    for clock in range(30, 700, 61):
        assert plain.advance(clock) == watched.advance(clock)
        assert plain.digest() == watched.digest()
    first, second = plain.finish(), watched.finish()
    assert (first.output, first.retired, first.events) == (second.output, second.retired, second.events)
    assert len(told) == 200


@pytest.mark.parametrize("engine", ["interpreter", "translator"])
def test_a_schedule_of_it_repeats(tmp_path: Path, engine: str) -> None:
    run = race(rounds=3).boot("/guest.s", chooser=Asked(2, 3, 6), record=True)
    run.watch_words([COUNTER + 3, TURNS])
    told, output = accesses(run), run.finish().output
    assert output < b"\x06"
    write_schedule(run.schedule(), tmp_path / "schedule")
    schedule = read_schedule(tmp_path / "schedule")
    assert schedule == run.schedule()
    assert schedule.watched == (COUNTER, TURNS)
    assert f'"watched": [{COUNTER}, {TURNS}],' in (tmp_path / "schedule").read_text()
    for heard in (True, False):
        again = race(rounds=3, engine=engine).boot("/guest.s", schedule=schedule)
        retold = accesses(again) if heard else told
        assert again.finish().output == output
        assert retold == told
    again = race(rounds=3, engine=engine).boot("/guest.s", schedule=schedule)
    for _ in range(7):
        again.advance(Accessed)
        half = again.copy()
        assert half.finish().output == output
    paused = race(rounds=3, engine=engine).boot("/guest.s", schedule=schedule)
    while isinstance(outcome := paused.advance(Until(pc=told[0].pc)), Pause):
        assert outcome.why == "breakpoint"
    assert paused.kernel.console.output.data == output


def test_words_of_recorded_runs_stay() -> None:
    run = race().boot("/guest.s", record=True)
    run.start()
    with pytest.raises(ValueError, match="watches the same words from its start"):
        run.watch_words([COUNTER])
    again = race().boot("/guest.s", schedule=run.schedule())
    with pytest.raises(ValueError, match="watches the same words from its start"):
        again.watch_words([COUNTER])
    for wrong in ([-1], [1 << 32]):
        with pytest.raises(ValueError, match="addresses are from 0"):
            race().boot("/guest.s").watch_words(wrong)
    with pytest.raises(ValueError, match="no more than 1,048,576 words"):
        race().boot("/guest.s").watch_words(range(0, 4 << 21, 4))


VFORK = """
# A vfork child adds 1 to a word of its parent's, which others of the family access, too.
_start: la s1, word
        sys fork
        beqz a0, 1f
        sys vfork
        beqz a0, 1f
        lw t0, 0(s1)
        exit 0
1:      lw t0, 0(s1)
        addi t0, t0, 1
        sw t0, 0(s1)
        exit 0
        .data
word:   .word 5
"""


def test_who_checks_vfork_sees_the_same() -> None:
    """What looks at each instruction already is run under the eyes of this."""
    found = []
    for checks in (False, True):
        windows: list[Any] = []
        run = machine(VFORK).boot("/guest.s").start()
        word = run.program.memory.segments.named("data")
        assert word is not None
        run.watch_words([word.start])
        run.log_accesses()
        observer = WindowObserver(run.kernel, windows.append) if checks else None
        told = accesses(run)
        run.finish()
        if observer is not None:
            observer.finish()
            assert len(windows) == 1
        found.append((told, run.take_accesses()))
    assert found[0] == found[1]
    assert found[0][1] == []  # nothing of it is common to two that can run at a time
    assert [(event.pid, event.read, event.written) for event in found[0][0]] == [
        (3, 5, None), (3, None, 6), (4, 5, None), (4, None, 6), (2, 6, None),
    ]  # fmt: skip


THREAD = """
# Two threads of a process, each with a stack. What the first does before is nobody's business, nor is what a child
# does; what one does when the other has ended is.
_start: la s1, words
        sw zero, 0(s1)
        li a0, 0x50f00          # VM, FS, FILES, SIGHAND, THREAD, SYSVSEM
        la a1, stack
        sys clone
        beqz a0, 1f
        lw t0, 0(s1)
        sw t0, 4(s1)
        sys getpid
        sw t0, 4(s1)
        sys fork
        beqz a0, 2f
        exit 0
1:      sw s1, -4(sp)
        lw t0, rodata
        exit 0
2:      sw t0, 8(s1)
        exit 0
        .bss
        .balign 16
words:  .skip 48
stack:
        .section .rodata
rodata: .word 1
"""


def logged(run: Run) -> list[tuple[int, set[int], set[int]]]:
    """Threads with the words that they have read and written."""
    run.log_accesses()
    run.finish()
    return [(each.thread, set(each.reads), set(each.writes)) for each in run.take_accesses()]


def test_common_memory_is_logged() -> None:
    run = machine(THREAD).boot("/guest.s").start()
    data = run.program.memory.segments.named("bss") or run.program.memory.segments.named("data")
    assert data is not None
    words = data.start
    assert logged(run) == [(2, {words}, {words + 4}), (2, set(), {words + 4}), (3, set(), {words + 44})]


def test_shared_mappings_are_logged() -> None:
    assert logged(race().boot("/guest.s")) == [(2, {COUNTER}, {COUNTER}), (3, {COUNTER}, {COUNTER})]
    v_ipc = """
        li a0, 0
        li a1, 4096
        li a2, 01600
        sys shmget
        li a1, 0x60000000
        li a2, 0
        sys shmat
        li s1, 0x60000000
    """
    run = machine(RACE.format(begin=v_ipc, rounds=2, step=ATOMIC)).boot("/guest.s")
    assert logged(run) == [(2, {COUNTER}, {COUNTER}), (3, {COUNTER}, {COUNTER})]


def test_a_log_says_where() -> None:
    run = race(BYTES).boot("/guest.s")
    run.watch_words([COUNTER])
    run.log_accesses()
    told = accesses(run)
    run.finish()
    first, second = run.take_accesses()
    assert first.reads == second.reads == {COUNTER: told[0].pc}
    assert first.writes == second.writes == {COUNTER: told[1].pc}
    assert run.take_accesses() == []


def test_copies_log_for_themselves() -> None:
    run = race(rounds=5, quantum=7).boot("/guest.s")
    run.log_accesses()
    run.advance(100)
    half = run.copy()
    first = run.finish()
    whole = run.take_accesses()
    assert half.finish().output == first.output
    assert half.take_accesses() == whole
    assert len(whole) > 4
    run = race(rounds=5, quantum=7).boot("/guest.s")
    run.log_accesses()
    run.advance(60)
    begun = run.take_accesses()
    run.log_accesses(False)
    run.finish()
    assert run.take_accesses() == []
    assert 0 < len(begun) < len(whole)


def test_a_log_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vm.kernel.watching.LOG_LIMIT", 10)
    source = RACE.format(begin=SHARED, rounds=100, step="sw s0, 0(s1)\n addi s1, s1, 4\n sys getpid")
    run = machine(source).boot("/guest.s")
    run.log_accesses()
    run.finish()
    taken = run.take_accesses()
    assert sum(len(each.writes) + 1 for each in taken) == 10
    assert [each.is_whole for each in taken] == [True, True, True, True, False]


def test_an_end_of_the_guests_is_what_it_was() -> None:
    """An access that cannot be made is asked for once, told never, and ends the process as it always did."""
    source = "_start: sys fork\n li s1, 64\n lw t0, 0(s1)\n exit 0"
    plain, watched = machine(source).boot("/guest.s"), machine(source).boot("/guest.s")
    watched.watch_words([64])
    told = accesses(watched)
    asked: list[Any] = []
    watched.subscribe(events.Decided, lambda event: asked.append(event) if event.choice_kind == "PREEMPT" else None)
    first, second = plain.finish(), watched.finish()
    assert (first.signal, first.events) == (second.signal, second.events)
    assert first.signal is not None
    assert told == []
    assert len(asked) == 1
