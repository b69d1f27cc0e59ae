"""A trace for Perfetto tells what the events tell, and what an independent look at the machine finds."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("perfetto")

from tests.c.test_teaching import PROGRAMS as C_PROGRAMS
from tests.c.test_teaching import arguments, standard_input
from tests.kernel.guest import PRELUDE, boot
from tests.observe.perfetto_file import Decoded, Slice, decode
from tests.observe.retold import amounts_now, state_now, states_of_events
from tests.programs.headers import PROGRAMS, PROGRAMS_FOLDER, PUZZLES, read_header
from vm import events
from vm.kernel.process.task import REAPER
from vm.kernel.services import ROWS as SERVICES
from vm.kernel.syscalls import TABLE
from vm.machine import Machine
from vm.observe.perfetto.trace import PerfettoTrace
from vm.observe.strace import Tracer
from vm.run import Run
from vm.toolchain import is_installed

SLICE = ["vfork_exec.s", "pipeline.s", "deadlock.s", "threads.s", "fork_isolation.s", "null_pointer.s", "orphan.s"]
ROWS = {row.name: row for row in (*TABLE.values(), *SERVICES.values())}
LOOKS = 12
"""Moments at which a machine is looked at, too."""


class Traced:
    """A run to its end: ``told`` are its events, ``found`` its trace, ``lines`` what strace's form has of its calls."""

    def __init__(self, run: Run) -> None:
        self.told: list[events.Event] = []
        self.lines: dict[int, list[str]] = defaultdict(list)
        data = bytearray()
        Tracer(run.kernel, lambda line: None, separate=lambda tid: self.lines[tid].append)
        trace = PerfettoTrace(run.kernel, data.extend)
        for kind in events.KINDS:
            run.subscribe(kind, self.told.append)
        run.finish()
        self.end = run.kernel.clock
        trace.close()
        self.found = decode(bytes(data))

    def of(self, *kinds: type[events.Event]) -> list[Any]:
        return [event for event in self.told if isinstance(event, kinds)]


def states_of_slices(found: Decoded) -> dict[tuple[int, int], list[tuple[str, int, int]]]:
    shown: dict[int, list[tuple[str, int, int]]] = defaultdict(list)
    for each in found.in_category("state"):
        assert each.depth == 0
        if each.end > each.start:
            shown[each.track].append((each.name, each.start, each.end))
    order = [track for track in found.tracks if found.tracks[track].name.startswith("state of ")]
    return {
        (life, found.thread_of(track)): shown[track]
        for life, track in enumerate(sorted(order)) if shown[track]
    }  # fmt: skip


def amounts_at(found: Decoded, clock: int) -> tuple[dict[int, tuple[int, int]], int]:
    """What the counters show at a moment: by process, and the frames in use."""
    values: dict[str, dict[int, int]] = defaultdict(dict)
    for track, told in sorted(found.counters.items()):
        name = found.tracks[track].name
        pid = found.process_of(track) if found.tracks[track].parent_uuid else 0
        for moment, value in told:
            if moment <= clock:
                values[name][pid] = value
    private, shared = values["private memory"], values["shared memory"]
    return {pid: (private[pid], shared[pid]) for pid in private}, values["frames in use"][0]


