"""The automaton of outputs against all linear extensions, one by one, and against numbers that are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice, permutations
from math import factorial
from random import Random

import pytest

from tests.outcomes.building import Building, Fork, Wait, Write, forks_and_writes, in_processes, order_of
from tests.sampling import one_in
from vm.outcomes import rests
from vm.outcomes.automaton import Outputs, TooLarge
from vm.outcomes.orders import End, Link, Order, Outcome, Step, Stuck, Written

ENDS = (
    End(exit_code=0),
    End(exit_code=1),
    End(signal=9),
    End(exit_code=0, stuck=(Stuck(2, (1, 1), "read", "", 0, ""),)),
)
WORDS = (b"a", b"b", b"ab", b"ba", b"abc", b"aa", b"\0", b"")


def extensions(order: Order, made: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """Every order of the steps in which all links lead back."""
    if len(made) == len(order.steps):
        yield made
    for at, step in enumerate(order.steps):
        if at not in made and all(link.step in made for link in step.links):
            yield from extensions(order, (*made, at))


def outcome_of(order: Order, steps: Sequence[int]) -> Outcome:
    written = [each for at in steps for each in order.steps[at].written]
    texts = [
        b"".join(each.data for each in written if each.stream == name) for name in ("terminal", "output", "errors")
    ]
    return Outcome(*texts, order.end)


def naive(orders: Sequence[Order]) -> set[Outcome]:
    return {outcome_of(order, steps) for order in orders for steps in extensions(order)}


def texts(outcome: Outcome) -> tuple[bytes, bytes, bytes]:
    return outcome.terminal, outcome.output, outcome.errors


def random_order(random: Random, streams: Sequence[str], words: Sequence[bytes]) -> Order:
    """Up to seven steps of up to three threads, with links at random."""
    steps = list[Step]()
    density = random.choice((0.1, 0.3, 0.6))
    threads = random.randint(1, 3)
    for at in range(random.randint(0, 7)):
        thread = (1, random.randrange(threads))
        number = sum(step.thread == thread for step in steps)
        links = [Link(step, "order") for step in range(at) if random.random() < density]
        links += [Link(step, "own") for step in range(at) if steps[step].thread == thread][-1:]
        count = random.choice((0, 1, 1, 1, 1, 2))
        written = tuple(Written(random.choice(streams), random.choice(words)) for _ in range(count))
        steps.append(Step(thread, number, 2, "write", "", 0, "", written, tuple(links)))
    return Order(tuple(steps), random.choice(ENDS[: random.choice((1, 2, 4))]))


def random_orders(seed: int) -> list[Order]:
    random = Random(seed)
    streams = random.choice(
        [["terminal"], ["terminal"], ["output", "errors"], ["errors"], ["terminal", "output", "errors"]]
    )
    words = random.sample(WORDS, random.randint(2, len(WORDS)))
    return [random_order(random, streams, words) for _ in range(random.choice((0, 1, 1, 2, 3, 5)))]


def check(orders: Sequence[Order]) -> None:
    expected = naive(orders)
    outputs = Outputs(orders)
    found = list(outputs)
    assert (len(found), set(found)) == (len(expected), expected)
    assert list(map(texts, found)) == sorted(map(texts, expected))
    assert [outputs.at(index) for index in range(outputs.count)] == found
    for outcome in found:
        assert outcome in Outputs(orders)
        number, steps = outputs.schedule_of(outcome)
        assert sorted(steps) == list(range(len(orders[number].steps)))
        place = {step: at for at, step in enumerate(steps)}
        assert all(place[link.step] < at for at, step in enumerate(steps) for link in orders[number].steps[step].links)
        assert outcome_of(orders[number], steps) == outcome
    for written in {changed for outcome in found for changed in changes(texts(outcome))}:
        assert set(outputs.ends_of(*written)) == {one.end for one in expected if texts(one) == written}


def changes(written: tuple[bytes, ...]) -> Iterator[tuple[bytes, ...]]:
    """Texts that may be impossible."""
    for at, text in enumerate(written):
        for changed in (text[:-1], text + b"a", text[::-1], text[1:] + text[:1], b"b" + text, b""):
            yield (*written[:at], changed, *written[at + 1 :])


SAME_AGAIN = [1748, 2697, 2945, 3147, 3230]
"""Sets in which a schedule's search meets what remains of one stream again, with other remains of the next."""


@pytest.mark.parametrize("seed", [*one_in(4, range(400)), *SAME_AGAIN])
def test_outcomes_are_those_of_all_linear_extensions(seed: int) -> None:
    check(random_orders(seed))


@pytest.mark.parametrize(
    ("texts", "count"),
    [("1", 1), ("12", 3), ("123", 279), ("1234", 127_952_289)],
)
def test_forks_each_with_a_write_on_both_sides(texts: str, count: int) -> None:
    """The numbers are those of a program of a page."""
    assert Outputs([order_of(forks_and_writes(texts))]).count == count


def test_distinct_writes_in_eight_processes_have_every_order() -> None:
    outputs = Outputs([order_of(in_processes("hgfedcba"))])
    assert outputs.count == 40_320
    expected = ["".join(each).encode() for each in permutations("abcdefgh")]
    assert [outcome.terminal for outcome in outputs] == expected


def wait_for_any(taken: Sequence[int]) -> Order:
    """Children write a letter each; their parent waits for any, and writes the same one in capitals, in this order."""
    building = Building()
    exits = {}
    for number in range(len(taken)):
        child = building.fork((1,))
        building.write(child, "abcdef"[number])
        exits[number] = building.step(child, "exit_group")
    for number in taken:
        building.step((1,), "wait4", exit=exits[number])
        building.write((1,), "ABCDEF"[number])
    return building.order()


