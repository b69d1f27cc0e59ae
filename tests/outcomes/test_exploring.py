"""The explorer finds every class of runs, each by one run."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from forklore import Machine
from vm.outcomes import exploring
from vm.outcomes.exploration import QUANTUM, explore
from vm.outcomes.exploring import Explorer, Limits
from vm.outcomes.orders import Order

TWO_WRITERS = """
.data
fds: .space 8
buffer: .space 4
.text
.globl _start
_start:
    la a0, fds
    li a1, 0
    li a7, 59
    ecall
    li a7, 1079
    ecall
    beqz a0, first
    li a7, 1079
    ecall
    beqz a0, second
    li s0, 6
1:  lw a0, fds
    la a1, buffer
    li a2, 1
    li a7, 63
    ecall
    addi s0, s0, -1
    bnez s0, 1b
    j leave
first:
    li s1, 'a'
    j send
second:
    li s1, 'b'
send:
    la t0, buffer
    sb s1, 0(t0)
    li s0, 3
1:  lw a0, fds+4
    la a1, buffer
    li a2, 1
    li a7, 64
    ecall
    addi s0, s0, -1
    bnez s0, 1b
leave:
    li a0, 0
    li a7, 93
    ecall
"""


def explorer(source: str, limits: Limits | None = None) -> Explorer:
    machine = Machine(quantum=QUANTUM, memory=1 << 22, files={"/program.s": source.encode()})
    run = machine.boot("/program.s", keep=False).start()
    return Explorer(run, limits or Limits())


@pytest.fixture(scope="module")
def two_writers() -> Explorer:
    found = explorer(TWO_WRITERS)
    assert found.explore()
    return found


def test_three_bytes_of_two_writers_lie_in_a_pipe_in_as_many_orders_as_can_be_chosen(two_writers: Explorer) -> None:
    assert len(two_writers.classes) == 20  # 6 over 3


def test_every_run_of_the_machine_finds_a_class(two_writers: Explorer) -> None:
    assert (two_writers.runs, two_writers.failed) == (20, 0)


def test_links_lead_back(two_writers: Explorer) -> None:
    for order in two_writers.classes:
        for place, step in enumerate(order.steps):
            assert all(link.step < place for link in step.links)
            assert step.links or not place


def test_a_limit_of_runs_ends_it() -> None:
    found = explorer(TWO_WRITERS, Limits(runs=5))
    assert not found.explore()
    assert len(found.classes) == 5
    assert found.bounds == {"up to 5 runs"}


def test_every_order_has_a_schedule_that_repeats_it() -> None:
    machine = Machine(quantum=QUANTUM, memory=1 << 22, files={"/program.s": TWO_WRITERS.encode()})
    found = explore(partial(machine.boot, "/program.s", keep=False), Limits())
    assert found.complete
    for index, order in enumerate(found.orders):
        schedule = found.schedule(index, range(len(order.steps)))
        assert machine.run("/program.s", schedule=schedule).status == 0


POLLING = """
.text
.globl _start
_start:
    li a7, 1079
    ecall
    beqz a0, child
    mv s0, a0
1:  mv a0, s0
    li a1, 0
    li a2, 1
    li a3, 0
    li a7, 260
    ecall
    beqz a0, 1b
child:
    li a0, 0
    li a7, 93
    ecall
"""


def test_a_loop_that_polls_is_waited_out() -> None:
    found = explorer(POLLING)
    assert found.explore()
    assert not found.bounds
    assert {order.end.exit_code for order in found.classes} == {0}


def test_a_loop_that_polls_for_what_never_comes_is_stuck() -> None:
    found = explorer(POLLING.replace("child:\n", "child:\n" + WAIT_FOR_A_BYTE))
    assert found.explore()
    (order,) = found.classes
    assert [stuck.why for stuck in order.end.stuck] == ["a change that it polls for", "data in pipe 1"]


WAIT_FOR_A_BYTE = """
    addi sp, sp, -16
    mv a0, sp
    li a1, 0
    li a7, 59
    ecall
    lw a0, 0(sp)
    mv a1, sp
    li a2, 1
    li a7, 63
    ecall
