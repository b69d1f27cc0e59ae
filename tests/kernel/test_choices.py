"""Every choice of the machine can be made by somebody else: guests that tell which way was taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernel.guest import boot
from vm import events
from vm.cpu.state import PC
from vm.kernel.choice import Choice, ChoiceKind, WrongAnswer
from vm.kernel.errors import Midway
from vm.kernel.loop import advance
from vm.kernel.pausing import Ending, Pause, Until
from vm.run import Run

CHOICES = Until(choices=True)

SAY = """
.macro say letter
    addi sp, sp, -16
    li t0, \\letter
    sb t0, 0(sp)
    li a0, 1
    mv a1, sp
    li a2, 1
    sys write
    addi sp, sp, 16
.endm
"""
FORKED = (
    SAY
    + """
_start: sys fork
    beqz a0, 1f
    say 'p'
    li a0, -1
    li a1, 0
    li a2, 0
    sys wait4
    exit 0
1:  say 'c'
    exit 0
"""
)
ZOMBIES = (
    SAY
    + """
_start: li s1, 3
1:  sys fork
    beqz a0, child
    addi s1, s1, -1
    bnez s1, 1b
    li t0, 10000
2:  addi t0, t0, -1
    bnez t0, 2b
    li s1, 3
3:  li a0, -1
    la a1, status
    li a2, 0
    sys wait4
    lbu t0, status+1
    sb t0, letter, t1
    li a0, 1
    la a1, letter
    li a2, 1
    sys write
    addi s1, s1, -1
    bnez s1, 3b
    exit 0
child:
    addi a0, s1, '0'
    sys exit
    .bss
status: .word 0
letter: .byte 0
"""
)
SIGNALS = (
    SAY
    + """
_start:
    li s0, 10
    call handle
    li s0, 12
    call handle
    li a0, 0            # SIG_BLOCK
    la a1, both
    li a2, 0
    li a3, 8
    sys rt_sigprocmask
    sys getpid
    mv s2, a0
    li a1, 12
    sys kill
    mv a0, s2
    li a1, 10
    sys kill
    li a0, 1            # SIG_UNBLOCK
    la a1, both
    li a2, 0
    li a3, 8
    sys rt_sigprocmask
    exit 0
handle: mv a0, s0
    la a1, action
    li a2, 0
    li a3, 8
    sys rt_sigaction
    ret
handler: addi t0, a0, '0'
    sb t0, letter, t1
    li a0, 1
    la a1, letter
    li a2, 1
    sys write
    ret
    .data
    .balign 8
action: .word handler, 0, 0, 0, 0
both:   .word 1 << 9 | 1 << 11, 0
letter: .byte 0
"""
)
WAITED = (
    SAY
    + """
_start: li s1, 3
1:  sys fork
    beqz a0, child
    addi s1, s1, -1
    bnez s1, 1b
    li s1, 3
2:  li a0, -1
    li a1, 0
    li a2, 0
    sys wait4
    addi s1, s1, -1
    bnez s1, 2b
    exit 0
child:
    li t0, 1000         # the last one is busy while the others end: two have, once the parent runs again
    addi s1, s1, -1
    bnez s1, 4f
3:  addi t0, t0, -1
    bnez t0, 3b
4:  say 'c'
    exit 0
"""
)
WOKEN = (
    SAY
    + """
_start: li s1, 3
1:  li a0, 0x111        # CLONE_VM | SIGCHLD
    slli a1, s1, 8
    la t0, stacks
    add a1, a1, t0
    li a2, 0
    li a3, 0
    li a4, 0
    sys clone
    beqz a0, child
    addi s1, s1, -1
    bnez s1, 1b
    li t0, 10000
2:  addi t0, t0, -1
    bnez t0, 2b
    li s1, 2
3:  la a0, word
    li a1, 129          # FUTEX_WAKE of two out of three: two choices in one call
    li a2, 2
    sys futex_time64
    addi s1, s1, -1
    bnez s1, 3b
    li a0, -1
    li a1, 0
    li a2, 0
    sys wait4
    exit 0
child:
    la a0, word
    li a1, 128          # FUTEX_WAIT
    li a2, 0
    li a3, 0
    sys futex_time64
    say 'c'
    exit 0
    .bss
word:   .word 0
    .balign 16
