"""What Python users get: the outcomes of orders made by hand, counted, gone through, asked for, shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.outcomes.building import Fork, Wait, Write, forks_and_writes, order_of
from tests.schemas import fits
from vm.lines import plain
from vm.outcomes.answer import Outcomes
from vm.outcomes.answer_json import as_json, asked_json
from vm.outcomes.automaton import Outputs
from vm.outcomes.orders import End, Holder, Order, Outcome, Step, Stuck
from vm.outcomes.patterns import Pattern
from vm.outcomes.rests import TooLarge
from vm.outcomes.wording import Place

SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "vm" / "manual" / "outcomes.schema.json").read_text())
WELL, KILLED = End(exit_code=0), End(signal=9)


class Explored:
    """What was explored, made by hand."""

    def __init__(self, orders: Sequence[Order], *, complete: bool = True, bounds: Sequence[str] = ()) -> None:
        self.orders = self.orders_by_source = tuple(orders)
        self.complete = complete
        self.is_by_states = False
        self.bounds = tuple(bounds)
        self.runs, self.steps, self.seconds = len(orders), sum(len(order.steps) for order in orders), 0.25

    def schedule(self, index: int, steps: Sequence[int]) -> Any:
        return index, steps


class Lines:
    """Source lines by an instruction's address: the fourth instruction is line 3 of program.s."""

    def where(self, pc: int, image: str) -> str:
        return f"{image}.s:{(pc - 0x10000) // 4}"

    def place_of(self, step: Step) -> Place:
        return Place("program.s", (step.pc - 0x10000) // 4 + 1)


def outcomes(*orders: Order, is_piped: bool = False, **explored: Any) -> Outcomes:
    return Outcomes(Explored(orders, **explored), Lines(), is_piped=is_piped)  # type: ignore[arg-type]


def told(*scripts: tuple[Sequence[Any], End], **options: Any) -> Outcomes:
    return outcomes(*(order_of(script, end) for script, end in scripts), **options)


@pytest.fixture(scope="module")
def two() -> Outcomes:
    """Two ways to end: with ab, ba, or killed behind a."""
    return told((["a"], KILLED), ([Fork(["b"]), "a"], WELL))


def test_they_are_counted_and_gone_through_by_their_ends(two: Outcomes) -> None:
    assert (two.count, len(two), two.complete, two.bounds, bool(two)) == (3, 3, True, (), True)
    assert [(each.terminal, each.end) for each in two] == [(b"ab", WELL), (b"ba", WELL), (b"a", KILLED)]
    assert two.ends == {WELL: 2, KILLED: 1}
    assert [two.nth(number) for number in (1, 2, 3)] == list(two)
    for number in (0, 4):
        with pytest.raises(IndexError, match="the last one is 3"):
            two.nth(number)


def test_texts_bytes_and_outcomes_can_be_asked_for(two: Outcomes) -> None:
    assert "ab" in two
    assert b"a" in two
    assert "" not in two
    assert Outcome(b"a", b"", b"", KILLED) in two
    assert Outcome(b"a", b"", b"", WELL) not in two
    assert 3 not in two


def test_one_has_a_run_and_its_schedule(two: Outcomes) -> None:
    found = two.find("ba")
    assert found is not None
    assert (found.outcome.terminal, found.outcome.end, found.index) == (b"ba", WELL, 1)
    written = b"".join(each.data for number in found.sequence for each in two.orders[1].steps[number].written)
    assert written == b"ba"
    assert two.schedule("ba") == (1, found.sequence)
    with pytest.raises(LookupError, match="'bb' is no outcome of this program"):
        two.schedule("bb")


def test_a_text_that_goes_into_a_pipe_is_asked_for_whatever_the_errors_are() -> None:
    script = [Fork([Write("errors", "oops")]), Write("output", "a"), Write("output", "b")]
    found = told((script, WELL), is_piped=True)
    assert found.count == 1
    possible = found.find("ab")
    assert possible is not None
    assert possible.outcome == Outcome(b"", b"ab", b"oops", WELL)
    assert "a" not in found


def test_samples_are_those_of_their_seed(two: Outcomes) -> None:
    one = two.sample(50, seed=1)
    assert one == two.sample(50, seed=1) != two.sample(50, seed=2)
    assert set(one) == set(two)


def test_what_cannot_be_asked_is_said(two: Outcomes) -> None:
    with pytest.raises(ValueError, match="0 or more"):
        two.sample(-1)
    for ask in (two.find, two.schedule, two.why_not):
        with pytest.raises(TypeError, match="not int"):
            ask(5)  # type: ignore[arg-type]
    assert 5 not in two


def test_a_program_with_no_run_has_no_outcome() -> None:
    none = outcomes(complete=False, bounds=("up to 0 seconds",))
    assert (none.count, list(none), none.sample(3), "" in none) == (0, [], [], False)
    assert str(none) == "no outcome found, up to 0 seconds"


def test_what_a_limit_ended_is_not_complete() -> None:
    cut = told((["a"], WELL), (["b"], End(limit="limit of 10 steps")))
    assert not cut.complete
    assert cut.bounds == ("up to the limit of 10 steps",)


def test_a_newline_too_many_or_too_few_is_told() -> None:
    found = told((["a\n"], WELL), (["b"], WELL))
    assert plain(found.refusal_lines("a")).endswith("\n  with a newline at its end it is possible\n")
    assert plain(found.refusal_lines("b\n")).endswith("\n  without the newline at its end it is possible\n")
    assert "possible\n" not in plain(found.refusal_lines("c"))
    assert "possible\n" not in plain(found.refusal_lines(Pattern.of("{a}")))


def test_what_is_impossible_within_bounds_is_said_to_be_so() -> None:
    found = told((["a"], WELL), bounds=("up to time: a sleep ends last", "so it is: at some cost"))
    assert plain(found.refusal_lines("b")) == (
        "impossible up to time: nobody writes `b`\n  up to time: a sleep ends last\n"
    )
    assert plain(found.refusal_lines(Pattern.of("{a|b}"))) == (
        "impossible up to time: no run follows this pattern\n  up to time: a sleep ends last\n"
    )
    partly = told((["a"], WELL), complete=False, bounds=("up to 2 runs", "up to time: a sleep ends last"))
    assert plain(partly.refusal_lines("b")) == (
        "not found, up to 2 runs, up to time\n  up to time: a sleep ends last\n"
    )


def test_it_is_shown_as_text_and_as_html(two: Outcomes) -> None:
    shown = "3 outcomes, complete\nexit status 0: 2 outcomes\n   1  ab\n   2  ba\nkilled by SIGKILL: 1 outcome\n   3  a"
    assert str(two) == shown
    assert repr(two) == "<3 outcomes, complete>"
    html = two._repr_html_()
    assert html.startswith("<pre")
    assert "   2  </span>" not in html
    assert "ba" in html
    assert told((["<b>"], WELL))._repr_html_().count("&lt;b&gt;") == 1


def test_many_are_counted_and_some_are_shown() -> None:
    many = told((forks_and_writes("abcd"), WELL))
    assert many.count == 127_952_289
    assert str(many).startswith("127,952,289 outcomes, complete; exit status 0\n   1  aabbbb")
    assert str(many).endswith("  … 127,952,269 more")
    assert many.nth(many.count).terminal.startswith(b"abcd")


def test_json_has_it_all() -> None:
    stuck = Stuck(2, (1,), "data", "read()", 0x10004, "program", (Holder(3, (1, 1), "can write to it", 0),))
    found = told((["a\n"], WELL), ([Fork(["b"]), "\xff"], End(stuck=(stuck,))))
    plain = as_json(found, "p.s", ["x"], shown=found.numbered(2))
    fits(plain, SCHEMA)
    assert {name: plain[name] for name in ("version", "program", "arguments", "count", "complete", "bounds")} == {
        "version": 1, "program": "p.s", "arguments": ["x"], "count": 3, "complete": True, "bounds": [],
    }  # fmt: skip
    assert (plain["classes"], plain["runs"], plain["seconds"], plain["asked"]) == (2, 2, 0.25, None)
    assert plain["ends"] == [
        {"exit_code": 0, "signal": None, "limit": "", "stuck": [], "count": 1},
        {
            "exit_code": None, "signal": None, "limit": "", "count": 2,
            "stuck": [
                {
                    "pid": 2, "why": "data", "call": "read()", "place": "program.s:1",
                    "holders": [{"pid": 3, "what": "can write to it", "since": "program.s:0"}],
                }
            ],
        },
    ]  # fmt: skip
    assert plain["outcomes"][0] == {"number": 1, "terminal": "a\n", "output": "", "errors": "", "end": 0}
    asked = asked_json(found, found.find("a\n"), asked=b"a\n")
    fits(as_json(found, "p\udcff", [], asked=asked), SCHEMA)
    fits(as_json(found, "p", [], asked=asked_json(found, None, asked=b"\xff", reasons=["so"])), SCHEMA)
    assert (asked["text"], asked["possible"], asked["outcome"]["end"]) == ("a\n", True, 0)
    assert [step["call"] for step in asked["steps"]] == ["write", "exit_group"]
    assert asked["steps"][0]["written"] == [{"stream": "terminal", "data": "a\n"}]


def test_children_that_are_waited_for_come_first() -> None:
    assert [each.terminal for each in told(([Fork(["c"]), Wait(), "p"], WELL))] == [b"cp"]


def test_patterns_can_be_asked_for() -> None:
    found = told((["a\n", Fork(["b\n"]), "c\n"], WELL))
    assert Pattern.of("{b\n|a\nc\n}") in found
    assert Pattern.of("{b\n|c\n}a\n") not in found


def test_it_is_told_why_there_is_no_such_outcome(two: Outcomes) -> None:
    found = told((["a", Fork(["b"]), "c"], WELL))
    assert found.why_not("abc") is None
    assert found.why_not("acb") is None
    reason = found.why_not("bac")
    assert reason is not None
    assert reason.startswith("`b` cannot come before `a`: line 1 writes `a` before line 2 forks the process that")
    assert two.why_not(Outcome(b"ab", b"", b"", KILLED)) is not None
    assert two.why_not(Outcome(b"ab", b"", b"", WELL)) is None
    assert told((["a"], WELL), complete=False).why_not("b") is None


def test_what_is_too_much_to_be_counted_is_not_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(outputs: Outputs) -> int:
        raise TooLarge(5)

    monkeypatch.setattr(Outputs, "count", property(refuse))
    many = told((forks_and_writes("ab"), WELL), (["z"], KILLED))
    assert (many.count, many.complete, many.is_explored) == (10, False, True)
    assert many.bounds == ("too many to be counted",)
    assert str(many).startswith("at least 10 outcomes, incomplete; too many to be counted\nexit status 0: ")
    assert [each.outcome.terminal for each in many.numbered(None)][-1] == b"z"
    assert "z" in many
    with pytest.raises(TooLarge):
        many.sample()


def test_very_many_are_listed_page_by_page() -> None:
    many = told((forks_and_writes("abcd"), WELL), (["z"], KILLED))
    lines = plain(islice(many.lines(limit=None), 2503)).splitlines()
    assert lines[0] == "127,952,290 outcomes, complete"
    assert lines[1] == "exit status 0: 127,952,289 outcomes"
    assert [int(each.split()[0].replace(",", "")) for each in lines[2:]] == list(range(1, 2502))
    assert [each.split()[1].encode() for each in lines[2:]] == [each.terminal for each in islice(many, 2501)]
    assert plain(many.lines(limit=1002)).splitlines()[-1].strip() == "… and more"
    assert plain(many.lines(limit=1002)).count("killed") == 0
