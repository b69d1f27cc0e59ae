"""Reasons of random orders, against every linear extension, found naively."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product

import pytest
from random_orders import STREAM, random_order, runs_of, text_of, writes_of

from tests.sampling import one_in
from vm.outcomes.cases import Reason
from vm.outcomes.claims import Ends, Halts
from vm.outcomes.orders import End, Order, Step
from vm.outcomes.reasons import why_not
from vm.outcomes.sentences import sentences
from vm.outcomes.wording import Place


def ways_to_write(text: bytes, pieces: set[bytes]) -> Iterator[list[tuple[str, bytes]]]:
    """Every row of pieces that makes up the text."""
    if not text:
        yield []
    for piece in pieces:
        if text.startswith(piece):
            for rest in ways_to_write(text[len(piece) :], pieces):
                yield [(STREAM, piece), *rest]


def check(reason: Reason, orders: list[Order], runs: list[list[list[Step]]]) -> None:
    assert reason.cases
    for order, found in zip(orders, runs, strict=True):
        assert reason.holds_in(order)
        assert all(reason.holds_in_run(writes_of(run)) for run in found)
    for case in reason.cases:
        for number in case.orders:
            assert case.claim.holds_in(orders[number])
            assert isinstance(case.claim, Ends) or all(case.claim.holds_in_run(writes_of(run)) for run in runs[number])
            assert case.given is None or case.given.holds_in(orders[number])
        for chain in case.chains:
            holding = [number for number, order in enumerate(orders) if chain.holds_in(order)]
            assert holding
            for run in (run for number in holding for run in runs[number]):
                places = [run.index(step) for step in chain.steps if step in run]
                assert places == sorted(places)
        assert not isinstance(case.claim, Halts) or case.how
    told = sentences(reason, lambda step: Place("p.s", step.pc))
    assert len(told) >= len(reason.cases)
    assert all(told)


@pytest.mark.parametrize("texts", [[b"a", b"b", b"c"], [b"a", b"b", b"ab", b"aa"]], ids=["letters", "overlapping"])
@pytest.mark.parametrize("seed", one_in(3, range(25)))
def test_what_no_run_prints_has_a_reason_that_holds_in_every_run(seed: int, texts: list[bytes]) -> None:
    source = random.Random(f"{seed} {texts}")
    orders = [random_order(source, source.randint(1, 6), texts, [STREAM]) for _ in range(source.randint(1, 3))]
    runs = [runs_of(order) for order in orders]
    possible = {text_of(run) for found in runs for run in found}
    pieces = {data for order in orders for step in order.steps for _, data in writes_of([step])}
    alphabet = sorted({bytes([byte]) for text in texts for byte in text})
    for length in range(6):
        for letters in product(alphabet, repeat=length):
            text = b"".join(letters)
            reason = why_not(orders, {STREAM: text})
            assert (reason is None) == (text in possible), text
            if reason is not None:
                check(reason, orders, runs)
                for way in ways_to_write(text, pieces):
                    assert not any(case.claim.holds_in_run(way) for case in reason.cases)


@pytest.mark.parametrize("seed", range(20))
def test_two_streams_and_an_end_have_reasons_that_hold(seed: int) -> None:
    source = random.Random(seed)
    streams, texts = ["output", "errors"], [b"a", b"b"]
    orders = [random_order(source, source.randint(2, 6), texts, streams) for _ in range(source.randint(1, 3))]
    runs = [runs_of(order) for order in orders]
    possible = {
        (text_of(run, "output"), text_of(run, "errors"), order.end)
        for order, found in zip(orders, runs, strict=True) for run in found
    }  # fmt: skip
    outputs = sorted({output for output, _, _ in possible} | {b"ab", b"b"})
    errors = sorted({error for _, error, _ in possible} | {b"ba"})
    for output, error, status in product(outputs, errors, (0, 1)):
        reason = why_not(orders, {"output": output, "errors": error}, End(status))
        assert (reason is None) == ((output, error, End(status)) in possible)
        if reason is not None and not isinstance(reason.cases[0].claim, Ends):
            check(reason, orders, runs)
        elif reason is not None:
            assert all(map(reason.holds_in, orders))
            for order, found in zip(orders, runs, strict=True):
                assert order.end != End(status) or all(reason.holds_in_run(writes_of(run)) for run in found)
