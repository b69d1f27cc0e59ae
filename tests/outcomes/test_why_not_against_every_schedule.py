"""Reasons why a program cannot print a text hold in every schedule that brute force finds."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence

import pytest

from tests.oracle.every_schedule import Course, TooLarge, every_course
from tests.oracle.in_assembly import statements_of
from tests.oracle.small_language import Handle, Pid
from tests.oracle.small_programs import small_program
from tests.outcomes.small_explored import explored
from tests.sampling import one_in
from vm.outcomes.chains import Chain
from vm.outcomes.claims import Before, Claim, Count, Halts, Never, Torn
from vm.outcomes.orders import Order
from vm.outcomes.reasons import why_not

CALLS, PROCESSES = 7, 3
"""Of each program: so few that every one of its schedules can be looked at."""
TEXTS = 6
"""Impossible ones that are asked for, of each program."""
STREAM = "output"
NAMES = {
    "Say": "write", "Put": "write", "Append": "write", "Get": "read", "Wait": "wait4", "Exit": "exit",
    "Death": "death",
}  # fmt: skip
"""Calls of which the model counts as many as the machine, in programs without handlers."""
Place = tuple[Pid, str, int]
"""A call of a process by its name, and its number among those of this name."""


def holds(claim: Claim, writes: Sequence[bytes]) -> bool:
    """Tell whether a claim holds in a run that writes these pieces, by what its words say."""
    match claim:
        case Never(data=data):
            return not any(byte in piece for piece in writes for byte in data)
        case Torn(text=text, place=place):
            return longest_row(text, set(writes)) <= place
        case Count(data=data, least=least, most=most):
            return least <= [*writes].count(data) <= most
        case Before(data=data, most=most, later=later, nth=nth):
            ends = [place for place, piece in enumerate(writes) if piece == later]
            return [*writes][: ends[nth - 1] if nth <= len(ends) else None].count(data) <= most
        case Halts(texts=(text,), most=most):
            written = b""
            for piece in writes:
                if not text.startswith(written + piece):
                    break
                written += piece
            return len(written) <= most and b"".join(writes) != text
    raise AssertionError(f"{claim} is not about one stream")


def longest_row(text: bytes, pieces: set[bytes]) -> int:
    """How much of a text whole pieces make up, each as often as one likes."""
    ends = {0}
    for place in range(len(text)):
        if place in ends:
            ends |= {place + len(piece) for piece in pieces if piece and text.startswith(piece, place)}
    return max(ends)


def ways_to_write(text: bytes, pieces: set[bytes]) -> Iterator[list[bytes]]:
    """Every row of pieces that makes up the text."""
    if not text:
        yield []
    for piece in pieces:
        if text.startswith(piece):
            yield from ([piece, *rest] for rest in ways_to_write(text[len(piece) :], pieces))


def impossible_texts(seed: int, possible: set[bytes]) -> list[bytes]:
    """Some texts that are like possible ones, and are not: letters are exchanged, lost, doubled or moved."""
    source = random.Random(f"impossible {seed}")
    found: set[bytes] = set()
    for _ in range(20 * TEXTS):
        letters = list(source.choice(sorted(possible)))
        for _ in range(source.randint(1, 2)):
            place = source.randint(0, len(letters))
            what = source.randrange(4)
            if what == 0:
                letters.insert(place, source.choice([*letters, ord("?")]))
            elif what == 1:
                letters[place : place + 1] = []
            elif letters:
                letters.insert(source.randrange(len(letters)), letters.pop(place - 1))
        if (text := bytes(letters)) not in possible:
            found.add(text)
    return sorted(found)[:: max(1, len(found) // TEXTS)]


def places_of(calls: Sequence[tuple[Pid, str]]) -> list[Place]:
    """Number the calls of each process by their names."""
    counts = Counter[tuple[Pid, str]]()
    places = []
    for pid, name in calls:
        places.append((pid, name, counts[pid, name]))
        counts[pid, name] += 1
    return places


def check_chain(chain: Chain, order: Order, courses: frozenset[Course]) -> None:
    """The steps of a chain are in this order in every schedule, of a program with one class of runs."""
    of_order = places_of([(step.thread, step.call) for step in order.steps])
    numbers = {(step.thread, step.number): number for number, step in enumerate(order.steps)}
    wanted = [of_order[numbers[step.thread, step.number]] for step in chain.steps if step.call in NAMES.values()]
    for course, _ in courses:
        places = places_of([(done.pid, NAMES[done.name]) for done in course if done.name in NAMES])
        found = [places.index(place) for place in wanted]
        assert found == sorted(found), (chain, course)


@pytest.mark.parametrize("seed", one_in(24, range(240)))
def test_reasons_hold_in_every_schedule(seed: int) -> None:
    program = small_program(seed, CALLS, PROCESSES)
    try:
        courses = every_course(program)
    except TooLarge:
        return
    runs = {tuple([done.text for done in course if done.text]) for course, _ in courses}
    possible = {b"".join(run) for run in runs}
    orders = tuple(explored(program)[0].classes)
    pieces = {piece for run in runs for piece in run}
    has_handlers = any(isinstance(statement, Handle) for statement in statements_of(program))
    assert all(why_not(orders, {STREAM: text}) is None for text in sorted(possible)[:TEXTS])
    for text in impossible_texts(seed, possible):
        reason = why_not(orders, {STREAM: text})
        assert reason is not None, text
        for run in runs:
            assert any(holds(case.claim, run) for case in reason.cases), (program, text, reason, run)
        for way in ways_to_write(text, pieces):
            assert not any(holds(case.claim, way) for case in reason.cases), (program, text, reason)
        if len(orders) == 1 and not has_handlers:
            for chain in (chain for case in reason.cases for chain in case.chains):
                check_chain(chain, orders[0], courses)
