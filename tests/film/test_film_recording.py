"""What a reel says of small programs: who, which frames, which contents, and what was left out."""

from __future__ import annotations

from typing import Any

import pytest

from vm import Machine
from vm.film import Reel, Window, record
from vm.film.details import Room
from vm.film.frames import CAUSES, USES
from vm.film.lives import ARROWS, STATES
from vm.film.recording import Limits
from vm.kernel.pausing import Ending, Pause, Until

FORK = "programs/fork_isolation.s"
VFORK = "programs/vfork_global.s"


def filmed(program: str, window: Window | None = None, *, fork: Any = "copy", **options: Any) -> Reel:
    run = Machine(fork=fork).boot(program).start()
    return record(run.kernel, run.advance, window or Window(), **options)


def rows(reel: Reel, table: str) -> list[dict[str, int]]:
    return [dict(zip(reel.columns[table], row, strict=True)) for row in reel.tables[table].tolist()]


def causes(reel: Reel, cause: str) -> list[dict[str, int]]:
    return [use for use in rows(reel, "uses") if use["cause"] == CAUSES.index(cause)]


def test_a_fork_by_copy_fills_new_frames_each_from_one_of_the_parents() -> None:
    reel = filmed(FORK)
    copies = causes(reel, "fork-copied")
    assert len(copies) == 3  # data, heap and stack
    first = {use["frame"]: use for use in causes(reel, "exec") + causes(reel, "zeros")}
    for copy in copies:
        assert first[copy["origin"]]["address"] == copy["address"]
        assert copy["frame"] != copy["origin"]


def test_cow_shares_first_and_copies_at_a_write() -> None:
    reel = filmed(FORK, fork="cow")
    assert len(causes(reel, "fork-copied")) == 0
    shared = {use["frame"] for use in causes(reel, "fork-shared") if use["use"] == USES.index("page")}
    assert {use["origin"] for use in causes(reel, "copied")} < shared
    assert len(causes(reel, "copied")) == 3
    assert len(reel.tables["kept"]) == 1


def test_vfork_changes_no_frame() -> None:
    reel = filmed(VFORK)
    [vfork] = [arrow for arrow in rows(reel, "arrows") if arrow["kind"] == ARROWS.index("vfork")]
    assert not [use for use in rows(reel, "uses") if use["from"] == vfork["moment"]]
    spaces = {(row["life"], row["space"]) for row in rows(reel, "inside") if row["space"]}
    assert spaces == {(0, 1), (1, 1)}


def test_a_vfork_suspends_the_parent_until_its_child_ends() -> None:
    states = [(row["life"], STATES[row["state"]]) for row in rows(filmed(VFORK), "states")]
    assert [state for life, state in states if life == 0][:4] == ["ready", "running", "suspended", "ready"]
    assert [state for life, state in states if life == 1] == ["ready", "running", "zombie", "none"]


def test_moments_come_in_order_and_each_once() -> None:
    moments = filmed(FORK).tables["moments"].tolist()
    assert moments == sorted(moments)
    assert len(set(map(tuple, moments))) == len(moments)


def test_a_window_keeps_a_part() -> None:
    whole = filmed(FORK)
    clocks = whole.column("moments", "clock").tolist()
    part = filmed(FORK, Window(clocks[5], clocks[12]))
    assert set(part.column("moments", "clock").tolist()) == set(clocks[5:13])
    assert part.head["window"] == {"from": clocks[5], "until": clocks[12], "pids": []}
    with pytest.raises(ValueError, match="has ended at clock"):
        filmed(FORK, Window(10**9))


def test_a_film_that_begins_late_says_that_output_is_missing() -> None:
    assert filmed(FORK, Window(100)).head["leftOut"] == ["what was written before clock 100"]
    assert filmed(FORK, Window(20)).head["leftOut"] == []


def test_films_of_one_page_share_its_room() -> None:
    assert Limits().among(2).all_packed * 2 == Limits().all_packed
    assert Limits().among(2).details.packed * 2 == Limits().details.packed
    assert Limits().among(1) == Limits()


