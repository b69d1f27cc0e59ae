"""Steps stand in a process graph as a reader expects: what comes first on the left, and no line through a dot."""

from __future__ import annotations

import random

import pytest

from tests.outcomes.building import Building, Fork, Wait, forks_and_writes, order_of
from vm.outcomes.orders import End, Order, Stuck
from vm.outcomes.process_graph import MOST_COLUMNS, MOST_LANES, Arrow, Birth, ProcessGraph, process_graph


def shown(graph: ProcessGraph) -> list[list[str]]:
    """The words of each lane, from the top, with the columns that they stand in."""
    dots = sorted(graph.dots, key=lambda dot: dot.column)
    return [
        [f"{dot.column} {dot.above or dot.below}" for dot in dots if dot.lane == lane]
        for lane in range(len(graph.lanes))
    ]


def test_two_forks_and_writes_look_as_in_the_textbook() -> None:
    graph = process_graph(order_of(forks_and_writes("ab")))
    assert shown(graph) == [
        ["4 b", "5 exit"],
        ["2 a", "3 fork", "4 b", "5 exit"],
        ["4 b", "5 exit"],
        ["1 fork", "2 a", "3 fork", "4 b", "5 exit"],
    ]
    assert {*graph.births} == {Birth(1, 3, 1), Birth(3, 3, 2), Birth(3, 1, 0)}
    assert [(lane.start, lane.end) for lane in graph.lanes] == [(3, 5), (1, 5), (3, 5), (0, 5)]
    assert (graph.arrows, graph.left_out) == ((), "")


def test_a_wait_is_right_of_the_end_that_it_waits_for() -> None:
    graph = process_graph(order_of([Fork(["c"]), "a", Wait(), "b"]))
    assert shown(graph) == [["2 c", "3 exit"], ["1 fork", "2 a", "4 wait", "5 b", "6 exit"]]
    assert graph.arrows == (Arrow((0, 3), (1, 4), "exit"),)


def test_a_parent_is_suspended_until_its_vfork_child_executes_a_program() -> None:
    building = Building()
    child = building.fork((1,))
    building.write(child, "c")
    executed = building.step(child, "execve")
    building.step(child, "exit_group", "exit_group(3, 0, 0)")
    building.step((1,), "vfork", resumed=executed)
    building.write((1,), "p")
    graph = process_graph(building.order())
    assert shown(graph) == [["2 c", "3 exec program", "4 exit 3"], ["1 vfork", "4 p"]]
    assert graph.lanes[1].suspended == ((1, 3),)
    assert graph.arrows == (Arrow((0, 3), (1, 3), "resumed"),)


def test_a_link_that_follows_from_others_is_not_drawn() -> None:
    building = Building()
    child = building.fork((1,))
    building.step((1,), "write", order=building.step(child, "write"))
    later = building.step(child, "write")
    building.step(child, "exit_group")
    building.step((1,), "read", order=later - 2, data=later)
    graph = process_graph(building.order())
    assert [(arrow.why, arrow.source[0]) for arrow in graph.arrows] == [("order", 0), ("data", 0)]


def test_a_read_names_its_descriptor_and_a_futex_no_address() -> None:
    building = Building()
    child = building.fork((1,))
    sent = building.step((1,), "write", "write(4, 70000, 1) = 1")
    building.step(child, "read", "read(3, 70000, 1) = 1", data=sent)
    building.step((1,), "futex_time64", "futex_time64(70000, 1, 1) = 0", order=2)
    words = {dot.below for dot in process_graph(building.order()).dots}
    assert words == {"fork", "write(4)", "read(3)", "futex"}


def test_an_access_tells_what_was_loaded_and_stored() -> None:
    building = Building()
    child = building.fork((1,))
    one = building.step((1,), "access", "load 0x7f6ff000 = 5")
    two = building.step(child, "access", "store 0x7f6ff000 = 6", memory=one)
    building.step((1,), "access", "load 0x7f6ff000 = 6, store 7", memory=two)
    assert [dot.below for dot in process_graph(building.order()).dots] == ["fork", "load 5", "store 6", "6 → 7"]


def test_who_waits_for_ever_says_so() -> None:
    building = Building()
    child = building.fork((1,))
    stuck = (
        Stuck(2, (1,), "a child", "wait4(3, 0, 0, 0)", 0, ""),
        Stuck(3, child, "bytes", "read(5, 70000, 1)", 0, ""),
    )
    graph = process_graph(building.order(End(stuck=stuck)))
    assert [lane.tail for lane in graph.lanes] == ["waits for ever: read(5)", "waits for ever: wait"]


