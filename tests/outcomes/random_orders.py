"""Random orders, and every linear extension of one, found naively."""

from __future__ import annotations

import random

from vm.outcomes.orders import End, Link, Order, Step, Written

STREAM = "terminal"


def runs_of(order: Order) -> list[list[Step]]:
    """Every linear extension."""
    found: list[list[Step]] = []

    def go_on(run: list[int]) -> None:
        if len(run) == len(order.steps):
            found.append([order.steps[number] for number in run])
        for number, step in enumerate(order.steps):
            if number not in run and all(link.step in run for link in step.links):
                go_on([*run, number])

    go_on([])
    return found


def writes_of(run: list[Step]) -> list[tuple[str, bytes]]:
    return [(written.stream, written.data) for step in run for written in step.written]


def text_of(run: list[Step], stream: str = STREAM) -> bytes:
    return b"".join(data for name, data in writes_of(run) if name == stream)


def random_order(source: random.Random, size: int, texts: list[bytes], streams: list[str]) -> Order:
    """An order of up to three threads; a step writes one of ``texts``, or nothing."""
    steps: list[Step] = []
    threads: dict[tuple[int, ...], int] = {}
    for place in range(size):
        possible = [(1,), (1, 1), (1, 2)][: 1 if not steps else 3]
        thread = source.choice(possible)
        links = []
        if thread in threads:
            links.append(Link(threads[thread], "own"))
        elif steps:
            links.append(Link(max(threads.values()) if source.random() < 0.3 else threads[(1,)], "birth"))
        if len(steps) > 1 and source.random() < 0.3:
            links.append(Link(source.randrange(len(steps)), source.choice(["data", "exit", "order"])))
        text = source.choice([*texts, b""])
        written = (Written(source.choice(streams), text),) if text else ()
        number = sum(step.thread == thread for step in steps)
        steps.append(Step(thread, number, 1 + sum(thread), "write", "", place, "a", written, tuple(links)))
        threads[thread] = place
    return Order(tuple(steps), End(source.randrange(2)))
