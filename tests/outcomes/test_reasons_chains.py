"""Chains of links, against every path through an order; claims, against every run."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from random_orders import STREAM, random_order, runs_of, writes_of

from vm.outcomes.chains import Chain, chains_to
from vm.outcomes.claims import Before, Claim, Count, Halts, Never, Size, Torn
from vm.outcomes.orders import Order


def across(order: Order, first: int, last: int) -> Iterator[int]:
    """How many links between threads each way from one step to another has."""
    if first == last:
        yield 0
    for link in order.steps[last].links:
        if link.step >= first:
            is_across = order.steps[link.step].thread != order.steps[last].thread
            yield from (count + is_across for count in across(order, first, link.step))


@pytest.mark.parametrize("seed", range(20))
def test_a_chain_is_the_shortest_way_and_holds(seed: int) -> None:
    order = random_order(random.Random(seed), 10, [b"a"], [STREAM])
    found = 0
    for last, step in enumerate(order.steps):
        firsts = [first for first in range(last) if any(True for _ in across(order, first, last))]
        for first, chain in zip(firsts, chains_to(order, last, firsts), strict=True):
            assert (chain.first, chain.last) == (order.steps[first], step)
            assert chain.holds_in(order)
            assert chain.length == min(across(order, first, last))
            found += 1
    assert found


def test_a_chain_does_not_hold_where_a_link_is_of_another_kind() -> None:
    order = random_order(random.Random(3), 10, [b"a"], [STREAM])
    first, last = next((link.step, place) for place, step in enumerate(order.steps) for link in step.links)
    chain = Chain((order.steps[first], order.steps[last]), ("signal",))
    assert not chain.holds_in(order)
    assert not Chain((order.steps[last], order.steps[first]), ("own",)).holds_in(order)


def claims(source: random.Random) -> Iterator[Claim]:
    pieces = [b"a", b"b", b"ab"]
    for count in range(4):
        one, other = source.sample(pieces, 2)
        yield Count(STREAM, one, source.randrange(3), count, 9)
        yield Before(STREAM, one, count, 9, other, 1 + source.randrange(3), 9)
        text = b"".join(source.choice(pieces) for _ in range(3))
        yield Never(STREAM, one)
        yield Size(STREAM, 2 * count, 9)
        yield Torn(STREAM, text, count)
        yield Halts((STREAM,), (text,), count)


@pytest.mark.parametrize("seed", range(60))
def test_a_claim_holds_in_an_order_when_it_does_in_each_of_its_runs(seed: int) -> None:
    source = random.Random(seed)
    order = random_order(source, 6, [b"a", b"b", b"ab"], [STREAM])
    runs = [writes_of(run) for run in runs_of(order)]
    for claim in claims(source):
        assert claim.holds_in(order) == all(map(claim.holds_in_run, runs)), claim
