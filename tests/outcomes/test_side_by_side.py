"""Several programs side by side, as golden text: which has which outcome."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.outcomes.building import Fork, order_of
from vm.lines import plain
from vm.outcomes.answer import Outcomes
from vm.outcomes.comparing import Compared, side_by_side
from vm.outcomes.orders import End
from vm.outcomes.sources import Sources

WELL = End(exit_code=0)


class Explored:
    complete, bounds, runs, steps, seconds = True, (), 1, 1, 0.0

    def __init__(self, *scripts: tuple[Sequence[Any], End]) -> None:
        self.orders = tuple(order_of(*script) for script in scripts)


def compared(name: str, *scripts: Sequence[Any], end: End = WELL, damage: str = "") -> Compared:
    explored: Any = Explored(*((script, end) for script in scripts))
    return Compared(name, Outcomes(explored, Sources({})), damage)


FORK = compared("fork.s", [Fork(["c\n"]), "p\n"])
VFORK = compared("vfork", ["c\n", "p\n"], damage="changed x: vfork.s:3")


def test_each_outcome_tells_who_has_it() -> None:
    assert plain(side_by_side([FORK, VFORK])) == (
        "1  fork.s  2 outcomes, complete; exit status 0\n"
        "2  vfork   1 outcome, complete; exit status 0\n"
        "   changed x: vfork.s:3\n"
        "\n"
        "1    2\n"
        "yes  yes    c\\n  p\\n\n"
        "yes  –      p\\n  c\\n\n"
    )


def test_ends_are_told_where_they_differ_and_what_is_common_once() -> None:
    killed = compared("killed", ["x\n", "y\n", "a\n"], end=End(signal=9))
    well = compared("well", ["x\n", "y\n", "b\n"])
    assert plain(side_by_side([killed, well])).splitlines()[3:] == [
        r"all begin with  x\n  y\n",
        "1    2",
        r"yes  –      a\n  killed by SIGKILL",
        r"–    yes    b\n  exit status 0",
    ]


def test_of_many_the_first_are_looked_at() -> None:
    shown = plain(side_by_side([FORK, VFORK], limit=1)).splitlines()
    assert shown[-2:] == [r"yes  yes    c\n  p\n", "… of each the first 1"]