def moments(traced: Traced) -> Iterator[int]:
    """Some moments between two that something happens at."""
    clocks = sorted({event.clock for event in traced.told})
    between = [first + 1 for first, second in pairwise(clocks) if second - first > 2]
    return iter(between[:: max(1, len(between) // LOOKS)])


def check_against_machine(traced: Traced, run: Run) -> int:
    compared = 0
    for clock in moments(traced):
        run.advance(clock)
        kernel = run.kernel
        if kernel.clock != clock:
            continue  # nobody ran then
        compared += 1
        shown = {
            traced.found.thread_of(each.track): each.name.split(": SIG")[0]
            for each in traced.found.in_category("state") if each.start <= clock < each.end
        }  # fmt: skip
        tasks = [task for task in kernel.processes.threads if task.tid != REAPER]
        assert shown == {task.tid: state_now(kernel, task) for task in tasks}
        amounts, used = amounts_at(traced.found, clock)
        now = amounts_now(kernel)
        assert {pid: amount for pid, amount in amounts.items() if amount != (0, 0)} == now
        assert used == kernel.memory.used
    return compared


# --- everything -----------------------------------------------------------------------------------------------------


def call_line(each: Slice) -> str:
    notes = dict(each.notes)
    result, restored = notes.pop("return_value"), notes.pop("restored_mask", "")
    order = [name for name, _ in ROWS[each.name].arguments]
    return f"{each.name}({restored}{', '.join(notes[name] for name in order if name in notes)}) = {result}"


def check_calls(traced: Traced) -> None:
    """Every call has a slice, with the words of a trace in strace's form."""
    calls = traced.found.in_category("call")
    assert len(calls) == len(traced.of(events.CallEntered, events.ThreadLeads))
    shown: dict[int, list[str]] = defaultdict(list)
    for each in calls:
        assert each.depth == 0
        if each.name in ROWS and each.notes["return_value"] != "?":
            shown[traced.found.thread_of(each.track)].append(call_line(each))
    for tid in {*shown, *traced.lines}:
        assert shown[tid] == [line for line in traced.lines[tid] if is_whole_call(line)]


def is_whole_call(line: str) -> bool:
    """Not of signals and ends, nor of a call that has not returned, or that nobody knows."""
    return not line.startswith(("---", "+++")) and not line.endswith((" = ?", "<unfinished ...>", "said once)"))


def check_instants(traced: Traced) -> None:
    """What happens at once is told once; flows lead from one thread or process to another."""
    found = traced.found
    counted = Counter(each.category for each in found.slices if each.is_instant)
    assert counted["fault"] == len(traced.of(events.Faulted, events.PageFault))
    assert counted["exit"] == len(traced.of(events.Exited, events.ThreadExited))
    told = [each for each in found.in_category("signal") if not each.name.startswith("handler of ")]
    sent = [each for each in told if each.name.startswith("sends ")]
    assert len(told) - len(sent) == len(traced.of(events.Signalled))
    assert len(found.in_category("signal")) - len(told) == len(traced.of(events.Handled))
    flows = Counter(source.category for source, _ in found.flows.values())
    assert flows["fork"] == len(traced.of(events.Created, events.ThreadCreated))
    assert flows["exec"] == len(traced.of(events.Executed, events.ThreadLeads))
    assert flows["resume"] == len(traced.of(events.Resumed))
    assert flows["signal"] == len(sent)
    for source, goal in found.flows.values():
        assert source.start == goal.start
        assert source.track != goal.track
        assert source.category == goal.category or goal.category == "program"
    programs = found.in_category("program")
    assert len(programs) == len(traced.of(events.Created, events.Executed))
    assert {(found.process_of(each.track), each.start) for each in programs} == {
        (event.child if isinstance(event, events.Created) else event.pid, event.clock)
        for event in traced.of(events.Created, events.Executed)
    }
    check_pipes(traced)


def check_pipes(traced: Traced) -> None:
    """Whoever has put bytes into a pipe, or taken some out, and thereby woken somebody, is where a flow begins."""
    put: dict[str, events.PipeBytes] = {}
    expected: Counter[tuple[int, int, int]] = Counter()
    for event in traced.told:
        if isinstance(event, events.PipeBytes):
            put[f"pipe {event.pipe} {'room' if event.is_taken else 'data'}"] = event
        elif isinstance(event, events.Woken) and event.channel in put and put[event.channel].clock == event.clock:
            expected[put[event.channel].thread, event.pid, event.clock] += 1
    flows = [(source, goal) for source, goal in traced.found.flows.values() if source.category == "pipe"]
    thread_of = traced.found.thread_of
    found = Counter((thread_of(source.track), thread_of(goal.track), source.start) for source, goal in flows)
    assert expected <= found


def check(program: Path, words: list[str], input: bytes, **settings: Any) -> None:
    machine = Machine(**settings)
    traced = Traced(machine.boot(program, words, input=input))
    assert states_of_slices(traced.found) == states_of_events(traced.told, traced.end)
    check_calls(traced)
    check_instants(traced)
    again = machine.boot(program, words, input=input).start()
    assert check_against_machine(traced, again) or not [*moments(traced)]


@pytest.mark.parametrize("name", SLICE)
def test_a_trace_tells_what_the_events_tell(name: str) -> None:
    header = read_header((PROGRAMS_FOLDER / name).read_text())
    check(PROGRAMS_FOLDER / name, list(header.arguments), header.input, fork="cow")


@pytest.mark.full
@pytest.mark.parametrize("fork", ["copy", "on-demand"])
@pytest.mark.parametrize("program", [*PROGRAMS, *PUZZLES], ids=lambda program: program.name)
def test_that_holds_for_every_program(program: Path, fork: str) -> None:
    header = read_header(program.read_text())
    check(program, list(header.arguments), header.input, fork=fork, quantum=100, instructions=300_000)


@pytest.mark.full
@pytest.mark.skipif(not is_installed(), reason="no C compiler: pip install 'forklore[c]'")
@pytest.mark.parametrize("program", C_PROGRAMS, ids=lambda program: program.stem)
def test_that_holds_for_every_program_in_c(program: Path) -> None:
    check(program, arguments(program), standard_input(program), fork="on-demand", quantum=1000, instructions=300_000)


LEADS = """
# A thread executes a program, while the first one waits: it goes on as the first.
_start: li a0, 0x50f00          # VM, FS, FILES, SIGHAND, THREAD, SYSVSEM
        la a1, stack
        sys clone
        beqz a0, 1f
        la a0, word
        li a1, 0
        li a2, 0
        li a3, 0
        sys futex_time64
1:      la a0, name
        li a1, 0
        li a2, 0
        sys execve
.data
word:   .word 0
name:   .asciz "/other"
.bss
.zero 4096
stack:  .zero 16
"""
STOPS = """
# A child is stopped, goes on, is stopped again, and killed.
_start: sys fork
        beqz a0, child
        mv s0, a0
        .irp signal, 19, 18, 19, 9
        mv a0, s0
        li a1, \\signal
        sys kill
        sys sched_yield
        li t0, 300
1:      addi t0, t0, -1
        bnez t0, 1b
        .endr
        mv a0, s0
        li a1, 0
        li a2, 0
        li a3, 0
        sys wait4
        exit 0
child:  j child
"""


def check_written(tmp_path: Path, source: str) -> Traced:
    boot(tmp_path, "_start: exit 3", "other")
    boot(tmp_path, source)
    machine = Machine(root=tmp_path, quantum=50, instructions=100_000)
    traced = Traced(machine.boot("/guest"))
    assert states_of_slices(traced.found) == states_of_events(traced.told, traced.end)
    check_instants(traced)
    assert check_against_machine(traced, machine.boot("/guest").start())
    return traced


def test_a_thread_that_executes_a_program_is_the_first(tmp_path: Path) -> None:
    """Its call goes on there."""
    traced = check_written(tmp_path, LEADS)
    calls = [(each.name, traced.found.thread_of(each.track), each.notes["return_value"]) for each in
             traced.found.in_category("call")]  # fmt: skip
    assert calls == [
        ("clone", 2, "3"), ("futex_time64", 2, "?"), ("execve", 3, "?"), ("execve", 2, "0"), ("exit", 2, "?"),
    ]  # fmt: skip
    assert "blocked: the word at 0x00011000 to change" in {each.name for each in traced.found.in_category("state")}


BRIEFLY = """
# A thread suspends the one that made it until it ends; a child that sleeps, and nobody, wakes its parent.
_start: li a0, 0x54f00          # VM, VFORK, FS, FILES, SIGHAND, THREAD, SYSVSEM
        la a1, stack
        sys clone
        beqz a0, 1f
        li a0, 0
        li a1, 0
        la a2, time
        li a3, 0
        sys clock_nanosleep_time64
        exit 0
1:      exit 7
.data
time:   .word 0, 0, 5000, 0
.bss
.zero 4096
stack:  .zero 16
"""


def test_a_thread_that_ends_lets_its_maker_go_on(tmp_path: Path) -> None:
    """By itself, and not by what woke it; at the end of a sleep nobody acts."""
    traced = check_written(tmp_path, BRIEFLY)
    arrows = [(source.name, goal.name) for source, goal in traced.found.flows.values()]
    assert arrows == [("exec guest.s", "guest.s"), ("thread 3", "made by 2"), ("resumes 2", "resumed by exit of 2")]


def test_a_process_that_is_stopped(tmp_path: Path) -> None:
    traced = check_written(tmp_path, STOPS)
    check_calls(traced)
    child = [each for each in traced.found.in_category("state") if traced.found.thread_of(each.track) == 3]
    words = [each.name for each in child if each.name not in ("ready", "running")]
    assert words == ["stopped: SIGSTOP", "stopped: SIGSTOP", "zombie"]


def test_texts_of_a_guest_are_legal(tmp_path: Path) -> None:
    """Names, arguments and paths of any bytes: what is no letter is escaped, and nothing is endless."""
    name = "\x1b]0;x\x07\udcff\n<b>.s"
    (tmp_path / name).write_text(PRELUDE + "_start: la a0, path\n li a1, 0\n li a2, 0\n sys execve\n exit 0\n.data\n"
        + 'path: .ascii "/no\\377\\033[2J"\n .byte 0\n')  # fmt: skip
    traced = Traced(Machine().boot(tmp_path / name, [b"\xff" * 10_000, "\u2028\x9b"]))
    shown = [each.name for each in traced.found.slices] + [
        track.process.process_name for track in traced.found.tracks.values()
    ]
    shown += [str(value) for each in traced.found.slices for value in each.notes.values()]
    shown += [text for track in traced.found.tracks.values() for text in track.process.cmdline]
    assert all(text.isprintable() and len(text) <= 4000 for text in shown)
    assert "\\x1b]0;x\\x07\\xff\\n<b>.s" in shown


def test_time_begins_with_the_machine() -> None:
    """And the guest's time of day with its epoch."""
    traced = Traced(Machine(epoch=1_000_000_000).boot(PROGRAMS_FOLDER / "hello.s"))
    assert traced.found.clocks == {6: 0, 3: 0, 1: 10**18}
    assert min(each.start for each in traced.found.slices) == 0


def test_a_limit_ends_everything() -> None:
    traced = Traced(Machine(instructions=60).boot(PROGRAMS_FOLDER / "vfork_exec.s"))
    [end] = traced.found.in_category("end")
    assert (end.name, end.start) == ("the instruction limit of 60 was reached", 60)
    assert traced.found.tracks[end.track].name == "machine"
    assert {each.end for each in traced.found.in_category("program")} >= {60}


def test_what_lives_is_all_that_is_kept(tmp_path: Path) -> None:
    """A thousand processes one after the other leave nothing behind."""
    children = (
        "_start: li s0, 1000\n1: sys fork\n beqz a0, 2f\n li a0, -1\n li a1, 0\n li a2, 0\n li a3, 0\n sys wait4\n"
    )
    run = boot(tmp_path, children + " addi s0, s0, -1\n bnez s0, 1b\n2: exit 0\n")
    run = Machine(root=tmp_path).boot("/guest")
    trace = PerfettoTrace(run.kernel, len)
    run.finish()
    trace.close()
    stage, memory = trace._stage, trace._stage._memory
    for kept in (stage._threads, stage._processes, stage.living.threads, stage.living.processes, trace._calling,
                 memory._spaces, memory._members, memory._pages, memory._private):  # fmt: skip
        assert len(kept) <= 1
    assert len(memory._uses) + len(memory._others) == run.kernel.memory.used