"""


def test_which_child_was_waited_for_is_no_matter_where_nobody_uses_it() -> None:
    found = explorer(Path("programs/outcomes/philosophers_3.s").read_text())
    assert found.explore()
    assert len(found.classes) == 7  # 3! orders in which they eat, and the deadlock
    assert sum(bool(order.end.stuck) for order in found.classes) == 1


def test_which_child_was_waited_for_matters_where_it_is_used() -> None:
    found = explorer(Path("programs/outcomes/first_to_end.s").read_text())
    assert found.explore()
    assert {order.end.exit_code for order in found.classes} == {1, 2}


def test_a_race_in_shared_memory_is_preempted_between_a_load_and_a_store() -> None:
    found = explorer(Path("programs/outcomes/counter_race.s").read_text())
    assert found.explore()
    texts = {order.steps[-2].written[0].data for order in found.classes}
    assert texts == {b"2", b"3", b"4"}
    assert len(found.words) == 1


def test_a_lock_that_is_a_futex_mends_it() -> None:
    found = explorer(Path("programs/outcomes/counter_lock.s").read_text())
    assert found.explore()
    assert {order.steps[-2].written[0].data for order in found.classes} == {b"4"}
    assert not any(order.end.stuck for order in found.classes)
    assert len(found.words) == 2


def test_whoever_polls_is_shown_where_it_is_stuck() -> None:
    forks = "_start: li a7, 1079\n ecall\n j _start\n"
    machine = Machine(quantum=QUANTUM, memory=1 << 22, processes=4, files={"/program.s": forks.encode()})
    found = explore(partial(machine.boot, "/program.s", keep=False), Limits())
    (order,) = found.orders_by_source
    assert len(order.end.stuck) == 3


@pytest.mark.parametrize("at_once", [1, 1000])
def test_how_many_runs_are_under_way_makes_no_difference(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    folder = Path("programs/outcomes")
    for source in (TWO_WRITERS, *[(folder / name).read_text() for name in ("counter_race.s", "sigchld_once.s")]):
        usual = explorer(source)
        with monkeypatch.context() as patch:
            patch.setattr(exploring, "UNDER_WAY", at_once)
            other = explorer(source)
        assert usual.explore()
        assert other.explore()
        assert set(map(of, other.classes)) == set(map(of, usual.classes))


def of(order: Order) -> frozenset[object]:
    """The steps of an order without their places."""
    names = [(step.thread, step.number) for step in order.steps]
    return frozenset(
        (
            step.thread,
            step.number,
            step.text,
            step.written,
            frozenset((names[each.step], each.why) for each in step.links),
        )
        for step in order.steps
    )


LAST = """
.text
.globl _start
_start:
    la a0, thread
    li a0, 0x10f00
    la a1, stack
    li a2, 0
    li a3, 0
    li a4, 0
    li a7, 220
    ecall
    beqz a0, thread
    la t0, _word
    li t1, 1
    sw t1, 0(t0)
    j leave
thread:
    la t0, _word
    lw t1, 0(t0)
    addi t1, t1, '0'
    addi sp, sp, -16
    sb t1, 0(sp)
    li a0, 1
    mv a1, sp
    li a2, 1
    li a7, 64
    ecall
leave:
    li a0, 0
    li a7, 93
    ecall
.bss
.balign 4
_word: .skip 4
.skip 4096
stack:
"""


def test_words_that_look_like_a_librarys_are_turned_round_last_but_all_the_same() -> None:
    found = explorer(LAST)
    assert found.explore()
    texts = {b"".join(written.data for step in order.steps for written in step.written) for order in found.classes}
    assert texts == {b"0", b"1"}