stacks: .space 1024
"""
)


class Taking:
    """Takes the option of this index at the first choice of one kind, the machine's own else; keeps what it met."""

    def __init__(self, kind: ChoiceKind, index: int) -> None:
        self.kind = kind
        self.index = index
        self.met: list[Choice] = []

    def choose(self, choice: Choice) -> int:
        if choice.kind is not self.kind:
            return choice.default
        self.met.append(choice)
        return self.index if len(self.met) == 1 else choice.default


def output(run: Run) -> bytes:
    return run.finish().output


@pytest.mark.parametrize(
    ("kind", "source", "settings", "outputs"),
    [
        (ChoiceKind.FIRST, FORKED, {}, [b"pc", b"cp"]),
        (ChoiceKind.PREEMPT, FORKED, {}, [b"pc", b"cp"]),
        (ChoiceKind.ZOMBIE, ZOMBIES, {"quantum": 100}, [b"321", b"231", b"132"]),
        (ChoiceKind.SIGNAL, SIGNALS, {}, [b"<:", b":<"]),
    ],
    ids=lambda value: value.name if isinstance(value, ChoiceKind) else None,
)
def test_each_answer_is_another_run(
    kind: ChoiceKind, source: str, settings: dict[str, int], outputs: list[bytes], tmp_path: Path
) -> None:
    for index, expected in enumerate(outputs):
        taking = Taking(kind, index)
        booted = boot(tmp_path, source, chooser=taking, **settings)
        assert output(booted) == expected
        assert taking.met
        numbers = [decision.choice.number for decision in booted.kernel.system.decisions.deviations]
        assert numbers == sorted(numbers)
        assert bool(numbers) == (index != taking.met[0].default)


@pytest.mark.parametrize("source", [FORKED, ZOMBIES, SIGNALS, WAITED, WOKEN])
def test_pausing_at_each_choice_changes_nothing(source: str, tmp_path: Path) -> None:
    straight = boot(tmp_path, source, quantum=50)
    expected = straight.finish()
    paused, pauses = boot(tmp_path, source, quantum=50), 0
    while isinstance(pause := advance(paused.kernel, CHOICES), Pause):
        assert pause.why == "choice"
        assert pause.choice is not None
        assert pause.choice.number == pauses
        pauses += 1
    assert pause == Ending()
    assert paused.finish() == expected
    assert straight.kernel.system.decisions.made == paused.kernel.system.decisions.made == pauses > 0


def test_an_answer_is_for_the_choice_at_which_the_loop_paused(tmp_path: Path) -> None:
    run = boot(tmp_path, FORKED)
    pause = advance(run.kernel, CHOICES)
    assert isinstance(pause, Pause)
    assert pause.choice is not None
    assert pause.choice.kind is ChoiceKind.FIRST
    run.kernel.system.decisions.answers.append(1)
    assert output(run) == b"cp"


def test_a_wrong_answer_is_refused(tmp_path: Path) -> None:
    run = boot(tmp_path, FORKED)
    advance(run.kernel, CHOICES)
    run.kernel.system.decisions.answers.append(2)
    with pytest.raises(WrongAnswer, match="answer 2 to choice 0, which has 2 options"):
        run.finish()
    assert run.finish() == boot(tmp_path, FORKED).finish(), "nothing has happened"


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_a_run_in_pieces_is_the_same_run(step: int, tmp_path: Path) -> None:
    expected = boot(tmp_path, ZOMBIES, quantum=100).finish()
    run, clock = boot(tmp_path, ZOMBIES, quantum=100), 0
    while isinstance(pause := advance(run.kernel, Until(clock=clock)), Pause):
        assert (pause.why, pause.clock) == ("clock", clock)
        clock += step
    assert run.finish() == expected


@pytest.mark.parametrize("engine", ["interpreter", "translator"])
def test_a_run_stops_before_an_instruction(engine: str, tmp_path: Path) -> None:
    """Each process as often as it gets there; the run is the same as without stops."""
    source = "_start: sys fork\n li s1, 3\nagain: addi s1, s1, -1\n bnez s1, again\n exit 7\n"
    expected = boot(tmp_path, source, quantum=5).finish()
    run = boot(tmp_path, source, quantum=5, engine=engine)
    again = int(run.program.context[PC]) + 12
    met: list[tuple[int, int]] = []
    while isinstance(pause := run.advance(pc=again), Pause):
        task = run.kernel.processes[pause.pid].leader
        assert (pause.why, int(task.context[PC])) == ("breakpoint", again)
        met.append((pause.pid, int(task.context[9])))
    assert sorted(met) == [(pid, left) for pid in (2, 3) for left in (1, 2, 3)]
    assert run.finish() == expected
    only = boot(tmp_path, source, quantum=5, engine=engine)
    pids = [pause.pid for _ in range(3) if isinstance(pause := only.advance(pid=3, pc=again), Pause)]
    assert pids == [3, 3, 3]