def test_what_came_before_a_signal_was_not_sent_by_it() -> None:
    building = Building()
    child = building.fork((1,))
    early = building.write(child, "a")
    sent = building.step((1,), "kill", "kill(3, 9) = 0", ahead=early)
    building.step(child, "death", signal=sent)
    graph = process_graph(building.order())
    assert shown(graph) == [["2 a", "4 killed"], ["1 fork", "3 kill(3)"]]
    assert [arrow.why for arrow in graph.arrows] == ["ahead", "signal"]


def test_threads_of_a_process_have_numbers() -> None:
    steps = list(order_of([Fork(["a"]), "b"]).steps)
    assert [lane.name for lane in process_graph(Order(tuple(steps), End(0))).lanes] == ["process 3", "process 2"]
    for at, step in enumerate(steps):
        steps[at] = type(step)(
            step.thread, step.number, 2, step.call, step.text, step.pc, step.image, step.written, step.links
        )
    graph = process_graph(Order(tuple(steps), End(0)))
    assert [lane.name for lane in graph.lanes] == ["process 2, thread 2", "process 2, thread 1"]
    assert graph.dots[0].below == "clone"


def test_what_there_is_no_room_for_is_said() -> None:
    graph = process_graph(order_of(forks_and_writes("abcdef")))
    assert len(graph.lanes) == MOST_LANES
    assert graph.left_out == f"not drawn: {64 - MOST_LANES} of 64 processes"
    assert [dot.below for dot in graph.dots if dot.lane == MOST_LANES - 1].count(
        "fork"
    ) == 6  # of the first process all
    graph = process_graph(order_of(["x"] * 100))
    assert max(dot.column for dot in graph.dots) == MOST_COLUMNS
    assert graph.lanes[0].tail == "…"
    assert graph.left_out == f"not drawn: {101 - MOST_COLUMNS} steps on the right"


def test_an_endless_output_is_cut() -> None:
    graph = process_graph(order_of(["line\n" * 100_000]))
    assert graph.dots[0].above == "line↵line↵line↵line…"


def some_order(seed: int) -> Order:
    """An order of forks, writes, waits and other links, as chance has it."""
    chance = random.Random(seed)
    building = Building()
    living, ended, parents = [(1,)], {}, {}
    for _ in range(60):
        thread = chance.choice(living)
        what = chance.choice(["fork", "write", "write", "exit", "wait", "link", "link"])
        children = [child for child in ended if parents[child] == thread]
        if what == "fork" and len(parents) < 12:
            child = building.fork(thread)
            parents[child] = thread
            living.append(child)
        elif what == "write":
            building.write(thread, chance.choice(["a", "word", "some words\n"]))
        elif what == "exit" and thread != (1,):
            ended[thread] = building.step(thread, "exit_group")
            living.remove(thread)
        elif what == "wait" and children:
            building.step(thread, "wait4", exit=ended.pop(chance.choice(children)))
        elif what == "link" and building.steps:
            building.step(thread, "read", data=chance.randrange(len(building.steps)))
    return building.order()


def verticals(graph: ProcessGraph) -> list[tuple[int, int, int]]:
    """The lines that go up and down: column, and the lanes from which to which."""
    waits = [(arrow.target[1], arrow.source[0], arrow.target[0]) for arrow in graph.arrows if arrow.why == "exit"]
    births = [(birth.column, birth.child, birth.parent) for birth in graph.births]
    return [(column, min(a, b), max(a, b)) for column, a, b in waits + births]


@pytest.mark.parametrize("seed", range(40))
def test_lines_meet_no_dot_and_arrows_lead_to_the_right(seed: int) -> None:
    order = some_order(seed)
    graph = process_graph(order)
    places = {(dot.lane, dot.column) for dot in graph.dots}
    assert len(places) == len(graph.dots)
    lines = verticals(graph)
    for column, top, bottom in lines:
        assert not any((lane, column) in places for lane in range(top + 1, bottom))
        meeting = [line for line in lines if line[0] == column and line[1] < bottom and top < line[2]]
        assert meeting == [(column, top, bottom)]
    for birth in graph.births:
        assert birth.child < birth.parent
        assert all(graph.lanes[lane].start > birth.column for lane in range(birth.child + 1, birth.parent))
    assert all(arrow.source[1] < arrow.target[1] for arrow in graph.arrows)
    columns = {dot.step: dot.column for dot in graph.dots}
    for step in columns:
        assert all(columns[link.step] < columns[step] for link in order.steps[step].links if link.step in columns)