THREAD_EXECS = b"""
_start: li a0, 0x10f00
        la a1, stack
        li a7, 220
        ecall
        bnez a0, wait
        la a0, path
        li a1, 0
        li a2, 0
        li a7, 221
        ecall
wait:   j wait
        .data
path:   .asciz "/next.s"
        .bss
        .balign 16
        .space 4096
stack:
"""
EXIT = b"_start: li a0, 3\n li a7, 93\n ecall\n"


def test_a_call_that_ends_a_program_has_no_result_but_that_of_a_thread_that_executes_has() -> None:
    run = Machine(files={"/threads.s": THREAD_EXECS, "/next.s": EXIT}, quantum=100).boot("/threads.s").start()
    texts = record(run.kernel, run.advance).texts
    assert "exit(3) = ?" in texts
    assert 'execve("/next.s", NULL, NULL) = 0' in texts


def test_a_film_of_one_process_says_how_much_it_leaves_out() -> None:
    reel = filmed(FORK, Window(pids=(3,)))
    assert len(reel.tables["moments"]) < len(filmed(FORK).tables["moments"])
    [text] = reel.head["leftOut"]
    assert "concern other processes than 3" in text
    last = [row for row in rows(reel, "states") if row["life"] == 1][-1]
    assert STATES[last["state"]] == "none"


def test_moments_can_come_at_fixed_times() -> None:
    clocks = filmed(FORK, Window(every=1)).column("moments", "clock").tolist()
    assert set(clocks) == set(range(clocks[-1] + 1))


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        (Limits(Room(moments=10)), "what pages hold"),
        (Limits(Room(changed=100)), "pages have changed by then"),
        (Limits(Room(packed=1)), "pages have changed by then"),
        (Limits(output=20), "what was written and read"),
        (Limits(events=20), "turns, waits and transfers"),
        (Limits(all_events=20), "a film has 20 events"),
        (Limits(uses=15), "a film has 15 uses of frames"),
        (Limits(packed=0), "between two moments: the page is large enough"),
        (Limits(all_packed=0), "all from clock 0 on: the page is large enough"),
    ],
)
def test_what_is_too_much_is_left_out_and_said(limits: Limits, text: str) -> None:
    [said] = filmed(FORK, limits=limits).head["leftOut"]
    assert text in said


def pauses(window: Window) -> int:
    run, count = Machine().boot(FORK).start(), 0

    def advance(until: Until) -> Pause | Ending:
        nonlocal count
        count += 1
        return run.advance(until)

    record(run.kernel, advance, window)
    return count


def test_nobody_stops_at_fixed_times_for_those_who_are_not_filmed() -> None:
    assert pauses(Window(every=1, pids=(77,))) == pauses(Window(pids=(77,)))
    assert pauses(Window(pids=(3,))) < pauses(Window(every=1, pids=(3,))) < pauses(Window(every=1))


def test_moments_at_fixed_times_end_with_what_they_are_for() -> None:
    reel = filmed(FORK, Window(every=1), limits=Limits(Room(moments=10)))
    details, moments = reel.head["leftOut"]
    assert "what pages hold" in details
    assert moments == f"from clock {reel.column('moments', 'clock')[9]} on moments every 1 ns"
    assert len(reel.column("moments", "clock")) < 10 + len(reel.tables["events"])


def test_behind_too_many_events_the_moments_left_are_true() -> None:
    full, coarse = filmed(FORK), filmed(FORK, limits=Limits(events=20))
    moments = list(map(tuple, full.tables["moments"].tolist()))
    kept = list(map(tuple, coarse.tables["moments"].tolist()))
    assert set(kept) < set(moments)
    for life in range(2):
        for number, moment in enumerate(kept):
            assert state(coarse, life, number) == state(full, life, moments.index(moment))


def state(reel: Reel, life: int, moment: int) -> int:
    found = [row for row in rows(reel, "states") if row["life"] == life and row["moment"] <= moment]
    return found[-1]["state"] if found else 0


@pytest.mark.parametrize("wrong", [{"start": -1}, {"start": 5, "end": 4}, {"pids": (0,)}, {"every": 0}])
def test_a_window_that_is_none_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"film|processes"):
        Window(**wrong)
