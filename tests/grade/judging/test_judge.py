"""What is wrong with a run, and in which order it is told."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from vm.grade.allowed import Allowed
from vm.grade.conduct import Conduct
from vm.grade.judging.judge import judge
from vm.grade.lab import Expected, How, Place, Test, Text, Turn
from vm.grade.observation import Observation
from vm.outcomes.patterns import Pattern
from vm.outcomes.rests import TooLarge
from vm.settings import Settings

HERE = Place("tests.toml", 3)


def exactly(text: bytes) -> tuple[Text, ...]:
    return (Text(how=How.EXACT, texts=(text,), place=HERE),)


def a_test(dialogue: tuple[Turn, ...] = (), **expected: Any) -> Test:
    return Test(
        name="t", program="p", settings=Settings(), expected=Expected(**expected), dialogue=dialogue, place=HERE
    )


def run(**came: Any) -> Observation:
    ended = {"output": b"", "errors": b"", "terminal": b"", "exit_code": 0, "signal": None, "conduct": Conduct()}
    return Observation(**{**ended, **came})


def told(test: Test, observation: Observation, allowed: Any = None) -> list[tuple[str, str]]:
    return [(failure.kind, failure.key) for failure in judge(test, observation, allowed)]


def test_a_run_as_expected() -> None:
    test = a_test(output=exactly(b"o"), errors=exactly(b"e"), terminal=exactly(b"t"), files={"/f": exactly(b"f")})
    assert judge(test, run(output=b"o", errors=b"e", terminal=b"t", files={"/f": b"f"})) == []


def test_what_explains_most_comes_first() -> None:
    test = a_test(
        (Turn(expect="x", place=HERE),),
        output=exactly(b"o"), errors=exactly(b"e"), terminal=exactly(b"t"), files={"/b": exactly(b"f"), "/a": ()},
    )  # fmt: skip
    everything = run(limit="instruction limit of 1,000", stuck=("it waits",), signal=9, exit_code=None, unmet=0)
    kinds = [kind for kind, _ in told(test, everything)]
    assert kinds == ["limit", "deadlock", "signal", "dialogue", "output", "errors", "terminal", "file", "file"]
    assert [kind for kind, _ in told(test, run(exit_code=1))][-1] == "status"


@pytest.mark.parametrize(
    ("status", "name", "exit_code", "killed", "key"),
    [
        ((0,), None, 0, None, None),
        ((0,), None, 1, None, ("status", "status:1 instead of 0")),
        ((0, 3), None, 3, None, None),
        ((0, 3), None, 2, None, ("status", "status:2 instead of 0 or 3")),
        ((0,), None, None, signal.SIGSEGV, ("signal", "status:139 instead of 0")),
        (None, None, None, signal.SIGSEGV, None),
        (None, None, 77, None, None),
        (None, "SIGSEGV", None, signal.SIGSEGV, None),
        ((0,), "SIGSEGV", None, signal.SIGSEGV, None),
        (None, "SIGSEGV", None, signal.SIGKILL, ("signal", "status:137 instead of killed by SIGSEGV")),
        (None, "SIGSEGV", 0, None, ("signal", "status:0 instead of killed by SIGSEGV")),
        ((0,), None, None, None, None),
    ],
)
def test_how_a_program_ends(
    status: tuple[int, ...] | None,
    name: str | None,
    exit_code: int | None,
    killed: int | None,
    key: tuple[str, str] | None,
) -> None:
    found = told(a_test(status=status, signal=name), run(exit_code=exit_code, signal=killed))
    assert found == ([key] if key else [])


def test_a_death_is_told_with_the_signal() -> None:
    (failure,) = judge(a_test(), run(exit_code=None, signal=11, deaths=("p: read address 0, in main (p.c:3)",)))
    assert failure.title == "the program was killed by SIGSEGV"
    assert failure.details == ("p: read address 0, in main (p.c:3)",)


@pytest.mark.parametrize(
    ("limit", "kind", "what"),
    [
        ("instruction limit of 50,000,000", "limit", "instruction limit"),
        ("time limit of 2.5 s", "time", "time limit"),
        ("output limit of 1,048,576 bytes", "limit", "output limit"),
        ("limit of 64 bytes of an output that is kept", "limit", "limit"),
        ("end of guest time, 146 years,", "limit", "end of guest time"),
    ],
)
def test_limits(limit: str, kind: str, what: str) -> None:
    (failure,) = judge(a_test(), run(limit=limit, exit_code=None))
    assert (failure.kind, failure.what, failure.key) == (kind, what, f"{kind}:{what}")
    assert failure.title == f"the {limit} was reached, and the run ended there"


def test_who_waits_for_ever_is_told_and_alike_whatever_its_pid() -> None:
    first, second = (
        judge(a_test(), run(exit_code=None, stuck=(f"pid {pid} waits for a child", "the program waits for a pipe")))[0]
        for pid in (4, 5)
    )
    assert first.details == ("pid 4 waits for a child", "the program waits for a pipe")
    assert first.key == second.key
    many = judge(a_test(), run(exit_code=None, stuck=tuple(map(str, range(100)))))[0]
    assert many.details[-1] == "… 92 more"


def test_a_dialogue_says_where_it_stopped() -> None:
    turns = Turn(expect="name", send=b"Ann\n", place=HERE), Turn(expect="age", send=b"7\n", place=HERE)
    (failure,) = judge(a_test(turns), run(unmet=1, output=b"name? hello\n"))
    assert failure.title == "turn 2 of 2 of the dialogue: the program ended, or waited for input, before it"
    assert failure.expected == ('the program writes what "age" matches', 'and reads "7\\n"')
    assert failure.came == ("name? hello",)
    assert failure.details == ('typed before that: "Ann\\n"',)


def test_files() -> None:
    (failure,) = judge(a_test(files={"/a\n": exactly(b"x")}), run(files={"/b": b""}))
    assert (failure.kind, failure.what, failure.title) == ("file", "/a\\n", "the run leaves no file /a\\n")
    (failure,) = judge(a_test(files={"/a": exactly(b"x")}), run(files={"/a": b""}))
    assert (failure.what, failure.title) == ("/a", "the file /a is empty: nothing was written")
    assert failure.key == "file:/a:nothing"


class TooMuch(Allowed):
    """What a reference solution may write, and nobody can hold a text against."""

    def permits(self, data: bytes, stream: str = "output") -> bool:
        raise TooLarge


def known(*patterns: str, reason: str = "", stream: str = "output") -> Allowed:
    return Allowed({stream: tuple(map(Pattern.of, patterns))}, reason)


LIKE_IT = a_test(output=(Text(how=How.REFERENCE, place=HERE),))


def test_a_reference_solution() -> None:
    allowed = known("{a|b}", "c")
    assert judge(LIKE_IT, run(output=b"ba"), allowed) == []
    (failure,) = judge(LIKE_IT, run(output=b"bx"), allowed)
    assert failure.title.startswith("the output is none of the 3 that are right; held against the closest one")
    assert failure.expected == ("ba",)
    (failure,) = judge(LIKE_IT, run(output=b"x"), known("{" + "|".join("abcdefghijkl") + "}"))
    assert "none of the more than 500 that are right" in failure.title


def test_a_reference_solution_has_errors_of_its_own() -> None:
    test = a_test(errors=(Text(how=How.REFERENCE, place=HERE),))
    assert judge(test, run(errors=b"e"), known("e", stream="errors")) == []
    (failure,) = judge(test, run(errors=b"e"), known("e"))
    assert (failure.kind, failure.what) == ("grader", "errors")


@pytest.mark.parametrize(
    ("allowed", "why"),
    [(None, "nothing is known"), (known("ab", reason="it has a loop"), "it has a loop"), (TooMuch({}), "too many")],
)
def test_what_cannot_be_judged_is_the_graders_fault(allowed: Allowed | None, why: str) -> None:
    (failure,) = judge(LIKE_IT, run(output=b"ab"), allowed)
    assert failure.kind == "grader"
    assert why in failure.title
