"""Why a program cannot print a text, told of programs that the machine has explored."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from forklore import Machine
from vm.lines import plain
from vm.outcomes.chains import Chain
from vm.outcomes.explaining import reason_lines
from vm.outcomes.exploration import QUANTUM, explore
from vm.outcomes.exploring import Limits
from vm.outcomes.orders import End, Order, Step, Written
from vm.outcomes.reasons import why_not
from vm.outcomes.sources import Sources, sources_of
from vm.outcomes.wording import Wording

PROGRAMS = Path("programs/outcomes")


def explained(program: str, text: bytes) -> list[str]:
    """The report on a text that a program cannot print."""
    boot = partial(Machine(quantum=QUANTUM).boot, PROGRAMS / program, keep=False)
    orders = explore(boot, Limits()).orders_by_source
    reason = why_not(orders, {"output": text})
    assert reason is not None
    assert all(map(reason.holds_in, orders))
    return plain(reason_lines(reason, sources_of(orders, boot().kernel.loader), 80)).splitlines()


@pytest.mark.parametrize(
    ("program", "text", "expected"),
    [
        (
            "waits_in_order.s", b"1ab2",
            [
                "impossible: `1` cannot come before `a`: line 32 waits for the end of the process",
                "  that writes `a` in line 42, and only then line 34 writes `1`",
                "  programs/outcomes/waits_in_order.s:32  call    wait_for",
                "  programs/outcomes/waits_in_order.s:34  call    print_letter",
                "  programs/outcomes/waits_in_order.s:42  call    print_letter",
            ],
        ),
        (
            "wait_for_any.s", b"AabB",
            [
                "impossible: `A` cannot come before `a`: line 36 or 37 waits for the end of the",
                "  process that writes `a` in line 43, and only then line 58 writes `A`",
                "  programs/outcomes/wait_for_any.s:36  call    wait",
                "  programs/outcomes/wait_for_any.s:37  call    wait",
                "  programs/outcomes/wait_for_any.s:43  call    print_letter",
                "  programs/outcomes/wait_for_any.s:58  call    print_letter",
            ],
        ),
        (
            "pipe_semaphore.s", b"pcd",
            [
                "impossible: `p` cannot come before `c`: line 44 writes `c` before line 49 writes",
                "  what line 38 reads, and only then line 40 writes `p`",
                "  programs/outcomes/pipe_semaphore.s:38  ecall",
                "  programs/outcomes/pipe_semaphore.s:40  call    print_letter",
                "  programs/outcomes/pipe_semaphore.s:44  call    print_letter",
                "  programs/outcomes/pipe_semaphore.s:49  ecall",
            ],
        ),
    ],
)  # fmt: skip
def test_a_program_of_the_machine(program: str, text: bytes, expected: list[str]) -> None:
    assert explained(program, text) == expected


def test_the_entry_of_a_handler_stands_where_the_handler_does() -> None:
    boot = partial(Machine(quantum=QUANTUM).boot, PROGRAMS / "sigchld_once.s", keep=False)
    orders = explore(boot, Limits()).orders_by_source
    place = sources_of(orders, boot().kernel.loader).place_of
    entries = {step for order in orders for step in order.steps if step.call == "handler"}
    assert entries
    found = {place(step) for step in entries}
    assert [(each.function, each.line > 0) for each in found if each is not None] == [("handler", True)]


def test_who_is_killed_between_two_calls_stands_where_it_was() -> None:
    boot = partial(Machine(quantum=QUANTUM).boot, PROGRAMS / "killed_midway.s", keep=False)
    orders = explore(boot, Limits()).orders_by_source
    place = sources_of(orders, boot().kernel.loader).place_of
    found = [place(step) for order in orders for step in order.steps if step.call == "death"]
    assert found
    assert all(each is not None and each.line for each in found)


def test_a_signal_is_sent_by_the_line_that_sends_it() -> None:
    boot = partial(Machine(quantum=QUANTUM).boot, PROGRAMS / "killed_midway.s", keep=False)
    orders = explore(boot, Limits()).orders_by_source
    place = sources_of(orders, boot().kernel.loader).place_of
    told = set()
    for order in orders:
        for step in order.steps:
            for link in step.links:
                if link.why in ("signal", "ahead"):
                    chain = Chain((order.steps[link.step], step), (link.why,))
                    assert (chain.first if link.why == "signal" else chain.last).call == "kill"
                    told.add(Wording(order.steps, place).link(chain))
    for line in (43, 45):
        assert {
            f"line {line} comes before the signal from line 29",
            f"line 29 sends the signal that comes before line {line}",
        } <= told


def test_what_is_quoted_stays_in_a_line() -> None:
    step = Step((1,), 0, 2, "write", "", 8, "p", (Written("output", b"some words and more words that go on\n"),), ())
    reason = why_not([Order((step,), End(0))], {"output": b"some words and more words that go on"})
    assert reason is not None
    assert plain(reason_lines(reason, Sources({}), 50)).splitlines() == [
        "impossible: the newline behind",
        "  `some words and more words that go on` is",
        "  missing: the write at 0x8 writes",
        "  `some words and more words that go on\\n` in one",
        "  piece",
    ]