@pytest.mark.parametrize("children", [1, 2, 3, 4, pytest.param(6, marks=pytest.mark.full)])
def test_waits_for_any_child_have_every_order_of_each_pair(children: int) -> None:
    """Together the classes allow all (2n)! orders of the letters in which each comes before its capital."""
    orders = [wait_for_any(taken) for taken in permutations(range(children))]
    assert Outputs(orders).count == factorial(2 * children) // 2**children


def test_some_of_very_many_outcomes_are_there_at_once() -> None:
    outputs = Outputs([order_of(in_processes([f"{number:02}" for number in range(40)]))], limit=50_000)
    first = [outcome.terminal for outcome in islice(outputs, 3)]
    one = b"".join(b"%02d" % number for number in range(37))
    assert first == [one + b"373839", one + b"373938", one + b"383739"]
    assert first[2] in {each.terminal for each in islice(outputs, 3)}
    assert Outcome(first[0][::-1], b"", b"", End(exit_code=0)) not in outputs
    assert Outcome(first[0][4:] + first[0][:4], b"", b"", End(exit_code=0)) in outputs


def test_too_many_nodes_leave_a_number_that_is_not_too_high() -> None:
    orders = [order_of(forks_and_writes("1234")), order_of(forks_and_writes("1243"))]
    count = Outputs(orders).count
    known = set()
    for limit in (0, 10, 100, 600, 1200, 1600):
        outputs = Outputs(orders, limit)
        with pytest.raises(TooLarge, match=r"it has at least [0-9,]+ outcomes?$") as caught:
            outputs.count  # noqa: B018
        assert 1 <= caught.value.at_least <= count
        known.add(caught.value.at_least)
        with pytest.raises(TooLarge) as again:
            outputs.sample(Random(1))
        assert again.value.at_least == caught.value.at_least
    assert max(known) > 1_000_000
    assert len(known) > 3


def test_a_list_that_becomes_too_long_says_how_long_it_was() -> None:
    outputs = Outputs([order_of(in_processes("abcdefghi"))], limit=900)
    found = []
    with pytest.raises(TooLarge) as caught:
        found += outputs  # as far as it gets
    with pytest.raises(TooLarge) as again:
        outputs.count  # noqa: B018
    assert 100 < caught.value.at_least <= again.value.at_least <= 362_880
    assert outputs.ends_of(b"ihgfedcba") == (End(exit_code=0),)
    assert outputs.ends_of(b"ihgfedcbb") == ()


@pytest.mark.parametrize("seed", range(60))
def test_parts_that_are_not_told_apart_change_nothing(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rests, "DEEPEST", seed % 3)
    check(random_orders(seed))


def test_processes_deep_within_each_other_are_read() -> None:
    """Deeper than Python's stack."""
    building = Building()
    threads = [(1,)]
    for number in range(300):
        building.write(threads[-1], f"{number} ")
        threads.append(building.fork(threads[-1]))
        building.write(threads[-2], "x")
    outputs = Outputs([building.order()])
    number, steps = outputs.schedule_of(next(iter(outputs)))
    assert (number, sorted(steps)) == (0, list(range(300 * 4)))


def test_no_orders_have_no_outcomes() -> None:
    outputs = Outputs([])
    assert (outputs.count, list(outputs), outputs.ends_of()) == (0, [], ())
    with pytest.raises(IndexError, match="there are 0 outcomes"):
        outputs.sample(Random(1))


def test_who_writes_nothing_has_an_outcome() -> None:
    order = order_of([Fork([""]), Wait()], End(exit_code=3))
    only = Outcome(b"", b"", b"", End(exit_code=3))
    outputs = Outputs([order, order])
    assert (outputs.count, list(outputs), outputs.schedule_of(only)) == (1, [only], (0, tuple(range(6))))


def test_what_is_impossible_has_no_schedule() -> None:
    outputs = Outputs([order_of([Fork(["c"]), "a", Wait(), "b"])])
    assert outputs.ends_of(b"acb") == (End(exit_code=0),)
    for text, end in ((b"abc", End(exit_code=0)), (b"acb", End(exit_code=1)), (b"ac", End(exit_code=0))):
        outcome = Outcome(text, b"", b"", end)
        assert outcome not in outputs
        with pytest.raises(KeyError):
            outputs.schedule_of(outcome)
    assert Outcome(b"", b"acb", b"", End(exit_code=0)) not in outputs
    assert "acb" not in outputs


def test_samples_are_uniform_and_the_same_for_a_seed() -> None:
    outputs = Outputs([order_of(in_processes("abc")), order_of(["x"])])
    drawn = Counter(outputs.sample(random) for random in [Random(5)] for _ in range(7000))
    assert len(drawn) == 7
    assert all(850 <= times <= 1150 for times in drawn.values())
    assert outputs.sample(Random(3)) == outputs.sample(Random(3))


def test_three_thousand_lines_of_one_process_are_one_outcome() -> None:
    lines = [Write(("output", "errors")[number % 2], f"line {number}\n") for number in range(3_000)]
    outputs = Outputs([order_of([Fork(lines), Wait(), Write("output", "end")])])
    only = next(iter(outputs))
    assert outputs.count == 1
    assert only.output.endswith(b"line 2998\nend")
    assert outputs.schedule_of(only)[1] == tuple(range(3_006))