def test_a_run_pauses_at_events_and_processes(tmp_path: Path) -> None:
    run = boot(tmp_path, FORKED)
    pause = run.advance(events.Created)
    assert isinstance(pause, Pause)
    assert isinstance(pause.event, events.Created)
    assert (pause.why, pause.event.child, pause.clock) == ("event", 3, run.kernel.clock)
    pause = run.advance(pid=3)
    assert isinstance(pause, Pause)
    assert (pause.why, pause.pid, run.kernel.running) == ("process", 3, run.kernel.processes[3].leader)
    assert isinstance(run.advance(events.Exited), Pause)
    assert run.finish().output == b"pc"
    assert run.advance() == Ending()


def test_each_call_is_asked_for_once(tmp_path: Path) -> None:
    """A process that was preempted, and then makes its call alone, is asked before its next one."""
    source = (
        SAY
        + """
_start: sys fork
    beqz a0, child
    say 'a'             # the child runs first, and ends
    sys fork
    beqz a0, child
    say 'b'
    exit 0
child:
    exit 0
"""
    )
    taking = Taking(ChoiceKind.PREEMPT, 1)
    assert output(boot(tmp_path, source, chooser=taking)) == b"ab"
    assert [choice.pid for choice in taking.met] == [2, 3, 2, 2]


MAPS = """
_start: li s1, 2
1:  li t0, 5000
2:  addi t0, t0, -1
    bnez t0, 2b
    li a0, 0
    li a1, 4096
    li a2, 3            # PROT_READ | PROT_WRITE
    li a3, 0x22         # MAP_PRIVATE | MAP_ANONYMOUS
    li a4, -1
    li a5, 0
    sys mmap2
    addi s1, s1, -1
    bnez s1, 1b
    exit 0
"""


def test_a_run_pauses_at_what_happens_to_memory_not_at_what_there_is(tmp_path: Path) -> None:
    run = boot(tmp_path, MAPS, quantum=1000)
    run.advance(100)
    met: list[tuple[str, int]] = []
    while isinstance(pause := run.advance(events.Mapped), Pause):
        assert isinstance(pause.event, events.Mapped)
        assert pause.clock == pause.event.clock > 5000
        met.append((pause.event.name, pause.event.end - pause.event.start))
    assert met == [("mapping", 4096)] * 2


@pytest.mark.parametrize("kind", [events.Woken, events.Scheduled, events.Signalled, events.FramesChanged])
@pytest.mark.parametrize("choices", [False, True])
def test_a_pause_at_an_event_comes_before_anything_else(
    kind: type[events.Event], choices: bool, tmp_path: Path
) -> None:
    run = boot(tmp_path, WAITED, quantum=50)
    log: list[events.Event] = []
    run.advance(1)
    run.subscribe(kind, log.append)
    until, seen = Until(events=(kind,), choices=choices), 0
    while isinstance(pause := run.advance(until), Pause):
        if pause.why == "event":
            assert pause.clock in (log[seen].clock, log[seen].clock - 1)  # a call that waits takes its instruction back
            assert pause.event is log[seen]
        else:
            assert len(log) == seen
        seen = len(log)
    assert seen > 0


def test_a_machine_in_the_middle_of_a_step_is_neither_copied_nor_advanced(tmp_path: Path) -> None:
    """A listener is called in one; what it raises leaves the step half done."""
    run = boot(tmp_path, FORKED)

    def listen(event: events.Created) -> None:
        for call in (run.copy, run.advance):
            with pytest.raises(Midway):
                call()
        raise KeyboardInterrupt

    run.subscribe(events.Created, listen)
    with pytest.raises(KeyboardInterrupt):
        run.finish()
    with pytest.raises(Midway):
        run.finish()
    with pytest.raises(Midway):
        run.copy()


def test_a_chooser_that_fails_at_a_pause_leaves_the_run_as_it_was(tmp_path: Path) -> None:
    class Failing:
        def choose(self, choice: Choice) -> int:
            raise ZeroDivisionError

    run = boot(tmp_path, FORKED, chooser=Failing())
    assert isinstance(run.advance(Choice), Pause)
    with pytest.raises(ZeroDivisionError):
        run.finish()
    run.kernel.chooser = None
    assert run.finish() == boot(tmp_path, FORKED).finish()
