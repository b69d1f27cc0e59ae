"""What the tests' own orders are: links lead back, and are those that the script implies."""

from __future__ import annotations

from tests.outcomes.building import Building, Fork, Wait, forks_and_writes, order_of
from vm.outcomes.orders import End, Link, Written


def test_a_fork_and_a_wait() -> None:
    order = order_of([Fork(["c"]), "a", Wait(), "b"])
    assert [(step.thread, step.number, step.call) for step in order.steps] == [
        ((1,), 0, "fork"),
        ((1, 1), 0, "entry"), ((1, 1), 1, "write"), ((1, 1), 2, "exit_group"),
        ((1,), 1, "write"), ((1,), 2, "wait4"), ((1,), 3, "write"), ((1,), 4, "exit_group"),
    ]  # fmt: skip
    links = [step.links for step in order.steps]
    assert links[:4] == [(), (Link(0, "birth"),), (Link(1, "own"),), (Link(2, "own"),)]
    assert links[4:6] == [(Link(0, "own"),), (Link(4, "own"), Link(3, "exit"))]
    assert order.steps[2].written == (Written("terminal", b"c"),)
    assert order.end == End(exit_code=0)


def test_four_forks_with_a_write_on_both_sides_make_thirty_writes() -> None:
    steps = order_of(forks_and_writes("1234")).steps
    assert sum(bool(step.written) for step in steps) == 30
    assert len({step.thread for step in steps}) == 16
    assert all(link.step < at for at, step in enumerate(steps) for link in step.links)


def test_what_is_built_step_by_step_has_the_links_that_are_named() -> None:
    building = Building()
    child = building.fork((1,))
    sent = building.write((1,), "x")
    building.step(child, "read", data=sent)
    assert building.order().steps[-1].links == (Link(1, "own"), Link(2, "data"))
